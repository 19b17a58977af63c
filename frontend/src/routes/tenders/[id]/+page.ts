import { lazy } from '#lib/api/call.ts';
import { tender } from '#lib/services/tender.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ tender: lazy(tender(params.id)) });
