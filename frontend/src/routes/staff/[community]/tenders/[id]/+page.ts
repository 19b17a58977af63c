import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { tender } from '#lib/services/tender.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const signedIn = requireAccount();
	return {
		leads: lazy(signedIn.then((account) => account.roles.some((it) => it.role !== 'clerk'))),
		tender: lazy(signedIn.then(() => tender(params.id)))
	};
};
