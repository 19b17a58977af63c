import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { assets } from '#lib/services/asset.service.ts';
import { equipment } from '#lib/services/resource.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const signedIn = requireAccount();
	return { assets: lazy(signedIn.then(() => assets(params.community))), equipment: lazy(signedIn.then(() => equipment(params.community))) };
};
