import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { funds } from '#lib/services/fund.service.ts';
import { pools } from '#lib/services/pool.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	pools: lazy(requireAccount().then(() => pools(params.community))),
	funds: lazy(funds(params.community))
});
