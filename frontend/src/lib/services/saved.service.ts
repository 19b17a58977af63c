/** Searches that a person keeps, and the counts of what everybody searches for. */
import { take } from '#lib/api/call.ts';
import {
	addSynonyms,
	dropSavedSearch,
	listSavedSearches,
	noteClick as postClick,
	noteSearch as postSearch,
	saveSearch,
	searchStatistics
} from '#lib/api/generated/sdk.gen.ts';
import type { NewSavedSearch } from '#lib/api/generated/types.gen.ts';
import { OWN_REFUSALS } from '#lib/api/problem.ts';
import { m } from '#lib/paraglide/messages.js';

OWN_REFUSALS['too-many-saved'] = m.problem_too_many_saved;
import type { SearchParams } from './catalogue.service';

const KEPT = ['q', 'kind', 'listing_kind', 'partner', 'category', 'community', 'max_price', 'free', 'weekdays', 'time', 'audience', 'people', 'ignore'] as const;

/** What is kept of a search: no place, no day, no order. */
export function keptOf(params: SearchParams): NewSavedSearch {
	const kept: Record<string, string> = {};
	for (const key of KEPT) {
		const value = (params as Record<string, unknown>)[key];
		if (value != null && value !== '') kept[key] = String(value);
	}
	return kept;
}

export const saved = () => take(listSavedSearches());
export const keep = (body: NewSavedSearch) => take(saveSearch({ body }));
export const forget = (saved_id: string) => take(dropSavedSearch({ path: { saved_id } }));
export const statistics = (days: number) => take(searchStatistics({ query: { days } }));
export const sameMeaning = (words: string[]) => take(addSynonyms({ body: { words } }));

/** Counts are a courtesy of the page: a refusal disturbs nobody. */
const quietly = (sent: Promise<unknown>) => void sent.catch(() => undefined);
export const noteSearch = (q: string, total: number) => quietly(take(postSearch({ body: { q, total } })));
export const noteClick = (q: string, position: number) => quietly(take(postClick({ body: { q, position } })));
