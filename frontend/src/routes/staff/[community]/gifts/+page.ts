import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { funds } from '#lib/services/fund.service.ts';
import { campaigns } from '#lib/services/gift.service.ts';
import { onlineGifts } from '#lib/services/giving.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	account: lazy(requireAccount()),
	funds: lazy(funds(params.community)),
	online: lazy(funds(params.community).then((page) => Promise.all(page.items.map(async (fund) => ({ fund, giving: await onlineGifts(fund.slug) }))))),
	campaigns: lazy(campaigns(params.community))
});
