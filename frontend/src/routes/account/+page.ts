import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { communities } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({ account: lazy(requireAccount()), communities: lazy(communities()) });
