/** What a case is about, in plain words. */
import { formatDay, formatMoney, named } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';

const KINDS: Record<string, [() => string, () => string]> = {
	refund_failed: [m.case_refund_failed, m.case_refund_failed_text],
	dispute: [m.case_dispute, m.case_dispute_text],
	payment_parked: [m.case_payment_parked, m.case_payment_parked_text],
	payout_failed: [m.case_payout_failed, m.case_payout_failed_text],
	provider_missing: [m.case_provider_missing, m.case_provider_missing_text],
	provider_extra: [m.case_provider_extra, m.case_provider_extra_text],
	provider_amount: [m.case_provider_amount, m.case_provider_amount_text],
	payment_lost: [m.case_payment_lost, m.case_payment_lost_text],
	restored: [m.case_restored, m.case_restored_text],
	clock_clash: [m.case_clock_clash, m.case_clock_clash_text],
	bank_missing: [m.case_bank_missing, m.case_bank_missing_text],
	bank_extra: [m.case_bank_extra, m.case_bank_extra_text],
	desk_count: [m.case_desk_count, m.case_desk_count_text]
};

export function caseKind(kind: string): { title: string; text: string } {
	const [title, text] = KINDS[kind] ?? [m.case_other, m.case_other_text];
	return { title: title(), text: text() };
}

const FACTS: Record<string, () => string> = {
	reason: m.case_fact_reason,
	payment: m.case_fact_payment,
	reference: m.case_fact_reference,
	title: m.case_fact_title,
	promised: m.case_fact_promised,
	stays: m.case_fact_stays,
	day: m.case_fact_day,
	expected: m.case_fact_expected,
	found: m.case_fact_found
};

/** What the program itself says of how a case ended; what a person wrote is shown as it is. */
const RESOLUTIONS: [RegExp, () => string][] = [
	[/^The bank gave the money back/, m.case_done_dispute_won],
	[/^The bank kept the money/, m.case_done_dispute_lost],
	[/^Paid again by card/, m.case_done_card],
	[/^Paid again by desk/, m.case_done_desk]
];
export const caseResolution = (text: string): string => RESOLUTIONS.find(([pattern]) => pattern.test(text))?.[1]() ?? text;

/** The card provider's words for why a refund did not arrive. */
const REASONS: Record<string, () => string> = {
	expired_or_canceled_card: m.case_reason_card_ended,
	lost_or_stolen_card: m.case_reason_card_lost,
	insufficient_funds: m.case_reason_funds,
	declined: m.case_reason_declined,
	unknown: m.case_reason_unknown
};

/** `-97.00 CNY` as an amount of the page; anything else as it is. */
function readable(name: string, value: string): string {
	if (name === 'day') return formatDay(`${value}T12:00:00Z`);
	if (name === 'reason') return REASONS[value]?.() ?? value;
	const money = /^(-?)(\d+)\.(\d{2}) ([A-Z]{3})$/.exec(value);
	return money ? formatMoney({ amount: Number(`${money[1]}${money[2]}${money[3]}`), currency: money[4] ?? '' }) : value;
}

/** The facts a reader can use, always in the same order; ids of our own rows stay away. */
export const caseFacts = (facts: Record<string, string>) =>
	Object.keys(FACTS)
		.map((name): [string, string] => [name, facts[name] ?? ''])
		.filter(([name, value]) => value && (name !== 'day' || !facts['promised']))
		.map(([name, value]) => m.case_fact({ label: FACTS[name]?.() ?? name, value: readable(name, named({ text: value, text_en: facts[`${name}_en`] }, 'text')) }));
