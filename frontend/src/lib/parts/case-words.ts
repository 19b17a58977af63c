/** What a case is about, in plain words. */
import { formatDay, named } from '#lib/format.ts';
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

/** The facts a reader can use; ids of our own rows stay away. */
export const caseFacts = (facts: Record<string, string>) =>
	Object.entries(facts)
		.filter(([name, value]) => FACTS[name] && value)
		.filter(([name]) => name !== 'day' || !facts['promised'])
		.map(([name, value]) => ({ label: FACTS[name]?.() ?? name, value: name === 'day' ? formatDay(`${value}T12:00:00Z`) : named({ text: value, text_en: facts[`${name}_en`] }, 'text') }));
