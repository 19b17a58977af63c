import { lazy } from '#lib/api/call.ts';
import { tenders } from '#lib/services/tender.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ url }) => ({ tenders: lazy(tenders(url.searchParams.get('community') ?? undefined)) });
