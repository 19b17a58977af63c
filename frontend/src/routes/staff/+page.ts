import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { places } from '#lib/services/community.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({
	mine: lazy(
		Promise.all([requireAccount(), places()]).then(([account, all]) => {
			const everywhere = account.roles.some((it) => it.role === 'operator');
			const reached = new Set(account.roles.flatMap((it) => it.communities));
			const own = all.filter((it) => everywhere || reached.has(it.slug));
			return { communities: own.filter((it) => it.kind === 'community'), above: own.filter((it) => it.kind !== 'community') };
		})
	)
});
