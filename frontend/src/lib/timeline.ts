/** Rows of a timeline cut into slots that can be pressed, selected and dropped on. Pure: tested without a page. */
import type { TimelineEntry } from './api/generated/types.gen.ts';
import { fromWall } from './inputs.ts';
import { addDays, clock } from './week.ts';

export interface Slot {
	/** YYYY-MM-DD at the community's wall. */
	day: string;
	/** Minutes after midnight at the wall. */
	minute: number;
	starts: number;
	ends: number;
}

export type Segment =
	| { kind: 'free'; from: number; span: 1 }
	| { kind: 'entry'; from: number; span: number; entry: TimelineEntry }
	| { kind: 'many'; from: number; span: 1; entries: TimelineEntry[] };

/** What is shown of a day, in minutes after midnight: half hours of one day, or stretches of three hours over a week. */
export const SHOWN = { from: 7 * 60, to: 22 * 60 };
export const stepOf = (days: number) => (days === 1 ? 30 : 180);

export function slotsOf(first: string, days: number, zone: string): Slot[] {
	const step = stepOf(days);
	const slots: Slot[] = [];
	for (let index = 0; index < days; index++) {
		const day = addDays(first, index);
		for (let minute = SHOWN.from; minute < SHOWN.to; minute += step) {
			const [starts, ends] = [minute, minute + step].map((at) => Date.parse(fromWall(`${day}T${clock(at)}`, zone)));
			slots.push({ day, minute, starts: starts ?? 0, ends: ends ?? 0 });
		}
	}
	return slots;
}

/** A row from its first slot to its last; an entry that lies in several slots is one segment, several in one slot stand together. */
export function cutRow(entries: readonly TimelineEntry[], slots: readonly Slot[]): Segment[] {
	const row: Segment[] = [];
	for (const [index, slot] of slots.entries()) {
		const here = entries.filter((it) => Date.parse(it.starts_at) < slot.ends && Date.parse(it.ends_at) > slot.starts);
		const before = row.at(-1);
		const [entry] = here;
		if (!entry) row.push({ kind: 'free', from: index, span: 1 });
		else if (here.length > 1) row.push({ kind: 'many', from: index, span: 1, entries: here });
		else if (before?.kind === 'entry' && before.entry.id === entry.id && slots[index - 1]?.day === slot.day) before.span += 1;
		else row.push({ kind: 'entry', from: index, span: 1, entry });
	}
	return row;
}

/** For each slot whether the space is not open at all in it. */
export function shutSlots(opens: readonly { starts_at: string; ends_at: string }[], slots: readonly Slot[]): boolean[] {
	const times = opens.map((it) => [Date.parse(it.starts_at), Date.parse(it.ends_at)] as const);
	return slots.map((slot) => !times.some(([from, to]) => from < slot.ends && to > slot.starts));
}

/** Where an entry goes that was grabbed in one slot and dropped in another: the same length, as much later or earlier. */
export function shifted(entry: TimelineEntry, grabbed: Slot, dropped: Slot): { starts_at: string; ends_at: string } {
	const by = dropped.starts - grabbed.starts;
	return { starts_at: new Date(Date.parse(entry.starts_at) + by).toISOString(), ends_at: new Date(Date.parse(entry.ends_at) + by).toISOString() };
}

/** The new end of an entry whose edge was dropped in a slot: never before one step after its start. */
export function stretched(entry: TimelineEntry, dropped: Slot): { starts_at: string; ends_at: string } {
	const least = Date.parse(entry.starts_at) + (dropped.ends - dropped.starts);
	return { starts_at: entry.starts_at, ends_at: new Date(Math.max(dropped.ends, least)).toISOString() };
}
