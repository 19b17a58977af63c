import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { funds } from '#lib/services/fund.service.ts';
import { campaigns } from '#lib/services/gift.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	account: lazy(requireAccount()),
	funds: lazy(funds(params.community)),
	campaigns: lazy(campaigns(params.community))
});
