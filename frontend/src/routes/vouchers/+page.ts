import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { visits } from '#lib/services/checkout.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({ visits: lazy(requireAccount().then(() => visits())) });
