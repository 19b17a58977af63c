import { lazy } from '#lib/api/call.ts';
import { communities } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';
import { wishFrom } from './wish';

export const load: PageLoad = ({ url }) => ({ communities: lazy(communities()), wish: wishFrom(new URLSearchParams(url.search)) });
