import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { partnerMoney } from '#lib/services/payout.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ money: lazy(requireAccount().then(() => partnerMoney(params.partner))) });
