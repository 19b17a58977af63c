import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { holidays } from '#lib/services/space.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	days: lazy(requireAccount().then(() => holidays(params.community)))
});
