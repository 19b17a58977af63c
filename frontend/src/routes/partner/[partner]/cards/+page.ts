import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { cardKinds } from '#lib/services/card.service.ts';
import { listings } from '#lib/services/partner.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	kinds: lazy(requireAccount().then(() => cardKinds(params.partner))),
	listings: lazy(requireAccount().then(() => listings(params.partner)))
});
