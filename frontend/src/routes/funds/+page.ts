import { lazy } from '#lib/api/call.ts';
import { funds } from '#lib/services/fund.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ url }) => ({ funds: lazy(funds(url.searchParams.get('community') ?? undefined)) });
