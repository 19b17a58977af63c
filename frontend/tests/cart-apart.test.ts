import { afterEach, expect, test, vi } from 'vitest';
import { cart, wishKey, type Wish } from '#lib/state/cart.svelte.ts';
import { apart } from '#lib/state/in-the-way.ts';

const seat: Wish = { offer_id: 'a', quantity: 1 };
const room: Wish = { space_id: 'r', starts_at: '2026-03-09T08:00:00Z', ends_at: '2026-03-09T09:00:00Z', attendees: 2 };

afterEach(() => vi.unstubAllGlobals());

test('keeps for the next order what cannot be asked for together', () => {
	const kept = new Map<string, string>();
	vi.stubGlobal('localStorage', {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => kept.set(key, value),
		removeItem: (key: string) => kept.delete(key)
	});
	cart.clear();
	cart.add(room);
	cart.add(seat);
	const others = apart({ lines: [{ problem: null }, { problem: 'ask_apart' }], wishes: [0, 1] }, cart.wishes);
	expect(others).toEqual([wishKey(seat)]);
	cart.setAside(others);
	expect(cart.wishes).toEqual([room]);
	cart.clear();
	expect(cart.wishes).toEqual([seat]);
	cart.add(room);
	cart.setAside([wishKey(seat)]);
	cart.remove(wishKey(room));
	expect(cart.wishes).toEqual([seat]);
	cart.clear();
	expect(cart.wishes).toEqual([]);
});
