/** When other hours hold, in words: "12月31日 – 1月2日 · 关闭". */
import type { SpecialDays } from '#lib/api/generated/types.gen.ts';
import { formatDay } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';

const noon = (day: string) => formatDay(`${day}T12:00:00Z`, 'UTC');

export function specialDayHours(day: SpecialDays): string {
	const when = day.first_day === day.last_day ? noon(day.first_day) : `${noon(day.first_day)} – ${noon(day.last_day)}`;
	const hours = day.hours.length ? day.hours.map((it) => `${it.opens}–${it.closes}`).join(m.list_comma()) : m.special_days_closed();
	return `${when} · ${hours}`;
}
