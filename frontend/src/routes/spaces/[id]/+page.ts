import { lazy } from '#lib/api/call.ts';
import { communities } from '#lib/services/community.service.ts';
import { space, specialDays, tariffs } from '#lib/services/space.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	space: lazy(space(params.id)),
	tariffs: lazy(tariffs(params.id)),
	days: lazy(specialDays(params.id)),
	communities: lazy(communities())
});
