import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { approvals } from '#lib/services/approval.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const signedIn = requireAccount();
	return {
		open: lazy(signedIn.then(() => approvals(params.community, 'open'))),
		decided: lazy(signedIn.then(() => approvals(params.community, 'decided')))
	};
};
