import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { categories } from '#lib/services/catalogue.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({ categories: lazy(requireAccount().then(() => categories())) });
