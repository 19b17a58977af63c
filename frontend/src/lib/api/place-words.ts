/** What is wrong with a time or a rule of a place, in words; pages that ask for such things bring it along. */
import { formatLength } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { OWN_FIELDS } from './problem.ts';

OWN_FIELDS.push(
	[/in the past|must be in the future/, m.place_fault_past],
	[/lasts at most (\d+) minutes/, (it) => m.place_fault_longest({ length: formatLength(Number(it[1])) })],
	[/lasts at least (\d+) minutes/, (it) => m.place_fault_shortest({ length: formatLength(Number(it[1])) })],
	[/booked at most (\d+) days ahead/, (it) => m.place_fault_ahead({ days: it[1] ?? '' })],
	[/at most (\d+) days after/, (it) => m.place_fault_days({ days: it[1] ?? '' })],
	[/at most (\d+) hours after/, (it) => m.place_fault_days({ days: Math.floor(Number(it[1]) / 24) })],
	[/outside the opening hours/, m.place_fault_closed],
	[/grid of (\d+) minutes/, (it) => m.place_fault_grid({ length: formatLength(Number(it[1])) })],
	[/has no price/, m.place_fault_no_price],
	[/too far in the future|not a year|out of range/, m.place_fault_far],
	[/overlaps the hours/, m.place_fault_overlap],
	[/the time of opening/, m.place_fault_whole_day],
	[/\[01\]\[0-9\]/, m.place_fault_clock],
	[/not be above the rate/, m.place_fault_above_rate],
	[/below the shortest/, m.place_fault_below_shortest],
	[/below the plain rate/, m.place_fault_peak],
	[/what every weekday costs/, m.place_fault_weekday],
	[/make 100 %/, m.place_fault_weights],
	[/the day on which bids end/, m.place_fault_bids_end],
	[/of this community/, m.place_fault_elsewhere],
	[/is unknown/, m.place_fault_unknown]
);
