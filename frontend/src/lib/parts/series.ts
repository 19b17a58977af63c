/** A series in words: the repeat rule that the server understands, and what is said of it. */
import type { RefusedDate } from '#lib/api/generated/types.gen.ts';
import { m } from '#lib/paraglide/messages.js';

export type Every = 'week' | 'second_week' | 'day';

const RULES: Record<Every, string> = { week: 'FREQ=WEEKLY', second_week: 'FREQ=WEEKLY;INTERVAL=2', day: 'FREQ=DAILY' };
export const MOST_TIMES = 52;

export const repeatRule = (every: Every, times: number) => `${RULES[every]};COUNT=${times}`;

/** "Every week"; a rule that was not made here is "several dates". */
export function repeatWords(rule: string): string {
	const every = (Object.keys(RULES) as Every[]).find((key) => rule.replace(/;COUNT=\d+$/, '') === RULES[key]);
	return { week: m.series_line_week, second_week: m.series_line_second_week, day: m.series_line_day, other: m.series_line_other }[every ?? 'other']();
}

const REASONS: Record<string, () => string> = {
	taken: m.series_refused_taken,
	closed: m.series_refused_closed,
	past: m.series_refused_past,
	too_soon: m.series_refused_too_soon,
	too_far: m.series_refused_too_far,
	no_such_time: m.series_refused_no_such_time,
	limit_reached: m.series_refused_limit_reached
};

export const refusedWords = (date: Pick<RefusedDate, 'reason'>) => REASONS[date.reason]?.() ?? m.series_refused_taken();
