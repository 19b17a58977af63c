import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { communities } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({
	mine: lazy(
		Promise.all([requireAccount(), communities()]).then(([account, all]) => {
			const everywhere = account.roles.some((it) => it.role === 'operator');
			const reached = new Set(account.roles.flatMap((it) => it.communities));
			return all.filter((it) => everywhere || reached.has(it.slug));
		})
	)
});
