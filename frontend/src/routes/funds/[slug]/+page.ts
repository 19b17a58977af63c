import { lazy } from '#lib/api/call.ts';
import { entries, fund } from '#lib/services/fund.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ fund: lazy(fund(params.slug)), entries: lazy(entries(params.slug)) });
