import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { funds, rules } from '#lib/services/fund.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	account: lazy(requireAccount()),
	rules: lazy(rules(params.community)),
	funds: lazy(funds(params.community))
});
