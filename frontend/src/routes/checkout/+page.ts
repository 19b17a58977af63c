import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { waitingOrder } from '#lib/services/checkout.service.ts';
import { family } from '#lib/services/family.service.ts';
import { cart } from '#lib/state/cart.svelte.ts';
import type { PageLoad } from './$types';

/** The basket as it is now, with its key: whatever another window does, this page buys this basket once. */
export const load: PageLoad = () => {
	const wishes = copyOf(cart.wishes);
	const account = lazy(requireAccount());
	return {
		wishes,
		key: wishes.length ? cart.key : '',
		account,
		family: lazy(account.then(() => family()).then((page) => page.items.filter((it) => it.role === 'buyer' && it.status === 'accepted'))),
		waiting: lazy(wishes.length ? Promise.resolve(undefined) : account.then(waitingOrder))
	};
};

/** Load functions are plain modules; a structured copy keeps the quote and the order about the same lines. */
function copyOf<Value>(value: Value): Value {
	return JSON.parse(JSON.stringify(value)) as Value;
}
