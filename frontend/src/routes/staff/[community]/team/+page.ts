import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { staff } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const signedIn = requireAccount();
	return { account: lazy(signedIn), team: lazy(signedIn.then(() => staff(params.community))) };
};
