import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { partnerLeases } from '#lib/services/lease.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ leases: lazy(requireAccount().then(() => partnerLeases(params.partner))) });
