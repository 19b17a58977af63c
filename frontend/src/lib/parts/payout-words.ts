/** The words for payouts. */
import { m } from '#lib/paraglide/messages.js';
import type { Tone } from '#lib/ui/Badge.svelte';

const RUNS: Record<string, [() => string, Tone]> = {
	empty: [m.payout_run_empty, 'plain'],
	ready: [m.payout_run_ready, 'warn'],
	exported: [m.payout_run_exported, 'warn'],
	done: [m.payout_run_done, 'good']
};
const PAYOUTS: Record<string, [() => string, Tone]> = {
	asked: [m.payout_asked, 'warn'],
	sent: [m.payout_sent, 'good'],
	failed: [m.payout_failed, 'bad']
};

const say = (words: Record<string, [() => string, Tone]>, key: string): { label: string; tone: Tone } => {
	const [label, tone] = words[key] ?? [() => key, 'plain' as const];
	return { label: label(), tone };
};
export const runStatus = (status: string) => say(RUNS, status);
export const payoutStatus = (status: string) => say(PAYOUTS, status);

const PARTS: Record<string, () => string> = {
	sale: m.statement_sale,
	refund: m.statement_refund,
	fee: m.statement_fee,
	payout: m.statement_payout,
	rent: m.statement_rent,
	other: m.statement_other
};
export const statementPart = (part: string) => PARTS[part]?.() ?? part;
