import { lazy } from '#lib/api/call.ts';
import { gifts } from '#lib/services/gift.service.ts';
import { giving } from '#lib/services/giving.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params, url }) => ({
	campaign: url.searchParams.get('campaign') ?? '',
	giving: lazy(giving(params.slug)),
	gifts: lazy(gifts(params.slug))
});
