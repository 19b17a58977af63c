import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { usesBehind } from '#lib/services/usage.service.ts';
import { dayOf } from '#lib/format.ts';
import { periodFrom } from '../period.ts';
import type { PageLoad } from './$types';

function number(text: string | null): number | undefined {
	return text !== null && /^\d{1,2}$/.test(text) ? Number(text) : undefined;
}

export const load: PageLoad = ({ params, url }) => {
	const period = periodFrom(url.searchParams, dayOf(new Date()));
	const [weekday, hour] = [number(url.searchParams.get('weekday')), number(url.searchParams.get('hour'))];
	const query = { ...period, ...(weekday === undefined ? {} : { weekday }), ...(hour === undefined ? {} : { hour }) };
	return { period, weekday, hour, show: url.searchParams.get('show') ?? '', behind: lazy(requireAccount().then(() => usesBehind(params.community, query))) };
};
