/** Tenders: what is to be let, sealed bids, and the acts of staff. */
import { take } from '#lib/api/call.ts';
import {
	announceTender,
	awardTender,
	cancelTender,
	getTender,
	listOwnBids,
	listTenders,
	openTender,
	placeBid,
	scoreTender,
	withdrawBid
} from '#lib/api/generated/sdk.gen.ts';
import type { BidPoints, NewBid, NewTender, TenderAward } from '#lib/api/generated/types.gen.ts';

export const tenders = (community?: string) => take(listTenders(community ? { query: { community } } : {}));
export const tender = (tender_id: string) => take(getTender({ path: { tender_id } }));
export const ownBids = (partner: string) => take(listOwnBids({ path: { partner } }));

export const announce = (community: string, body: NewTender) => take(announceTender({ path: { community }, body }));
export const bid = (tender_id: string, body: NewBid) => take(placeBid({ path: { tender_id }, body }));
export const takeBack = (tender_id: string, partner: string) => take(withdrawBid({ path: { tender_id }, body: { partner } }));
export const openBids = (tender_id: string, attended: string) => take(openTender({ path: { tender_id }, body: { attended } }));
export const givePoints = (tender_id: string, points: BidPoints[]) => take(scoreTender({ path: { tender_id }, body: { points } }));
export const award = (tender_id: string, body: TenderAward) => take(awardTender({ path: { tender_id }, body }));
export const callOff = (tender_id: string, reason: string) => take(cancelTender({ path: { tender_id }, body: { reason } }));
