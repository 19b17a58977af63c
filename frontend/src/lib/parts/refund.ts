/** Until when something can be given back, in one sentence. */
import { formatMoment } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';

interface Line {
	payable: { amount: number };
	starts_at?: string | null;
	refund_until?: string | null;
	time_zone?: string;
}

export function refundSentence(line: Line, now: Date = new Date()): string {
	if (!line.starts_at || !line.refund_until) return line.payable.amount === 0 ? m.refund_rule_free() : m.refund_rule_voucher();
	if (Date.parse(line.refund_until) <= now.getTime()) return m.refund_rule_over();
	const date = formatMoment(line.refund_until, line.time_zone);
	return line.payable.amount === 0 ? m.cancel_rule_until({ date }) : m.refund_rule_until({ date });
}
