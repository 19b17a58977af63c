import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { funds } from '#lib/services/fund.service.ts';
import { plans } from '#lib/services/plan.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	plans: lazy(requireAccount().then(() => plans(params.community))),
	funds: lazy(funds(params.community))
});
