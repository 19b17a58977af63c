import { afterEach, describe, expect, test, vi } from 'vitest';
import { repeatRule, repeatWords } from '#lib/parts/series.ts';
import { cart, isOffer, parseWishes, wishKey, withWish, type Wish } from '#lib/state/cart.svelte.ts';
import { hasProblem } from '#lib/state/in-the-way.ts';

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

	test('keeps a series apart from its first date, and a missing date stops only who wants all', () => {
		const all: Wish = { ...room, repeat: repeatRule('week', 8), dates: 'all' };
		const free: Wish = { ...all, dates: 'free' };
		expect(wishKey(all)).not.toBe(wishKey(room));
		const quote = { lines: [{ problem: null }], refused: [{ wish: 0 }] };
		expect([hasProblem(quote, [all]), hasProblem(quote, [free]), hasProblem({ ...quote, refused: [] }, [all])]).toEqual([true, false, false]);
		expect(hasProblem({ lines: [{ problem: 'slot_taken' }] }, [free])).toBe(true);
	});

	test('says how often a series is, also of a rule made elsewhere', () => {
		expect(repeatRule('second_week', 4)).toBe('FREQ=WEEKLY;INTERVAL=2;COUNT=4');
		expect(new Set(['FREQ=WEEKLY;COUNT=3', 'FREQ=WEEKLY;INTERVAL=2;COUNT=3', 'FREQ=DAILY;COUNT=9', 'FREQ=MONTHLY;COUNT=3'].map(repeatWords)).size).toBe(4);
	});

	test('takes something else at the place of what is taken', () => {
		vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
		cart.clear();
		for (const wish of [room, seat]) cart.add(wish);
		cart.replace(wishKey(room), { ...room, space_id: 'other' });
		expect(cart.wishes).toEqual([{ ...room, space_id: 'other' }, seat]);
		cart.clear();
		vi.unstubAllGlobals();
	});

	test('tells offers and rooms apart', () => {
		expect(isOffer(seat)).toBe(true);
		expect(isOffer(room)).toBe(false);
		expect(wishKey(seat)).not.toBe(wishKey(room));
	});
});

describe('the key of the basket', () => {
	afterEach(() => vi.unstubAllGlobals());

	test('is the same in every window until the basket was bought', () => {
		const kept = new Map<string, string>();
		vi.stubGlobal('localStorage', {
			getItem: (key: string) => kept.get(key) ?? null,
			setItem: (key: string, value: string) => kept.set(key, value),
			removeItem: (key: string) => kept.delete(key)
		});
		cart.add(seat);
		const key = cart.key;
		expect(kept.get('market.cart.key')).toBe(key);
		cart.add(room);
		expect(cart.key).toBe(key);
		kept.set('market.cart.key', 'of-another-window');
		expect(cart.key).toBe('of-another-window');
		cart.clear();
		expect(kept.has('market.cart.key')).toBe(false);
		expect(cart.key).not.toBe('of-another-window');
	});

	test('lasts as long as the page where nothing can be stored', () => {
		vi.stubGlobal('localStorage', { getItem: () => { throw new Error('no'); }, setItem: () => { throw new Error('no'); }, removeItem: () => { throw new Error('no'); } });
		cart.add(seat);
		expect(cart.key).toBe(cart.key);
		const before = cart.key;
		cart.clear();
		expect(cart.key).not.toBe(before);
	});
});
