import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { sales } from '#lib/services/after-sale.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params, url }) => {
	const order = url.searchParams.get('order') ?? undefined;
	return { order, sales: lazy(requireAccount().then(() => sales(params.community, undefined, order))) };
};
