import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { statement } from '#lib/services/payout.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ statement: lazy(requireAccount().then(() => statement(params.partner, params.month))) });
