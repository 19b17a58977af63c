/** From cart to voucher: quotes, orders, receipts, refunds. */
import { take } from '#lib/api/call.ts';
import {
	cancelOrder,
	getOrder,
	getMyYear,
	getReceipt,
	listRoomsToMoveTo,
	listMyVouchers,
	listOrders,
	makeQuote,
	moveBooking,
	payOrderAgain,
	placeOrder as postOrder,
	previewMove,
	previewRefund,
	refundOrder
} from '#lib/api/generated/sdk.gen.ts';
import type { GuestRef, NewOrder, NewTime, Order, Quote } from '#lib/api/generated/types.gen.ts';
import { Problem } from '#lib/api/problem.ts';
import type { Wish } from '#lib/state/cart.svelte.ts';
import { makeUuid } from '#lib/uuid.ts';
import { space } from './space.service.ts';

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

/** Runs `send` under a key that survives reloads; the key ends with a definite answer. */
export async function once<Answer>(of: string, send: (key: string) => Promise<Answer>): Promise<Answer> {
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

/** `guest`: somebody else comes than who buys; the price goes by who comes. */
export const quote = (lines: readonly Wish[], guest?: GuestRef, coupon?: string): Promise<Quote> =>
	take(makeQuote({ body: { lines: [...lines], ...(guest && { guest }), ...(coupon && { coupon }) } }));

/** A quote of what can still be asked for; lines that no longer exist or lie in the past are named in `gone` instead of failing all. */
export async function quoteCart(wishes: readonly Wish[], guest?: GuestRef, coupon?: string): Promise<{ quote: Quote | null; wishes: Wish[]; gone: Wish[] }> {
	let kept = [...wishes];
	const gone: Wish[] = [];
	while (kept.length) {
		try {
			return { quote: await quote(kept, guest, coupon), wishes: kept, gone };
		} catch (error) {
			const at = error instanceof Problem && error.status === 422 ? error.lines : [];
			if (!at.length) throw error;
			gone.push(...kept.filter((_, index) => at.includes(index)));
			kept = kept.filter((_, index) => !at.includes(index));
		}
	}
	return { quote: null, wishes: [], gone };
}

/** Places an order under the key of its basket: sent again it answers with the same order. */
export const placeOrder = (body: NewOrder, key: string): Promise<Order> => take(postOrder({ body, headers: { 'Idempotency-Key': key } }));

/** Whether a refusal means that this basket has been ordered before, with another way to pay or another person. */
export const isOrderedBefore = (error: unknown) => error instanceof Problem && error.status === 422 && 'Idempotency-Key' in error.fields;

export function refund(order_id: string, line_ids: string[]): Promise<Order> {
	const of = `refund:${order_id}:${line_ids.join()}`;
	return once(of, (key) => take(refundOrder({ path: { order_id }, body: { line_ids }, headers: { 'Idempotency-Key': key } })));
}

/** A booking of mine with its room, as it is now, and the rooms it may move to. */
export async function booking(order_id: string, line_id: string) {
	const found = await order(order_id);
	const line = found.lines.find((it) => it.id === line_id);
	if (!line?.space_id) throw new Problem(404);
	const rooms = line.can_move ? take(listRoomsToMoveTo({ path: { order_id, line_id } })).then((page) => page.items) : [];
	return { order: found, line, space: await space(line.space_id), rooms: await rooms };
}

/** What moving a booking would bring back, as the server computes it. */
export const movePreview = (order_id: string, line_id: string, body: NewTime) => take(previewMove({ path: { order_id, line_id }, body }));
export const move = (order_id: string, line_id: string, body: NewTime): Promise<Order> =>
	once(`move:${line_id}:${body.starts_at}:${body.ends_at}:${body.space_id ?? ''}`, (key) => take(moveBooking({ path: { order_id, line_id }, body, headers: { 'Idempotency-Key': key } })));

/** What giving these lines back would pay back, as the server computes it. */
export const refundPreview = (order_id: string, line_ids: string[]) => take(previewRefund({ path: { order_id }, query: { line_ids } }));
export const myYear = (year: number) => take(getMyYear({ path: { year } }));
export const visits = () => take(listMyVouchers());
export const orders = (cursor?: string) => take(listOrders({ query: cursor ? { cursor } : {} }));
export const order = (order_id: string) => take(getOrder({ path: { order_id } }));
export const receipt = (order_id: string) => take(getReceipt({ path: { order_id } }));
export const cancel = (order_id: string) => take(cancelOrder({ path: { order_id } }));
export const payAgain = (order_id: string) => take(payOrderAgain({ path: { order_id } }));

/** An order of mine that still waits to be paid, if there is one: what an empty basket usually means. */
export const waitingOrder = async () => (await orders()).items.find((it) => it.status === 'awaiting_payment' || it.status === 'awaiting_approval');
