import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { leases, partnersHere } from '#lib/services/lease.service.ts';
import { spaces } from '#lib/services/space.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const signedIn = requireAccount();
	return {
		leads: lazy(signedIn.then((account) => account.roles.some((it) => it.role !== 'clerk'))),
		leases: lazy(signedIn.then(() => leases(params.community))),
		choices: lazy(
			signedIn
				.then(() => Promise.all([spaces(params.community), partnersHere(params.community)]))
				.then(([rooms, partners]) => ({ spaces: rooms.items, partners: partners.items }))
		)
	};
};
