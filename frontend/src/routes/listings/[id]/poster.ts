/** What stands on the picture of a listing. */
import type { Listing } from '#lib/api/generated/types.gen.ts';
import { formatMoney, formatWhen, named } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';

export function posterOf(listing: Listing): { title: string; price: string; lines: string[] } {
	const next = listing.next_offers[0]?.starts_at;
	const price = listing.price.amount === 0 ? m.price_free() : formatMoney(listing.price);
	const reduced = listing.resident_price && listing.resident_price.amount < listing.price.amount ? m.price_for_residents({ amount: formatMoney(listing.resident_price) }) : '';
	return {
		title: named({ ...listing }, 'title'),
		price: [price, reduced].filter(Boolean).join(' · '),
		lines: [
			next ? formatWhen(next, null, new Date(0), listing.time_zone) : '',
			[named({ name: listing.community_name, name_en: listing.community_name_en }), listing.address].filter(Boolean).join(' · '),
			named({ ...listing.partner })
		].filter(Boolean)
	};
}
