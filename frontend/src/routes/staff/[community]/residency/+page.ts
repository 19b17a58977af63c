import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { residencyRequests } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ requests: lazy(requireAccount().then(() => residencyRequests(params.community))) });
