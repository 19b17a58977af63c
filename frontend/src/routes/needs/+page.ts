import { lazy } from '#lib/api/call.ts';
import { communities } from '#lib/services/community.service.ts';
import { needs, type NeedsQuery } from '#lib/services/need.service.ts';
import { session } from '#lib/state/session.svelte.ts';
import type { PageLoad } from './$types';

const STATUSES = ['open', 'taken', 'offered', 'closed'];

export const load: PageLoad = ({ url }) => {
	const query: NeedsQuery = {};
	const community = url.searchParams.get('community');
	const status = url.searchParams.get('status') ?? '';
	if (community) query.community = community;
	if (STATUSES.includes(status)) query.status = status;
	if (url.searchParams.get('mine') === 'true') Object.assign(query, { mine: true, status: STATUSES.join(',') });
	return { query, communities: lazy(communities()), board: lazy(session.ready().then(() => needs(query))) };
};
