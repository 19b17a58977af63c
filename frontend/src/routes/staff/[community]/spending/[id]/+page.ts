import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { request } from '#lib/services/spending.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ request: lazy(requireAccount().then(() => request(params.id))) });
