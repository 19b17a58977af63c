import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { order } from '#lib/services/checkout.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ order: lazy(requireAccount().then(() => order(params.id))) });
