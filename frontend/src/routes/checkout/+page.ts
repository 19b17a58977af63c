import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { quote } from '#lib/services/checkout.service.ts';
import { cart } from '#lib/state/cart.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => {
	const wishes = copyOf(cart.wishes);
	return { wishes, quote: wishes.length ? lazy(requireAccount().then(() => quote(wishes))) : null };
};

/** Load functions are plain modules; a structured copy keeps the quote and the order about the same lines. */
function copyOf<Value>(value: Value): Value {
	return JSON.parse(JSON.stringify(value)) as Value;
}
