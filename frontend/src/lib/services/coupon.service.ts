/** Codes that make a cart cheaper: those of a partner, and those of a community. */
import { take } from '#lib/api/call.ts';
import { createCommunityCoupon, createPartnerCoupon, endCoupon, listCommunityCoupons, listPartnerCoupons } from '#lib/api/generated/sdk.gen.ts';
import type { NewCommunityCoupon, NewCoupon } from '#lib/api/generated/types.gen.ts';

export const partnerCoupons = (partner: string) => take(listPartnerCoupons({ path: { partner } }));
export const communityCoupons = (community: string) => take(listCommunityCoupons({ path: { community } }));
export const makePartnerCoupon = (partner: string, body: NewCoupon) => take(createPartnerCoupon({ path: { partner }, body }));
export const makeCommunityCoupon = (community: string, body: NewCommunityCoupon) => take(createCommunityCoupon({ path: { community }, body }));
export const stopCoupon = (coupon_id: string) => take(endCoupon({ path: { coupon_id } }));
