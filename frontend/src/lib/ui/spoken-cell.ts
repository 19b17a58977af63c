import { formatMoney } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { clock, type Cell } from '#lib/week.ts';

/** What a cell of the week is called: its day and hour, what it costs, whether it is chosen. What is written on it stands in it as written. */
export function spokenCell(cell: Cell, day: string, isChosen: boolean): string {
	const state = isChosen ? m.week_chosen() : m.week_free();
	return [day, clock(cell.minute), cell.price && formatMoney(cell.price), cell.cheap && m.week_off_peak(), state].filter(Boolean).join(' ');
}
