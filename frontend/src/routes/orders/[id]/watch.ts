/** Keeps an order page true while it is open: the payment that arrives, the code that is used at the door. */
import type { Order } from '#lib/api/generated/types.gen.ts';
import { order as fetchOrder } from '#lib/services/checkout.service.ts';

const NEAR_MS = 12 * 3_600_000;

/** How long to wait before asking again, in ms; null when nothing can change by itself. */
export function pauseFor(order: Order, round: number, now = Date.now()): number | null {
	if (order.status === 'awaiting_payment') return round === 0 ? 1000 : round < 20 ? 1500 : 10_000;
	if (order.status === 'awaiting_approval') return round < 20 ? 5000 : 30_000;
	const waiting = order.vouchers.some((voucher) => {
		const line = order.lines.find((it) => it.id === voucher.line_id);
		return voucher.status === 'issued' && (!line?.starts_at || Math.abs(Date.parse(line.starts_at) - now) < NEAR_MS);
	});
	return waiting ? (round < 100 ? 4000 : 20_000) : null;
}

const differs = (one: Order, other: Order) => JSON.stringify([one.status, one.vouchers, one.note]) !== JSON.stringify([other.status, other.vouchers, other.note]);

/** Asks until something is different; returns how to stop. A hidden page waits. */
export function watchOrder(order: Order, onchange: (now: Order) => void): () => void {
	let round = 0;
	let timer: ReturnType<typeof setTimeout> | undefined;
	const next = () => {
		const pause = pauseFor(order, round);
		if (pause !== null) timer = setTimeout(() => void ask(), pause);
	};
	const ask = async () => {
		round += 1;
		if (!document.hidden) {
			try {
				const now = await fetchOrder(order.id);
				if (differs(now, order)) return onchange(now);
			} catch {
				// Offline for a moment: the next round asks again.
			}
		}
		next();
	};
	next();
	return () => clearTimeout(timer);
}
