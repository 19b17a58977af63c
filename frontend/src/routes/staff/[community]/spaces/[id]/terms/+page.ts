import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { space, specialDays } from '#lib/services/space.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const signedIn = requireAccount();
	return {
		space: lazy(signedIn.then(() => space(params.id))),
		days: lazy(signedIn.then(() => specialDays(params.id)))
	};
};
