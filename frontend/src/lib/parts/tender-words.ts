/** How the steps of a tender, its criteria and the states of bids are said. */
import type { Criterion, ProtocolBid, Tender } from '#lib/api/generated/types.gen.ts';
import { formatNumber } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import type { Tone } from '#lib/ui/Badge.svelte';

export function tenderState(tender: Tender): { text: string; tone: Tone } {
	if (tender.is_open_for_bids) return { text: m.tender_takes_bids(), tone: 'good' };
	if (tender.status === 'announced') return { text: m.tender_to_open(), tone: 'warn' };
	if (tender.status === 'opened') return { text: m.tender_opened(), tone: 'warm' };
	return tender.status === 'awarded' ? { text: m.tender_awarded(), tone: 'plain' } : { text: m.tender_cancelled(), tone: 'plain' };
}

/** What is said after the name of a criterion: who decides how much of it a bid has. */
export function criterionNote(criterion: Criterion): string {
	if (criterion.kind === 'number') return m.tender_criterion_number({ most: formatNumber(criterion.most ?? 100) });
	return criterion.kind === 'committee' ? m.tender_criterion_committee() : '';
}

/** Hundredths of a point, as they are said. */
export const points = (hundredths: number) => formatNumber(hundredths / 100);

const STATES: Record<ProtocolBid['state'], () => string> = {
	valid: m.bid_valid,
	opened: m.bid_opened,
	replaced: m.bid_replaced,
	withdrawn: m.bid_withdrawn,
	broken: m.bid_broken
};
export const bidState = (state: string) => STATES[state as ProtocolBid['state']]?.() ?? state;

const FAULTS: Record<Exclude<ProtocolBid['fault'], ''>, () => string> = {
	'one-missing': m.bid_fault_missing,
	'not-written-by-us': m.bid_fault_row,
	'not-its-receipt': m.bid_fault_receipt,
	'does-not-open': m.bid_fault_key,
	'belongs-elsewhere': m.bid_fault_elsewhere,
	'against-terms': m.bid_fault_terms
};
export const bidFault = (fault: ProtocolBid['fault']) => (fault ? FAULTS[fault]() : '');
