import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { plan } from '#lib/services/payout.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ plan: lazy(requireAccount().then(() => plan(params.community))) });
