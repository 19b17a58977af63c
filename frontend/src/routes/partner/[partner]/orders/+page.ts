import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { orders } from '#lib/services/partner.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ orders: lazy(requireAccount().then(() => orders(params.partner))) });
