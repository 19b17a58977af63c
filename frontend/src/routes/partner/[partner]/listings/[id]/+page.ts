import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { categories, listing, offers } from '#lib/services/catalogue.service.ts';
import { listings } from '#lib/services/partner.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const signedIn = requireAccount();
	return {
		// A draft is not public: it is found among the partner's own first.
		listing: lazy(
			signedIn
				.then(() => listings(params.partner))
				.then((page) => page.items.find((it) => it.id === params.id) ?? listing(params.id))
		),
		categories: lazy(signedIn.then(() => categories())),
		offers: lazy(signedIn.then(() => offers(params.id, new Date(), 60)))
	};
};
