import { lazy } from '#lib/api/call.ts';
import { categories } from '#lib/services/catalogue.service.ts';
import { communities } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({ communities: lazy(communities()), categories: lazy(categories()) });
