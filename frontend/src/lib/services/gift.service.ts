/** Campaigns, gifts for a purpose, gifts in kind. */
import { take } from '#lib/api/call.ts';
import { getFundGifts, listCampaigns, recordDonation, recordGoods, startCampaign } from '#lib/api/generated/sdk.gen.ts';
import type { NewCampaign, NewDonation, NewGoods } from '#lib/api/generated/types.gen.ts';

export const campaigns = (community?: string) => take(listCampaigns({ query: community ? { community } : {} }));
export const gifts = (fund: string) => take(getFundGifts({ path: { fund } }));
export const giveMoney = (fund: string, key: string, body: NewDonation) => take(recordDonation({ path: { fund }, body, headers: { 'Idempotency-Key': key } }));
export const giveGoods = (fund: string, key: string, body: NewGoods) => take(recordGoods({ path: { fund }, body, headers: { 'Idempotency-Key': key } }));
export const beginCampaign = (fund: string, body: NewCampaign) => take(startCampaign({ path: { fund }, body }));
