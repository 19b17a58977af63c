import { lazy } from '#lib/api/call.ts';
import { report } from '#lib/services/close.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ close: lazy(report(params.community, params.month)) });
