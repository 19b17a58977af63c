import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { ownBids, tenders } from '#lib/services/tender.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const signedIn = requireAccount();
	return { bids: lazy(signedIn.then(() => ownBids(params.partner))), tenders: lazy(tenders()) };
};
