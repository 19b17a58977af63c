import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { assets } from '#lib/services/asset.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ assets: lazy(requireAccount().then(() => assets(params.community))) });
