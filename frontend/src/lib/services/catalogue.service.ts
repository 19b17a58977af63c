/** Finding and reading what is on offer: search, categories, listings, partners. */
import { take } from '#lib/api/call.ts';
import {
	getListing,
	getPartner,
	listCategories,
	listOffers,
	listReviews,
	search as getSearch,
	suggest as getSuggestions,
	writeReview
} from '#lib/api/generated/sdk.gen.ts';
import { parseMoney } from '#lib/format.ts';
import { session } from '#lib/state/session.svelte.ts';
import type { NewReview, SearchData } from '#lib/api/generated/types.gen.ts';

export type SearchParams = NonNullable<SearchData['query']>;

/** What the search page counts; each costs the server time. */
const FACETS = 'kind,category,community';

/** The searcher's own community comes first, and where they are residents their price counts. */
function here(): SearchParams {
	const resident = session.account?.residencies.find((it) => it.status === 'verified')?.community;
	return resident ? { home: resident, resident } : {};
}

export const search = (query: SearchParams) => take(getSearch({ query: { facets: FACETS, ...here(), ...query } }));

/** Why each of the items of a search was found, by their ids. */
export const searchReasons = (query: SearchParams) => search({ ...query, explain: 'true' }).then((found) => found.reasons ?? {});
export const suggestions = (q: string) => take(getSuggestions({ query: { q } }));
export const categories = () => take(listCategories());
export const listing = (listing_id: string) => take(getListing({ path: { listing_id } }));
export const reviews = (listing_id: string) => take(listReviews({ path: { listing_id } }));
export const review = (listing_id: string, body: NewReview) => take(writeReview({ path: { listing_id }, body }));
export const partner = (slug: string) => take(getPartner({ path: { partner: slug } }));

/** What can be bought of a listing in the coming weeks. */
export const offers = (listing_id: string, from: Date, days = 28) =>
	take(
		listOffers({
			path: { listing_id },
			query: { from: from.toISOString(), to: new Date(from.getTime() + days * 86_400_000).toISOString() }
		})
	);

const FILTERS = ['q', 'kind', 'listing_kind', 'partner', 'category', 'community', 'sort', 'near', 'cursor', 'ignore', 'weekdays', 'time', 'audience'] as const;

/** The search that an address stands for; what cannot be used is left out, so that any link opens. */
export function paramsFromUrl(params: URLSearchParams): SearchParams {
	const found: SearchParams = {};
	for (const key of FILTERS) {
		const value = params.get(key)?.trim();
		if (value) found[key] = value;
	}
	if (found.sort === 'distance' && !found.near) delete found.sort;
	const max = parseMoney(params.get('max_price') ?? '');
	if (max) found.max_price = String(max);
	if (/^[1-9]\d{0,4}$/.test(params.get('people') ?? '')) found.people = params.get('people');
	if (params.get('free') === 'true') found.free = 'true';
	for (const key of ['from', 'to'] as const) {
		if (/^\d{4}-\d{2}-\d{2}$/.test(params.get(key) ?? '')) found[key] = params.get(key);
	}
	return found;
}
