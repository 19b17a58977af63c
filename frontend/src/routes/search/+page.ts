import { lazy } from '#lib/api/call.ts';
import { paramsFromUrl, search } from '#lib/services/catalogue.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ url }) => {
	const params = paramsFromUrl(new URLSearchParams(url.search));
	return { params, result: lazy(search(params)) };
};
