import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { run } from '#lib/services/payout.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ run: lazy(requireAccount().then(() => run(params.run))) });
