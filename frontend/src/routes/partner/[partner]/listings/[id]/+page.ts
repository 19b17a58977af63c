import { lazy } from '#lib/api/call.ts';
import { dayOf, fromWall } from '#lib/format.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { categories } from '#lib/services/catalogue.service.ts';
import { ownListing, ownOffers } from '#lib/services/partner.service.ts';
import { addDays } from '#lib/week.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params: { partner, id } }) => {
	const signedIn = requireAccount();
	const today = dayOf(new Date());
	return {
		listing: lazy(signedIn.then(() => ownListing(partner, id))),
		categories: lazy(signedIn.then(() => categories())),
		offers: lazy(signedIn.then(() => ownOffers(partner, id, fromWall(today), fromWall(addDays(today, 60)))))
	};
};
