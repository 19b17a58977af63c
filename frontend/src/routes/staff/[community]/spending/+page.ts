import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { requests } from '#lib/services/spending.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ requests: lazy(requireAccount().then(() => requests(params.community))) });
