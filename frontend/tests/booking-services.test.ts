import { beforeEach, expect, test, vi } from 'vitest';
import '#lib/api/call.ts';
import { client } from '#lib/api/generated/client.gen.ts';
import { approvals, decideOn } from '#lib/services/approval.service.ts';

/** Stands in for the network: remembers what was asked, answers everything with `answer`. */
let asked: Request[] = [];
const answer: unknown = {};
const paths = () => asked.map((request) => `${request.method} ${new URL(request.url).pathname}`);

beforeEach(() => {
	asked = [];
	const kept = new Map<string, string>();
	const memory = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) };
	vi.stubGlobal('sessionStorage', memory);
	client.setConfig({
		baseUrl: 'http://market.test',
		fetch: (request) => {
			asked.push(request as Request);
			return Promise.resolve(new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } }));
		}
	});
});

test('requests for rooms are read by what became of them, and decided with a reason', async () => {
	await approvals('l', 'open');
	await decideOn('o', 'refused', ' in use ');
	expect(paths()).toEqual(['GET /api/communities/l/approvals', 'POST /api/orders/o/approval']);
	await expect(asked[1]?.json()).resolves.toEqual({ decision: 'refused', reason: 'in use' });
});
