import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { funds } from '#lib/services/fund.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ funds: lazy(requireAccount().then(() => funds(params.community))) });
