/** How money, dates and numbers are written in the language of the page. Formatting only: no amount is computed here. */
import { m } from '#lib/paraglide/messages.js';
import { getLocale } from '#lib/paraglide/runtime.js';

export { fromWall, moneyInput, parseMoney, toWall } from './inputs.ts';

/** Minor units of a currency, as the API sends them. */
export interface Money {
	amount: number;
	currency: string;
}

/** The zone of the communities; a time is shown as the clock on their wall, wherever the reader is. */
export const ZONE = 'Asia/Shanghai';

const cache = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>();

function dates(options: Intl.DateTimeFormatOptions, zone: string, locale: string = getLocale()): Intl.DateTimeFormat {
	const key = `d${locale}${zone}${JSON.stringify(options)}`;
	let format = cache.get(key) as Intl.DateTimeFormat | undefined;
	if (!format) cache.set(key, (format = new Intl.DateTimeFormat(locale, { timeZone: zone, ...options })));
	return format;
}

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
	const key = `n${getLocale()}${JSON.stringify(options)}`;
	let format = cache.get(key) as Intl.NumberFormat | undefined;
	if (!format) cache.set(key, (format = new Intl.NumberFormat(getLocale(), options)));
	return format;
}

/** ¥80.00; with `signed` also +¥2.40 and −¥8.00. */
export function formatMoney(money: Money, signed = false): string {
	const format = numbers({
		style: 'currency',
		currency: money.currency,
		currencyDisplay: 'narrowSymbol',
		signDisplay: signed ? 'exceptZero' : 'auto'
	});
	const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
	return format.format(money.amount / 10 ** digits);
}

export function formatNumber(value: number): string {
	return numbers({}).format(value);
}

/** 300 basis points → 3%. */
export function formatRate(basisPoints: number): string {
	return numbers({ style: 'percent', maximumFractionDigits: 2 }).format(basisPoints / 10_000);
}

/** A share of one as a whole percent: 0.4 → 40%. */
export function formatShare(share: number): string {
	return numbers({ style: 'percent', maximumFractionDigits: 0 }).format(share);
}

export function formatDate(iso: string, zone = ZONE): string {
	return dates({ year: 'numeric', month: 'long', day: 'numeric' }, zone).format(new Date(iso));
}

export function formatDay(iso: string, zone = ZONE): string {
	return dates({ month: 'long', day: 'numeric', weekday: 'short' }, zone).format(new Date(iso));
}

/** 11/28 in Chinese, Nov 28 in English. */
export function formatShortDay(iso: string, zone = ZONE): string {
	return dates({ month: getLocale() === 'en' ? 'short' : 'numeric', day: 'numeric' }, zone).format(new Date(iso));
}

export function formatWeekday(iso: string, zone = ZONE): string {
	return dates({ weekday: 'short' }, zone).format(new Date(iso));
}

/** "2026-11" → 11月; with the year where it is another than `now`'s. */
export function formatMonth(month: string, now: Date = new Date()): string {
	const day = new Date(`${month}-15T00:00:00Z`);
	const year = month.startsWith(String(now.getUTCFullYear())) ? {} : ({ year: '2-digit' } as const);
	return dates({ month: 'short', ...year }, 'UTC').format(day);
}

/** "2026-11" → 2026年11月, where a month stands alone, as in a title. */
export function formatWholeMonth(month: string): string {
	return dates({ year: 'numeric', month: 'long' }, 'UTC').format(new Date(`${month}-15T00:00:00Z`));
}

export function formatTime(iso: string, zone = ZONE): string {
	return dates({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, zone).format(new Date(iso));
}

export function formatMoment(iso: string, zone = ZONE): string {
	return `${formatDate(iso, zone)} ${formatTime(iso, zone)}`;
}

/** The calendar day at the communities' wall, as YYYY-MM-DD. */
export function dayOf(moment: string | Date, zone = ZONE): string {
	return dates({ year: 'numeric', month: '2-digit', day: '2-digit' }, zone, 'en-CA').format(new Date(moment));
}

/** "今天 18:00–19:30", "11月28日周六 18:00–19:30". */
export function formatWhen(start: string, end?: string | null, now: Date = new Date(), zone = ZONE): string {
	// Word joiners: a line never ends inside the span of time.
	const span = end ? `${formatTime(start, zone)}\u2060–\u2060${formatTime(end, zone)}` : formatTime(start, zone);
	const day = dayOf(start, zone);
	if (day === dayOf(now, zone)) return `${m.when_today()} ${span}`;
	if (day === dayOf(new Date(now.getTime() + 86_400_000), zone)) return `${m.when_tomorrow()} ${span}`;
	return `${formatDay(start, zone)} ${span}`;
}

export type NamedKey = 'name' | 'title' | 'label' | 'text' | 'description' | 'summary' | 'purpose' | 'reason' | 'address';

/** Whether an English reader gets the Chinese words, because there are no others; a name without Chinese needs no mark. */
export function isForeign(thing: { [key: string]: unknown }, key: NamedKey = 'name'): boolean {
	return getLocale() === 'en' && !thing[`${key}_en`] && /\p{Script=Han}/u.test(String(thing[key] ?? ''));
}

/** The name in the reader's language, where there is one. */
export function named(thing: { [key: string]: unknown }, key: NamedKey = 'name'): string {
	const own = thing[key];
	const english = thing[`${key}_en`];
	return String((getLocale() === 'en' && english) || own || '');
}

/** 90 → 1 小时 30 分钟 */
export function formatLength(minutes: number): string {
	const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
	return [hours ? m.length_hours({ count: hours }) : '', rest || !hours ? m.length_minutes({ count: rest }) : ''].filter(Boolean).join(' ');
}
