import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { spaces } from '#lib/services/space.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ spaces: lazy(requireAccount().then(() => spaces(params.community))) });
