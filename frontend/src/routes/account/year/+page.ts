import { lazy } from '#lib/api/call.ts';
import { dayOf } from '#lib/format.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { myYear } from '#lib/services/checkout.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ url }) => {
	const asked = /^20\d{2}$/.exec(url.searchParams.get('year') ?? '')?.[0];
	const year = Number(asked ?? dayOf(new Date()).slice(0, 4));
	return { year, mine: lazy(requireAccount().then(() => myYear(year))) };
};
