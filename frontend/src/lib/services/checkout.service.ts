/** From cart to voucher: quotes, orders, receipts, refunds. */
import { take } from '#lib/api/call.ts';
import {
	cancelOrder,
	getOrder,
	getReceipt,
	listOrders,
	makeQuote,
	payOrderAgain,
	placeOrder as postOrder,
	refundOrder
} from '#lib/api/generated/sdk.gen.ts';
import type { NewOrder, Order, Quote } from '#lib/api/generated/types.gen.ts';
import { Problem } from '#lib/api/problem.ts';
import type { Wish } from '#lib/state/cart.svelte.ts';

const KEY = 'market.attempt';

/** A stored key belongs to one attempt: the same request again (double click, reload, lost answer) carries it again. */
export interface Attempt {
	of: string;
	key: string;
}

export function attemptFor(of: string, stored: string | null, makeKey: () => string = makeUuid): Attempt {
	try {
		const attempt = JSON.parse(stored ?? 'null') as Attempt | null;
		if (attempt?.of === of && attempt.key) return attempt;
	} catch {
		// Not ours: a new attempt begins.
	}
	return { of, key: makeKey() };
}

/** `crypto.randomUUID` needs https; a page on a plain local address has only getRandomValues. */
export function makeUuid(): string {
	const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Runs `send` under a key that survives reloads; the key ends with a definite answer. */
async function once<Answer>(of: string, send: (key: string) => Promise<Answer>): Promise<Answer> {
	const attempt = attemptFor(of, sessionStorage.getItem(KEY));
	sessionStorage.setItem(KEY, JSON.stringify(attempt));
	try {
		const answer = await send(attempt.key);
		sessionStorage.removeItem(KEY);
		return answer;
	} catch (error) {
		if (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429) sessionStorage.removeItem(KEY);
		throw error;
	}
}

export const quote = (lines: readonly Wish[]): Promise<Quote> => take(makeQuote({ body: { lines: [...lines] } }));

/** A quote of what can still be asked for; lines that no longer exist or lie in the past are named in `gone` instead of failing all. */
export async function quoteCart(wishes: readonly Wish[]): Promise<{ quote: Quote | null; wishes: Wish[]; gone: Wish[] }> {
	let kept = [...wishes];
	const gone: Wish[] = [];
	while (kept.length) {
		try {
			return { quote: await quote(kept), wishes: kept, gone };
		} catch (error) {
			const at = error instanceof Problem && error.status === 422 ? error.lines : [];
			if (!at.length) throw error;
			gone.push(...kept.filter((_, index) => at.includes(index)));
			kept = kept.filter((_, index) => !at.includes(index));
		}
	}
	return { quote: null, wishes: [], gone };
}

export function placeOrder(body: NewOrder): Promise<Order> {
	return once(JSON.stringify(body), (key) => take(postOrder({ body, headers: { 'Idempotency-Key': key } })));
}

export function refund(order_id: string, line_ids: string[]): Promise<Order> {
	const of = `refund:${order_id}:${line_ids.join()}`;
	return once(of, (key) => take(refundOrder({ path: { order_id }, body: { line_ids }, headers: { 'Idempotency-Key': key } })));
}

export const orders = (cursor?: string) => take(listOrders({ query: cursor ? { cursor } : {} }));
export const order = (order_id: string) => take(getOrder({ path: { order_id } }));
export const receipt = (order_id: string) => take(getReceipt({ path: { order_id } }));
export const cancel = (order_id: string) => take(cancelOrder({ path: { order_id } }));
export const payAgain = (order_id: string) => take(payOrderAgain({ path: { order_id } }));
