// The cart of this device: what is wanted, never what it costs; prices come from a quote of the server.
import { makeUuid } from '#lib/uuid.ts';

export interface OfferWish {
	offer_id: string;
	quantity: number;
	pass_id?: string; // a card of the buyer that pays for it, while the order is being made
}

export interface SpaceWish {
	space_id: string;
	starts_at: string;
	ends_at: string;
	attendees: number;
	for_partner?: string; // the partner it is booked for, by slug
	/** The repeat rule of a series that begins with this date; whether all of its dates are wanted, or those that are free. */
	repeat?: string;
	dates?: 'all' | 'free';
}

export type Wish = OfferWish | SpaceWish;

const KEY = 'market.cart';
const LATER = 'market.cart.later';
const ATTEMPT = 'market.cart.key';
const MAX_LINES = 50;

export function isOffer(wish: Wish): wish is OfferWish {
	return 'offer_id' in wish;
}

/** Two wishes with the same key are the same line. */
export function wishKey(wish: Wish): string {
	return isOffer(wish) ? `offer:${wish.offer_id}` : `space:${wish.space_id}:${wish.starts_at}:${wish.ends_at}:${wish.for_partner ?? ''}:${wish.repeat ?? ''}`;
}

/** Adds a wish: the same offer again raises its quantity, the same room and time again changes nothing but the attendees. */
export function withWish(wishes: readonly Wish[], added: Wish): Wish[] {
	const key = wishKey(added);
	const at = wishes.findIndex((wish) => wishKey(wish) === key);
	if (at < 0) return [...wishes, added].slice(0, MAX_LINES);
	const old = wishes[at];
	const merged = old && isOffer(old) && isOffer(added) ? { ...old, quantity: old.quantity + added.quantity } : added;
	return wishes.map((wish, index) => (index === at ? merged : wish));
}

/** Reads what an earlier visit left, and drops whatever does not look like a wish. */
export function parseWishes(text: string | null): Wish[] {
	try {
		const stored: unknown = JSON.parse(text ?? '[]');
		return Array.isArray(stored) ? stored.filter(looksLikeWish).slice(0, MAX_LINES) : [];
	} catch {
		return [];
	}
}

function looksLikeWish(it: unknown): it is Wish {
	if (typeof it !== 'object' || it === null) return false;
	const wish = it as Record<string, unknown>;
	if (typeof wish['offer_id'] === 'string') return Number.isInteger(wish['quantity']) && Number(wish['quantity']) > 0;
	return ['space_id', 'starts_at', 'ends_at'].every((key) => typeof wish[key] === 'string') && Number(wish['attendees']) > 0;
}

/** A full or forbidden storage keeps the cart for this page only. */
function stored<Value>(act: () => Value): Value | undefined {
	try {
		return act();
	} catch {
		return undefined;
	}
}

class Cart {
	wishes = $state<Wish[]>(typeof localStorage === 'undefined' ? [] : parseWishes(localStorage.getItem(KEY)));

	#key = '';
	constructor() {
		// Two tabs show the same cart.
		if (typeof window !== 'undefined') {
			window.addEventListener('storage', (event) => {
				if (event.key === KEY) this.wishes = parseWishes(event.newValue);
			});
		}
	}

	get count(): number {
		return this.wishes.length;
	}

	add(wish: Wish): void {
		this.#put(withWish(this.wishes, wish));
	}

	setQuantity(key: string, quantity: number): void {
		this.#put(this.wishes.map((wish) => (wishKey(wish) === key && isOffer(wish) ? { ...wish, quantity } : wish)));
	}

	/** Take this instead of that, at its place. */
	replace(key: string, wish: Wish): void {
		this.#put(this.wishes.map((it) => (wishKey(it) === key ? wish : it)));
	}

	remove(key: string): void {
		const left = this.wishes.filter((wish) => wishKey(wish) !== key);
		this.#put(left.length ? left : this.#later());
	}

	/** Keep these for the next order: they come back when this basket has been ordered. */
	setAside(keys: readonly string[]): void {
		const aside = this.wishes.filter((wish) => keys.includes(wishKey(wish)));
		stored(() => localStorage.setItem(LATER, JSON.stringify(aside)));
		this.#put(this.wishes.filter((wish) => !keys.includes(wishKey(wish))));
	}

	/** This basket has been ordered; what was set aside comes back. */
	clear(): void {
		this.#put(this.#later());
		this.renewKey();
	}

	#later(): Wish[] {
		const aside = parseWishes(stored(() => localStorage.getItem(LATER)) ?? null);
		stored(() => localStorage.removeItem(LATER));
		return aside;
	}

	/**
	 * The idempotency key of this basket: every window of this device sends the same one until the basket has been bought, so that
	 * two presses, two windows or a lost answer make one order.
	 */
	get key(): string {
		const kept = stored(() => localStorage.getItem(ATTEMPT)) || this.#key || makeUuid();
		this.#key = kept;
		stored(() => localStorage.setItem(ATTEMPT, kept));
		return kept;
	}

	/** What comes next is another order. */
	renewKey(): void {
		this.#key = '';
		stored(() => localStorage.removeItem(ATTEMPT));
	}

	#put(wishes: Wish[]): void {
		this.wishes = wishes;
		stored(() => localStorage.setItem(KEY, JSON.stringify(wishes)));
	}
}

export const cart = new Cart();
