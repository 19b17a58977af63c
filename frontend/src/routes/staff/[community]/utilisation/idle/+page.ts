import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { idleHours } from '#lib/services/usage.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ idle: lazy(requireAccount().then(() => idleHours(params.community))) });
