import { describe, expect, test } from 'vitest';
import { isOffer, parseWishes, wishKey, withWish, type Wish } from '#lib/state/cart.svelte.ts';

const seat: Wish = { offer_id: 'a', quantity: 1 };
const room: Wish = { space_id: 'r', starts_at: '2026-03-09T08:00:00Z', ends_at: '2026-03-09T09:00:00Z', attendees: 2 };

describe('the cart', () => {
	test('counts the same offer up instead of listing it twice', () => {
		expect(withWish([seat], { ...seat, quantity: 2 })).toEqual([{ offer_id: 'a', quantity: 3 }]);
	});

	test('keeps a room once however often it is added', () => {
		const twice = withWish(withWish([], room), { ...room, attendees: 5 });
		expect(twice).toEqual([{ ...room, attendees: 5 }]);
	});

	test('never grows beyond what one quote takes', () => {
		let wishes: Wish[] = [];
		for (let index = 0; index < 60; index += 1) wishes = withWish(wishes, { offer_id: String(index), quantity: 1 });
		expect(wishes).toHaveLength(50);
	});

	test('drops what an earlier visit left broken', () => {
		expect(parseWishes('not json')).toEqual([]);
		expect(parseWishes('{"a":1}')).toEqual([]);
		expect(parseWishes(JSON.stringify([seat, room, { offer_id: 'x', quantity: 0 }, { offer_id: 1 }, null, { space_id: 'r' }]))).toEqual([seat, room]);
		expect(parseWishes(null)).toEqual([]);
	});

	test('tells offers and rooms apart', () => {
		expect(isOffer(seat)).toBe(true);
		expect(isOffer(room)).toBe(false);
		expect(wishKey(seat)).not.toBe(wishKey(room));
	});
});
