import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { deskOrders } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ orders: lazy(requireAccount().then(() => deskOrders(params.community))) });
