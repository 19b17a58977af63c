/** Bookings that the staff of a community agree to first. */
import { take } from '#lib/api/call.ts';
import { decideApproval, listApprovals } from '#lib/api/generated/sdk.gen.ts';

export const approvals = (community: string, status: 'open' | 'decided') => take(listApprovals({ path: { community }, query: { status } }));
/** A refusal needs a reason. */
export const decideOn = (order_id: string, decision: 'approved' | 'refused', reason: string) =>
	take(decideApproval({ path: { order_id }, body: { decision, reason: reason.trim() } }));
