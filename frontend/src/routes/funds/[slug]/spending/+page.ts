import { lazy } from '#lib/api/call.ts';
import { fund } from '#lib/services/fund.service.ts';
import { publicSpending, relief } from '#lib/services/spending.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({
	fund: lazy(fund(params.slug)),
	spending: lazy(publicSpending(params.slug)),
	relief: lazy(relief(params.slug))
});
