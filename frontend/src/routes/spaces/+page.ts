import { lazy } from '#lib/api/call.ts';
import { communities } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({ communities: lazy(communities()) });
