/**
 * Works while there is no network: the page shell and the code that was used, and of the data only what belongs to the person of
 * this device and is asked for at a door: the account, their codes and their orders. Everything else is left to the network.
 */
import { version } from '$app/env';
import { self } from '$app/service-worker';
import { isCode, isOwn, isPage } from '../lib/offline/paths';

const SHELL = `shell-${version}`;
const OWN = 'own';
const SHELL_PAGE = '/vouchers';
/** A network that gives no answer for so long is treated as none, where there is a kept answer. */
const PATIENCE_MS = 6000;

/** Counts how often own data was thrown away: an answer that was on its way then is not kept. */
let epoch = 0;

self.addEventListener('install', (event) => {
	event.waitUntil(caches.open(SHELL).then((cache) => cache.add(new Request(SHELL_PAGE, { cache: 'reload' }))));
});

self.addEventListener('activate', (event) => {
	event.waitUntil(
		caches
			.keys()
			.then((names) => Promise.all(names.filter((name) => name.startsWith('shell-') && name !== SHELL).map((name) => caches.delete(name))))
			.then(() => self.clients.claim())
	);
});

self.addEventListener('message', (event) => {
	const said = event.data as { type: string; urls?: string[] };
	if (said.type === 'take-over') event.waitUntil(self.skipWaiting());
	if (said.type === 'forget') {
		epoch += 1;
		event.waitUntil(caches.delete(OWN));
	}
	if (said.type === 'keep') event.waitUntil(keepCode(said.urls ?? []));
});

self.addEventListener('fetch', (event) => {
	const { request } = event;
	const url = new URL(request.url);
	if (request.method !== 'GET' || url.origin !== location.origin) return;
	if (isCode(url.pathname)) event.respondWith(code(request));
	else if (request.mode === 'navigate') {
		if (isPage(url.pathname)) event.respondWith(page(request));
	} else if (isOwn(url)) event.respondWith(own(request));
});

/** What the page had loaded before this worker was there; comes from the browser's own cache. */
async function keepCode(urls: string[]): Promise<void> {
	const cache = await caches.open(SHELL);
	for (const url of urls) {
		if (isCode(new URL(url).pathname) && !(await cache.match(url))) await cache.add(url).catch(() => undefined);
	}
}

/** Code has its content in its name: what is kept is right. */
async function code(request: Request): Promise<Response> {
	const kept = await caches.match(request.url);
	if (kept) return kept;
	const answer = await fetch(request);
	if (answer.ok) await (await caches.open(SHELL)).put(request.url, answer.clone());
	return answer;
}

/** Every page has the same shell; without a network the kept one finds its way by the address. */
async function page(request: Request): Promise<Response> {
	try {
		return await fetch(request);
	} catch (error) {
		const kept = await caches.match(SHELL_PAGE);
		if (kept) return kept;
		throw error;
	}
}

/** The network's answer, kept for later; without one the kept answer, which says when it was kept. */
async function own(request: Request): Promise<Response> {
	const began = epoch;
	const kept = await (await caches.open(OWN)).match(request.url);
	const asked = fetch(request);
	const late = new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));
	try {
		const answer = await (kept ? Promise.race([asked, late]) : asked);
		if (answer === null) {
			asked.then((slow) => keep(request, slow, began)).catch(() => undefined);
			return kept as Response;
		}
		await keep(request, answer.clone(), began);
		return answer;
	} catch (error) {
		if (kept) return kept;
		throw error;
	}
}

async function keep(request: Request, answer: Response, began: number): Promise<void> {
	if (answer.status === 401) {
		epoch += 1;
		await caches.delete(OWN);
	}
	if (!answer.ok || began !== epoch) return;
	const type = answer.headers.get('content-type') ?? '';
	const text = await answer.text();
	// The token that lets a page act belongs to a live session, not into a store.
	const body = new URL(request.url).pathname === '/api/me' ? JSON.stringify({ ...JSON.parse(text), csrf_token: '' }) : text;
	if (began !== epoch) return;
	const headers = { 'content-type': type, 'x-saved-at': new Date().toISOString() };
	await (await caches.open(OWN)).put(request.url, new Response(body, { headers }));
}
