import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { utilisation } from '#lib/services/community.service.ts';
import { dayOf } from '#lib/format.ts';
import { addDays } from '#lib/week.ts';
import type { PageLoad } from './$types';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The Monday of a day's week. */
function monday(day: string): string {
	return addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
}

export const load: PageLoad = ({ params, url }) => {
	const asked = url.searchParams.get('week') ?? '';
	const first = monday(DAY.test(asked) ? asked : dayOf(new Date()));
	const last = addDays(first, 6);
	const signedIn = requireAccount();
	return {
		first,
		last,
		bySpace: lazy(signedIn.then(() => utilisation(params.community, first, last, 'space'))),
		byHour: lazy(signedIn.then(() => utilisation(params.community, first, last, 'hour')))
	};
};
