/** A week of free and taken stretches cut into cells that can be pressed. Pure: tested without a page. */
import { dayOf } from './format';

export interface Stretch {
	starts_at: string;
	ends_at: string;
}

export interface Priced extends Stretch {
	price?: { amount: number; currency: string };
	list_price?: { amount: number; currency: string };
}

export interface Cell {
	/** YYYY-MM-DD at the community's wall. */
	day: string;
	/** Minutes after midnight at the wall. */
	minute: number;
	starts_at: string;
	ends_at: string;
	free: boolean;
	/** What the shortest booking from here costs, where the server said so. */
	price?: { amount: number; currency: string } | undefined;
	/** Cheaper than usual at this time. */
	cheap?: boolean;
}

export interface Week {
	days: string[];
	minutes: number[];
	at: (day: string, minute: number) => Cell | undefined;
}

const MINUTE = 60_000;

export function minuteOf(moment: Date, zone: string): number {
	const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).formatToParts(moment);
	const part = (type: string) => Number(parts.find((it) => it.type === type)?.value);
	return part('hour') * 60 + part('minute');
}

function* cut(stretches: readonly Priced[], free: boolean, step: number, zone: string): Generator<Cell> {
	for (const [index, { starts_at, ends_at, price, list_price }] of stretches.entries()) {
		const next = stretches[index + 1];
		// Between two slots of one price a booking costs the same; elsewhere only the server could say.
		const isSteady = next?.starts_at === ends_at && next.price?.amount === price?.amount;
		const cheap = price !== undefined && list_price !== undefined && price.amount < list_price.amount;
		const end = Date.parse(ends_at);
		for (let at = Date.parse(starts_at); at < end; at += step * MINUTE) {
			const moment = new Date(at);
			const until = new Date(Math.min(end, at + step * MINUTE));
			if (free && until.getTime() - at < step * MINUTE) continue;
			yield { day: dayOf(moment, zone), minute: minuteOf(moment, zone), starts_at: moment.toISOString(), ends_at: until.toISOString(), free, cheap, price: at === Date.parse(starts_at) || isSteady ? price : undefined };
		}
	}
}

/** `first` is the Monday (or any day) to start from; where free and taken meet in one cell, taken wins. */
export function cutWeek(first: string, free: readonly Priced[], taken: readonly Stretch[], step: number, zone: string): Week {
	const days = Array.from({ length: 7 }, (_, index) => addDays(first, index));
	const cells = new Map<string, Cell>();
	for (const cell of [...cut(free, true, step, zone), ...cut(taken, false, step, zone)]) cells.set(`${cell.day} ${cell.minute}`, cell);
	const minutes = [...new Set([...cells.values()].filter((it) => days.includes(it.day)).map((it) => it.minute))].sort((a, b) => a - b);
	return { days, minutes, at: (day, minute) => cells.get(`${day} ${minute}`) };
}

export function addDays(day: string, count: number): string {
	return new Date(Date.parse(`${day}T00:00:00Z`) + count * 86_400_000).toISOString().slice(0, 10);
}

export type DayPart = 'morning' | 'afternoon' | 'evening';
const PARTS: [DayPart, number, number][] = [
	['morning', 0, 720],
	['afternoon', 720, 1080],
	['evening', 1080, 1440]
];

/** The free cells of a day by part of the day; a part in which the place is closed is left out. */
export function freeByPart(week: Week, day: string): { part: DayPart; cells: Cell[] }[] {
	const all = week.minutes.map((minute) => week.at(day, minute)).filter((cell) => cell !== undefined);
	return PARTS.map(([part, from, to]) => ({ part, own: all.filter(({ minute }) => from <= minute && minute < to) }))
		.filter(({ own }) => own.length)
		.map(({ part, own }) => ({ part, cells: own.filter(({ free }) => free) }));
}

/** The unbroken free cells of the day from `start` on, at most `most` minutes long. */
export function freeRun(week: Week, start: Cell, most: number): Cell[] {
	const run: Cell[] = [];
	let next: Cell | undefined = start;
	while (next?.free && minutesBetween(start.starts_at, next.ends_at) <= most) {
		run.push(next);
		const end: string = next.ends_at;
		next = week.minutes.map((minute) => week.at(start.day, minute)).find((it) => it?.starts_at === end);
	}
	return run;
}

/** The latest start at or before `cell` from which `least` minutes are free; near closing time a booking has to begin earlier. */
export function earlyEnough(week: Week, cell: Cell, least: number): Cell {
	let start = cell;
	for (;;) {
		const end = freeRun(week, start, Infinity).at(-1)?.ends_at ?? start.ends_at;
		if (minutesBetween(start.starts_at, end) >= least) return start;
		const before = week.minutes.map((minute) => week.at(start.day, minute)).find((it) => it?.free && it.ends_at === start.starts_at);
		if (!before) return cell;
		start = before;
	}
}

export function minutesBetween(from: string, to: string): number {
	return (Date.parse(to) - Date.parse(from)) / MINUTE;
}

export function clock(minute: number): string {
	return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
