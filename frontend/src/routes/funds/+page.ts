import { lazy } from '#lib/api/call.ts';
import { campaigns } from '#lib/services/gift.service.ts';
import { funds } from '#lib/services/fund.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ url }) => {
	const community = url.searchParams.get('community') ?? undefined;
	return { funds: lazy(funds(community)), campaigns: lazy(campaigns(community)) };
};
