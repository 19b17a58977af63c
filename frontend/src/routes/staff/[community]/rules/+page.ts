import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { funds, ruleDrafts, rules } from '#lib/services/fund.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const signedIn = requireAccount();
	return {
		account: lazy(signedIn),
		drafts: lazy(signedIn.then(() => ruleDrafts(params.community))),
		rules: lazy(rules(params.community)),
		funds: lazy(funds(params.community))
	};
};
