import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { orders } from '#lib/services/checkout.service.ts';
import { waits } from '#lib/services/wait.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => {
	const signedIn = requireAccount();
	return { orders: lazy(signedIn.then(() => orders())), waits: lazy(signedIn.then(() => waits())) };
};
