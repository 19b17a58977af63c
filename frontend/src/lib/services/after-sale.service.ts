/** After a sale: giving money back, and cases that somebody must look at. */
import { take } from '#lib/api/call.ts';
import { changeCase, listCases, listCommunitySales, previewGiveBack, refundOrder, repayFailedRefund } from '#lib/api/generated/sdk.gen.ts';
import type { NewRefund } from '#lib/api/generated/types.gen.ts';
import { once } from './checkout.service.ts';

/** All that was sold there, or what of one order. */
export const sales = (community: string, cursor?: string, order?: string) =>
	take(listCommunitySales({ path: { community }, query: { ...(cursor ? { cursor } : {}), ...(order ? { order } : {}) } }));

export const preview = (order_id: string, line_id?: string) =>
	take(previewGiveBack({ path: { order_id }, query: line_id ? { line_id: [line_id] } : {} }));

/** Gives a line or an amount back; the same request again (double click, lost answer) acts once. */
export function giveBack(order_id: string, body: NewRefund) {
	return once(`give-back:${order_id}:${JSON.stringify(body)}`, (key) =>
		take(refundOrder({ path: { order_id }, body, headers: { 'Idempotency-Key': key } }))
	);
}

export const cases = (community: string, status: 'open' | 'resolved', cursor?: string) =>
	take(listCases({ path: { community }, query: cursor ? { status, cursor } : { status } }));

export const takeCase = (case_id: string) => take(changeCase({ path: { case_id }, body: { take: true } }));
export const endCase = (case_id: string, resolution: string) => take(changeCase({ path: { case_id }, body: { resolution } }));
export const repay = (case_id: string, by: 'card' | 'desk') => take(repayFailedRefund({ path: { case_id }, body: { by } }));
