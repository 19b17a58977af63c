import { lazy } from '#lib/api/call.ts';
import { session } from '#lib/state/session.svelte.ts';
import { paramsFromUrl, search } from '#lib/services/catalogue.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ url }) => {
	const params = paramsFromUrl(new URLSearchParams(url.search));
	return { params, result: lazy(session.ready().then(() => search(params))) };
};
