import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { categories } from '#lib/services/catalogue.service.ts';
import { communities } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ url }) => {
	const given = url.searchParams;
	return {
		title: (given.get('title') ?? '').slice(0, 80),
		community: given.get('community') ?? '',
		called: given.get('called') === 'true',
		ready: lazy(Promise.all([requireAccount(), communities(), categories()]))
	};
};
