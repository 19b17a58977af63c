import { lazy } from '#lib/api/call.ts';
import { partner, search } from '#lib/services/catalogue.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const found = partner(params.slug);
	return { partner: lazy(found), offered: lazy(found.then((it) => search({ kind: 'service', partner: it.slug, limit: '50', facets: 'kind' }))) };
};
