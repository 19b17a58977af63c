import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { teachers } from '#lib/services/resource.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ teachers: lazy(requireAccount().then(() => teachers(params.partner))) });
