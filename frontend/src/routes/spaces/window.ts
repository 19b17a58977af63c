/** From when to when somebody looks: a day at the wall and a part of it. */
import { fromWall } from '#lib/format.ts';
import { addDays } from '#lib/week.ts';

export type DayPart = 'any' | 'morning' | 'afternoon' | 'evening';

const HOURS: Record<DayPart, [string, string]> = { any: ['00:00', ''], morning: ['06:00', '12:00'], afternoon: ['12:00', '18:00'], evening: ['18:00', ''] };

/** An empty end is midnight. */
export function windowOf(day: string, part: DayPart, zone?: string): { from: string; to: string } {
	const [from, to] = HOURS[part];
	return { from: fromWall(`${day}T${from}`, zone), to: fromWall(to ? `${day}T${to}` : `${addDays(day, 1)}T00:00`, zone) };
}
