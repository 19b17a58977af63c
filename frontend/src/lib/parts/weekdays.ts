/** Weekdays as the API counts them: Monday is 0. */
import { m } from '#lib/paraglide/messages.js';
import { getLocale } from '#lib/paraglide/runtime.js';

/** 2024-01-01 was a Monday. */
export function weekdayName(weekday: number, style: 'long' | 'short' = 'short'): string {
	return new Intl.DateTimeFormat(getLocale(), { weekday: style, timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, 1 + weekday)));
}

/** [0,1,2,3,4] → Mon–Fri; others are listed one by one. */
export function weekdaysText(days: readonly number[]): string {
	const sorted = [...new Set(days)].sort((a, b) => a - b);
	const [first, last] = [sorted[0], sorted.at(-1)];
	if (first === undefined || last === undefined) return '';
	if (sorted.length > 2 && last - first === sorted.length - 1) return `${weekdayName(first)}–${weekdayName(last)}`;
	return sorted.map((day) => weekdayName(day)).join(m.list_comma());
}
