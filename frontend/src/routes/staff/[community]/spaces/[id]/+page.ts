import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { dayOf, fromWall } from '#lib/format.ts';
import { asset } from '#lib/services/asset.service.ts';
import { occupancies, space } from '#lib/services/space.service.ts';
import { addDays } from '#lib/week.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const signedIn = requireAccount();
	const today = dayOf(new Date());
	return {
		space: lazy(signedIn.then(() => space(params.id))),
		asset: lazy(signedIn.then(() => asset(params.id))),
		occupancies: lazy(signedIn.then(() => occupancies(params.id, fromWall(today), fromWall(addDays(today, 28)))))
	};
};
