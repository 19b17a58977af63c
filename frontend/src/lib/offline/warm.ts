/** Puts what is needed at a door onto the device while there is a network: codes, their pictures, their orders and the code of those pages. */
import { preloadCode } from '$app/navigation';
import { files } from '#lib/routes.ts';
import { order, orders, visits } from '#lib/services/checkout.service.ts';
import { offline } from './offline.svelte';

const MOST = 10;
let warmed = false;

export async function warm(): Promise<void> {
	if (warmed || !('serviceWorker' in navigator) || !navigator.serviceWorker.controller) return;
	warmed = true;
	try {
		const open = (await visits()).items.filter((it) => it.status === 'issued').slice(0, MOST);
		await orders();
		for (const page of ['/vouchers', '/orders', '/orders/[id]'] as const) await preloadCode(page);
		await Promise.all(open.map((visit) => fetch(files.voucherQr(visit.code))));
		for (const id of new Set(open.filter((it) => !it.bought_by).map((it) => it.order_id))) await order(id);
		await offline.keepCode();
	} catch {
		warmed = false; // The network went away: the next page tries again.
	}
}
