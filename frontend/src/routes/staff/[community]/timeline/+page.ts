import { lazy } from '#lib/api/call.ts';
import { dayOf } from '#lib/format.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { timeline } from '#lib/services/timeline.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params, url }) => {
	const from = /^\d{4}-\d{2}-\d{2}$/.test(url.searchParams.get('from') ?? '') ? (url.searchParams.get('from') ?? '') : dayOf(new Date());
	const days = url.searchParams.get('days') === '7' ? 7 : 1;
	return { from, days, timeline: lazy(requireAccount().then(() => timeline(params.community, from, days))) };
};
