/** A day and a part of it in which somebody wants a room: as a window, and as a search was understood to say it. Pure. */
import { dayOf, fromWall, ZONE } from '#lib/format.ts';
import { addDays, clock, minuteOf } from '#lib/week.ts';

export type DayPart = 'any' | 'morning' | 'noon' | 'afternoon' | 'evening';

const HOURS: Record<DayPart, [string, string]> = { any: ['00:00', ''], morning: ['06:00', '12:00'], noon: ['11:00', '14:00'], afternoon: ['12:00', '18:00'], evening: ['18:00', ''] };
export const PARTS = Object.keys(HOURS) as DayPart[];

/** An empty end is midnight. */
export function windowOf(day: string, part: DayPart, zone?: string): { from: string; to: string } {
	const [from, to] = HOURS[part];
	return { from: fromWall(`${day}T${from}`, zone), to: fromWall(to ? `${day}T${to}` : `${addDays(day, 1)}T00:00`, zone) };
}

interface Understood {
	kind: string;
	value: string;
}

/** The next day of these weekdays (Monday 0), from a day on. */
export function nextWeekday(weekdays: readonly number[], from: string): string {
	const first = (new Date(`${from}T00:00:00Z`).getUTCDay() + 6) % 7;
	return addDays(from, Math.min(...weekdays.map((each) => (each - first + 7) % 7)));
}

/** What a search was understood to say about a time, as a look at free rooms; null where it says no time. A part of today that is over
 * is not meant. */
export function freeQuery(understood: readonly Understood[], now: Date = new Date()): { day: string; part?: string; people?: string } | null {
	const said = (kind: string) => understood.find((each) => each.kind === kind)?.value;
	const [date, weekday, part, people] = [said('date'), said('weekday'), said('time'), said('people')];
	if (!date && !weekday && !part) return null;
	const end = HOURS[PARTS.find((each) => each === part) ?? 'any'][1];
	const isOver = end !== '' && clock(minuteOf(now, ZONE)) >= end;
	const today = dayOf(now);
	const from = isOver ? addDays(today, 1) : today;
	const first = date?.split('/')[0] ?? '';
	const day = first > today ? first : weekday ? nextWeekday(weekday.split(',').map(Number), from) : date ? today : from;
	return { day, ...(part ? { part } : {}), ...(people ? { people } : {}) };
}
