import { lazy } from '#lib/api/call.ts';
import type { BookFilter } from '#lib/routes.ts';
import { entries, fund, totals } from '#lib/services/fund.service.ts';
import { gifts } from '#lib/services/gift.service.ts';
import { yearPlan } from '#lib/services/plan.service.ts';
import { questions } from '#lib/services/question.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params, url }) => {
	const filter: BookFilter = {};
	for (const key of ['kind', 'from', 'to'] as const) {
		const value = url.searchParams.get(key);
		if (value) filter[key] = value;
	}
	const isFiltered = Object.keys(filter).length > 0;
	return {
		filter,
		fund: lazy(fund(params.slug)),
		entries: lazy(entries(params.slug, undefined, filter)),
		totals: isFiltered ? lazy(totals(params.slug, filter)) : null,
		gifts: lazy(gifts(params.slug)),
		plan: lazy(yearPlan(params.slug)),
		questions: lazy(questions(params.slug))
	};
};
