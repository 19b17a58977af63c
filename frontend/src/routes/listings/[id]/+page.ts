import { lazy } from '#lib/api/call.ts';
import { listing, offers, reviews } from '#lib/services/catalogue.service.ts';
import { communities } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	listing: lazy(listing(params.id)),
	offers: lazy(offers(params.id, new Date())),
	reviews: lazy(reviews(params.id)),
	communities: lazy(communities())
});
