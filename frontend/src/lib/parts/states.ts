/** The words and tones for the states that orders, listings, requests and closes are in. */
import { m } from '#lib/paraglide/messages.js';
import type { Tone } from '#lib/ui/Badge.svelte';

type Toned = Record<string, [() => string, Tone]>;

function state(states: Toned, key: string): { label: string; tone: Tone } {
	const [label, tone] = states[key] ?? [() => key, 'plain' as const];
	return { label: label(), tone };
}

const ORDER_STATUS: Toned = {
	awaiting_approval: [m.status_awaiting_approval, 'warn'],
	awaiting_payment: [m.status_awaiting_payment, 'warn'],
	paid: [m.status_paid, 'good'],
	completed: [m.status_completed, 'good'],
	expired: [m.status_expired, 'plain'],
	cancelled: [m.status_cancelled, 'plain'],
	refunded: [m.status_refunded, 'plain'],
	partly_refunded: [m.status_partly_refunded, 'warn']
};
export const orderStatus = (status: string) => state(ORDER_STATUS, status);

/** What the server notes on an order, in its own English sentences; a reason that a person wrote is shown as it is. */
const ORDER_NOTES: [RegExp, () => string][] = [
	[/^The time to pay is over/, () => ''], // the page says so in its own words
	[/^Your payment arrived after/, m.note_late],
	[/^A second payment arrived/, m.note_twice],
	[/^A payment arrived that is not/, m.note_differs],
	[/^The bank could not pay/, m.note_refund_failed]
];
/** Whether a refund of the order did not arrive and waits to be asked for again. */
export const isOwed = (note: string): boolean => /^The bank could not pay/.test(note);
export const orderNote = (note: string): string => ORDER_NOTES.find(([pattern]) => pattern.test(note))?.[1]() ?? note;

const LISTING_STATUS: Toned = {
	draft: [m.listing_status_draft, 'warn'],
	published: [m.listing_status_published, 'good'],
	withdrawn: [m.listing_status_withdrawn, 'plain']
};
export const listingStatus = (status: string) => state(LISTING_STATUS, status);

const SPENDING_STATES: Toned = {
	open: [m.spending_state_open, 'warn'],
	announced: [m.spending_state_announced, 'warm'],
	approved: [m.spending_state_approved, 'good'],
	refused: [m.spending_state_refused, 'bad'],
	withdrawn: [m.spending_state_withdrawn, 'plain'],
	paid: [m.spending_state_paid, 'good'],
	settled: [m.spending_state_settled, 'good']
};
export const spendingState = (status: string) => state(SPENDING_STATES, status);

const CLOSE_STATUS: Toned = {
	prepared: [m.close_status_prepared, 'warn'],
	closed: [m.close_status_closed, 'good'],
	reopened: [m.close_status_reopened, 'plain']
};
export const closeStatus = (status: string) => state(CLOSE_STATUS, status);

const CLOSE_CHECKS: Record<string, () => string> = { month_over: m.close_check_month_over, outcomes_told: m.close_check_outcomes_told, suspense_empty: m.close_check_suspense_empty };
export const closeCheck = (item: string) => CLOSE_CHECKS[item]?.() ?? item;
