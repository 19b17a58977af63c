import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { family } from '#lib/services/family.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({ family: lazy(requireAccount().then(() => family())) });
