import { lazy } from '#lib/api/call.ts';
import { door } from '#lib/services/door.service.ts';
import { session } from '#lib/state/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params, url }) => {
	const key = url.searchParams.get('key') ?? '';
	return { key, door: lazy(session.ready().then(() => door(params.id, key))) };
};
