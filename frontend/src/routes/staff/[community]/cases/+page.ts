import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { cases } from '#lib/services/after-sale.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	open: lazy(requireAccount().then(() => cases(params.community, 'open'))),
	ended: lazy(requireAccount().then(() => cases(params.community, 'resolved')))
});
