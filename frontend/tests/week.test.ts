import { expect, test } from 'vitest';
import { addDays, clock, cutWeek, earlyEnough, freeByPart, freeRun, minutesBetween, type Cell } from '#lib/week.ts';

const ZONE = 'Asia/Shanghai';
const span = (day: string, from: string, to: string) => ({ starts_at: `${day}T${from}:00+08:00`, ends_at: `${day}T${to}:00+08:00` });
const week = cutWeek(
	'2026-03-09',
	[span('2026-03-09', '08:00', '09:00'), span('2026-03-09', '09:00', '10:00'), span('2026-03-09', '11:00', '12:00')],
	[span('2026-03-09', '10:00', '11:00')],
	30,
	ZONE
);
const cell = (minute: number) => week.at('2026-03-09', minute) as Cell;

test('free and taken stretches become cells at the wall clock of the community', () => {
	expect(week.days).toHaveLength(7);
	expect(week.minutes.map(clock)).toEqual(['08:00', '08:30', '09:00', '09:30', '10:00', '10:30', '11:00', '11:30']);
	expect(cell(480).free).toBe(true);
	expect(cell(600).free).toBe(false);
	expect(week.at('2026-03-10', 480)).toBeUndefined();
});

test('a booking may run over touching free stretches but never over a taken one', () => {
	const run = freeRun(week, cell(480), 480);
	expect(minutesBetween(cell(480).starts_at, run.at(-1)?.ends_at ?? '')).toBe(120);
	expect(freeRun(week, cell(480), 60)).toHaveLength(2);
	expect(freeRun(week, cell(600), 60)).toHaveLength(0);
});

test('near the end of a free stretch the booking begins earlier', () => {
	expect(earlyEnough(week, cell(570), 60).minute).toBe(540);
	expect(earlyEnough(week, cell(480), 60).minute).toBe(480);
});

test('where free and taken meet in one cell, taken wins', () => {
	const both = cutWeek('2026-03-09', [span('2026-03-09', '08:00', '09:00')], [span('2026-03-09', '08:30', '09:00')], 30, ZONE);
	expect(both.at('2026-03-09', 510)?.free).toBe(false);
});

test('days are counted over months and years', () => {
	expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
	expect(addDays('2028-03-01', -1)).toBe('2028-02-29');
});

test('the free times of a day lie in its parts; a part without opening hours is left out', () => {
	const long = cutWeek('2026-03-09', [span('2026-03-09', '11:30', '12:30')], [span('2026-03-09', '18:00', '19:00')], 30, ZONE);
	const shown = freeByPart(long, '2026-03-09').map(({ part, cells }) => [part, cells.map(({ minute }) => clock(minute))]);
	expect(shown).toEqual([
		['morning', ['11:30']],
		['afternoon', ['12:00']],
		['evening', []]
	]);
	expect(freeByPart(long, '2026-03-10')).toEqual([]);
});
