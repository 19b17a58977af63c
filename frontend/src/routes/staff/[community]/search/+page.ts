import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { statistics } from '#lib/services/saved.service.ts';
import type { PageLoad } from './$types';

const DAYS = [7, 30, 90];

export const load: PageLoad = ({ url }) => {
	const asked = Number(url.searchParams.get('days'));
	const days = DAYS.includes(asked) ? asked : 30;
	return { days, choices: DAYS, counts: lazy(requireAccount().then(() => statistics(days))) };
};
