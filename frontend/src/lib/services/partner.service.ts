/** What a partner does: listings and their offers, orders, redeeming vouchers. */
import { take } from '#lib/api/call.ts';
import { OWN_REFUSALS } from '#lib/api/problem.ts';
import {
	addListingPhoto,
	changeListing,
	changeOffer,
	createListing,
	createOffers,
	deleteListingPhoto,
	getPartnerListing,
	listPartnerListings,
	listPartnerOffers,
	listPartnerOrders,
	redeemVoucher
} from '#lib/api/generated/sdk.gen.ts';
import type { ChangedListing, ChangedOffer, NewListing, NewOffer } from '#lib/api/generated/types.gen.ts';
import { m } from '#lib/paraglide/messages.js';

Object.assign(OWN_REFUSALS, { 'already-redeemed': m.problem_already_redeemed, 'voucher-void': m.problem_voucher_void });

export const listings = (partner: string, cursor?: string) =>
	take(listPartnerListings({ path: { partner }, query: cursor ? { cursor } : {} }));
export const ownListing = (partner: string, listing_id: string) => take(getPartnerListing({ path: { partner, listing_id } }));

/** The listing's offers of the coming weeks, cancelled ones too. */
export const ownOffers = (partner: string, listing_id: string, from: string, to: string) =>
	take(listPartnerOffers({ path: { partner, listing_id }, query: { from, to } }));

export const makeListing = (partner: string, body: NewListing) => take(createListing({ path: { partner }, body }));
export const editListing = (listing_id: string, body: ChangedListing) => take(changeListing({ path: { listing_id }, body }));
export const addPhoto = (listing_id: string, photo: File) => take(addListingPhoto({ path: { listing_id }, body: { photo } }));
export const dropPhoto = (listing_id: string, photo_id: string) => take(deleteListingPhoto({ path: { listing_id, photo_id } }));
export const addOffers = (listing_id: string, offers: NewOffer[]) => take(createOffers({ path: { listing_id }, body: { offers } }));
export const editOffer = (offer_id: string, body: ChangedOffer) => take(changeOffer({ path: { offer_id }, body }));
export const orders = (partner: string, cursor?: string) =>
	take(listPartnerOrders({ path: { partner }, query: cursor ? { cursor } : {} }));
export const redeem = (code: string) => take(redeemVoucher({ path: { code: normalCode(code) } }));

/** A code as it is printed: Crockford's letters, whatever was typed (lower case, blanks, O for 0, I or L for 1). */
export function normalCode(typed: string): string {
	return typed.normalize('NFKC').toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
}

/** The same code in groups of four, easier to read out. */
export function readableCode(code: string): string {
	return code.replace(/(.{4})(?=.)/g, '$1 ');
}
