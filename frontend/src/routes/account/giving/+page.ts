import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { myGiving, myMonthly } from '#lib/services/giving.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({
	mine: lazy(requireAccount().then(() => myGiving())),
	monthly: lazy(requireAccount().then(() => myMonthly()))
});
