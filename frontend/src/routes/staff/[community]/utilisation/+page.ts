import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { community as fetchCommunity } from '#lib/services/community.service.ts';
import { spaces } from '#lib/services/space.service.ts';
import { utilisation } from '#lib/services/usage.service.ts';
import { dayOf } from '#lib/format.ts';
import { periodFrom, stepOf } from './period.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params, url }) => {
	const today = dayOf(new Date());
	const period = periodFrom(url.searchParams, today);
	const signedIn = requireAccount();
	const by = (what: Parameters<typeof utilisation>[1]) => lazy(signedIn.then(() => utilisation(params.community, what, { ...period })));
	return {
		today,
		period,
		community: lazy(fetchCommunity(params.community)),
		spaces: lazy(signedIn.then(() => spaces(params.community))),
		heat: by('weekday_hour'),
		bySpace: by('space'),
		byKind: by('kind'),
		byComplex: by('complex'),
		byCommunity: by('community'),
		trend: by(stepOf(period))
	};
};
