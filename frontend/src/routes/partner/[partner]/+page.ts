import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { listings } from '#lib/services/partner.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ listings: lazy(requireAccount().then(() => listings(params.partner))) });
