import type { SearchQuery } from '#lib/routes.ts';

type Readable = Pick<URLSearchParams, 'entries'>;

/** The query of an address with one value set or taken out; a changed filter starts at the first page. */
export function withParam(params: Readable | null, key: string, value: string | null): SearchQuery {
	const kept = [...(params?.entries() ?? [])].filter(([name]) => name !== key && name !== 'cursor');
	return Object.fromEntries(value ? [...kept, [key, value]] : kept);
}
