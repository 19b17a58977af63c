import type { SearchQuery } from '#lib/routes.ts';

type Readable = Pick<URLSearchParams, 'entries'>;

/** The query of an address with one value set or taken out; a changed filter starts at the first page, a changed kind at all of its forms. */
export function withParam(params: Readable | null, key: string, value: string | null): SearchQuery {
	const kept = [...(params?.entries() ?? [])].filter(([name]) => name !== key && name !== 'cursor' && !(key === 'kind' && name === 'listing_kind'));
	return Object.fromEntries(value ? [...kept, [key, value]] : kept);
}
