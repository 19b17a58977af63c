import { expect, test } from 'vitest';
import type { TimelineEntry } from '#lib/api/generated/types.gen.ts';
import { cutRow, shifted, shutSlots, slotsOf, stretched } from '#lib/timeline.ts';

const ZONE = 'Asia/Shanghai';
const entry = (id: string, from: string, to: string) => ({ id, starts_at: `2026-03-02T${from}:00+08:00`, ends_at: `2026-03-02T${to}:00+08:00` }) as TimelineEntry;
const told = (entries: TimelineEntry[], days = 1) =>
	cutRow(entries, slotsOf('2026-03-02', days, ZONE))
		.filter((it) => it.kind !== 'free')
		.map((it) => [it.kind, it.from, it.span]);

test('a day is thirty half hours and a week five stretches a day', () => {
	const day = slotsOf('2026-03-02', 1, ZONE);
	expect([day.length, new Date(day[0]?.starts ?? 0).toISOString(), day.at(-1)?.minute]).toEqual([30, '2026-03-01T23:00:00.000Z', 21 * 60 + 30]);
	expect(slotsOf('2026-03-02', 7, ZONE).map((it) => it.day).filter((it) => it === '2026-03-08')).toHaveLength(5);
});

test('an entry is one segment over its slots, also where it fills only a part of one', () => {
	expect(told([entry('a', '08:00', '09:15')])).toEqual([['entry', 2, 3]]);
	expect(told([entry('a', '05:00', '07:30'), entry('b', '21:45', '23:00')])).toEqual([['entry', 0, 1], ['entry', 29, 1]]);
});

test('what touches stays apart, what shares a slot stands together', () => {
	expect(told([entry('a', '08:00', '09:00'), entry('b', '09:00', '10:00')])).toEqual([['entry', 2, 2], ['entry', 4, 2]]);
	expect(told([entry('a', '08:00', '09:00'), entry('b', '10:00', '11:00'), entry('c', '14:00', '15:00')], 7)).toEqual([['entry', 0, 1], ['entry', 1, 1], ['entry', 2, 1]]);
	expect(told([entry('a', '07:00', '08:00'), entry('b', '08:00', '09:00')], 7)).toEqual([['many', 0, 1]]);
});

test('an entry that is dropped keeps its length, and an edge never passes its start', () => {
	const [slots, booked] = [slotsOf('2026-03-02', 1, ZONE), entry('a', '08:00', '09:30')];
	const slot = (number: number) => slots[number] ?? expect.fail('no such slot');
	expect(shifted(booked, slot(3), slot(7))).toEqual({ starts_at: '2026-03-02T02:00:00.000Z', ends_at: '2026-03-02T03:30:00.000Z' });
	expect(stretched(booked, slot(9)).ends_at).toBe('2026-03-02T04:00:00.000Z');
	expect(stretched(booked, slot(0)).ends_at).toBe('2026-03-02T00:30:00.000Z');
});

test('a slot is shut when the space is open in no part of it', () => {
	const slots = slotsOf('2026-03-02', 1, ZONE);
	const shut = shutSlots([entry('a', '08:15', '09:00'), entry('b', '21:00', '22:00')], slots);
	expect(shut.map((it, index) => (it ? -1 : index)).filter((it) => it >= 0)).toEqual([2, 3, 28, 29]);
	expect(shutSlots([], slots).every(Boolean)).toBe(true);
});
