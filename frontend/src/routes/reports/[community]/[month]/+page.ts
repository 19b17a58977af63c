import { lazy } from '#lib/api/call.ts';
import { closeOf, report } from '#lib/services/close.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	report: lazy(report(params.community, params.month)),
	close: lazy(closeOf(params.community, params.month))
});
