import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { closes } from '#lib/services/close.service.ts';
import { community } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	closes: lazy(requireAccount().then(() => closes(params.community))),
	place: lazy(community(params.community))
});
