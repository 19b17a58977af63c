/** Stands in for the network and the stores of a browser: remembers what was asked, answers everything with `net.answer`. */
import { vi } from 'vitest';
import '#lib/api/call.ts';
import { client } from '#lib/api/generated/client.gen.ts';

export const net: { asked: Request[]; answer: unknown; status: number } = { asked: [], answer: {}, status: 200 };
export const paths = () => net.asked.map((request) => `${request.method} ${new URL(request.url).pathname}`);

/** Before each test: nothing asked, nothing kept. */
export function standIn(): void {
	net.asked = [];
	net.answer = {};
	net.status = 200;
	const kept = new Map<string, string>();
	const memory = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) };
	vi.stubGlobal('sessionStorage', memory);
	vi.stubGlobal('localStorage', memory);
	client.setConfig({
		baseUrl: 'http://market.test',
		fetch: (request) => {
			net.asked.push(request as Request);
			return Promise.resolve(new Response(JSON.stringify(net.answer), { status: net.status, headers: { 'Content-Type': 'application/json' } }));
		}
	});
}
