/** What stands in the form of a listing, as text, and how it becomes a request. */
import type { Listing, NewListing } from '#lib/api/generated/types.gen.ts';
import { moneyInput, parseMoney } from '#lib/format.ts';

export interface Draft {
	kind: NewListing['kind'];
	title: string;
	title_en: string;
	category: string;
	price: string;
	has_resident_price: boolean;
	eligibility_group: string;
	about: string;
	about_en: string;
	duration_min: string;
	valid_days: string;
	refund_until_h: string;
	max_per_person: string;
	address: string;
}

export const EMPTY: Draft = {
	kind: 'class',
	title: '',
	title_en: '',
	category: '',
	price: '',
	has_resident_price: true,
	eligibility_group: '',
	about: '',
	about_en: '',
	duration_min: '90',
	valid_days: '90',
	refund_until_h: '24',
	max_per_person: '',
	address: ''
};

const text = (value: number | null | undefined) => (value == null ? '' : String(value));

export function draftOf(listing: Listing): Draft {
	return {
		kind: listing.kind as Draft['kind'],
		title: listing.title,
		title_en: listing.title_en ?? '',
		category: listing.category,
		price: moneyInput(listing.price.amount),
		has_resident_price: listing.resident_price !== null,
		eligibility_group: listing.eligibility_group ?? '',
		about: listing.about,
		about_en: listing.about_en ?? '',
		duration_min: text(listing.duration_min),
		valid_days: text(listing.valid_days),
		refund_until_h: text(listing.refund_until_h),
		max_per_person: text(listing.max_per_person),
		address: listing.address
	};
}

const whole = (value: string) => (/^\d+$/.test(value.trim()) ? Number(value) : null);

/** The request without its kind: that can be chosen once only. A price that is no amount becomes −1, which the server refuses beside its field. */
export function requestOf(draft: Draft): Omit<NewListing, 'kind' | 'community' | 'status'> {
	return {
		title: draft.title.trim(),
		title_en: draft.title_en.trim() || null,
		category: draft.category,
		price: draft.kind === 'free' ? 0 : (parseMoney(draft.price) ?? -1),
		has_resident_price: draft.kind !== 'free' && draft.has_resident_price,
		eligibility_group: draft.eligibility_group || null,
		about: draft.about,
		about_en: draft.about_en.trim() || null,
		duration_min: whole(draft.duration_min),
		valid_days: draft.kind === 'voucher' ? whole(draft.valid_days) : null,
		refund_until_h: whole(draft.refund_until_h) ?? 24,
		max_per_person: whole(draft.max_per_person),
		address: draft.address.trim()
	};
}
