/** Which days and spaces the pages of utilisation look at; read from the address, pure. */
import type { SpaceKind } from '#lib/parts/labels.ts';
import type { UsageQuery } from '#lib/routes.ts';
import { addDays } from '#lib/week.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Longer periods are figures only: their bookings are too many to list. */
const MOST_OPENED = 400;
const MOST_BARS_OF_DAYS = 35;

export interface Period {
	/** The first day. */
	from: string;
	/** The day after the last. */
	to: string;
	space?: string;
	kind?: SpaceKind;
}

export const daysOf = ({ from, to }: Period) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
export const canOpen = (period: Period) => daysOf(period) <= MOST_OPENED;
export const stepOf = (period: Period): 'day' | 'month' => (daysOf(period) <= MOST_BARS_OF_DAYS ? 'day' : 'month');

/** The four weeks before today unless the address says otherwise. */
export function periodFrom(params: URLSearchParams, today: string): Period {
	const asked = (name: string) => (DAY.test(params.get(name) ?? '') ? (params.get(name) as string) : undefined);
	const to = asked('to') ?? today;
	const space = params.get('space');
	const kind = params.get('kind');
	return { from: asked('from') ?? addDays(to, -28), to, ...(space ? { space } : {}), ...(kind ? { kind: kind as SpaceKind } : {}) };
}

/** The same as a part of an address. */
export const asQuery = (period: Period): UsageQuery => ({ ...period });

/** The first day of the month `count` months after that of `day`. */
export function monthStart(day: string, count = 0): string {
	const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1 + count];
	return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}

/** The part of the period that a bar of the trend stands for. */
export function barPeriod(key: string, period: Period): Period {
	if (key.length === 10) return { ...period, from: key, to: addDays(key, 1) };
	const [first, next] = [monthStart(`${key}-01`), monthStart(`${key}-01`, 1)];
	return { ...period, from: first < period.from ? period.from : first, to: next > period.to ? period.to : next };
}
