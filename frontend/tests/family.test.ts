import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { client } from '#lib/api/generated/client.gen.ts';
import { outbox } from '#lib/offline/outbox.svelte.ts';
import { answer, endLink, family, invite } from '#lib/services/family.service.ts';
import { session } from '#lib/state/session.svelte.ts';
import '#lib/api/call.ts';

let asked: Request[] = [];
let answers: Response[] = [];
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } });

beforeEach(() => {
	asked = [];
	answers = [];
	const kept = new Map<string, string>();
	vi.stubGlobal('localStorage', {
		getItem: (key: string) => kept.get(key) ?? null,
		setItem: (key: string, value: string) => kept.set(key, value),
		removeItem: (key: string) => kept.delete(key)
	});
	client.setConfig({
		baseUrl: 'http://market.test',
		fetch: (request) => {
			asked.push(request as Request);
			const found = answers.shift();
			return found ? Promise.resolve(found) : Promise.reject(new TypeError('no network'));
		}
	});
	session.forget();
	outbox.clear();
});
afterEach(() => vi.unstubAllGlobals());

test('a family link is asked for, answered and ended at its own address', async () => {
	answers = [json({ items: [] }), json({ ok: true }, 201), json({ ok: true }), json({ ok: true })];
	await family();
	await invite({ login: '13900000001', name: '妈妈' });
	await answer('l1', true);
	await endLink('l1');
	expect(asked.map((request) => `${request.method} ${new URL(request.url).pathname}`)).toEqual(['GET /api/me/family', 'POST /api/me/family', 'POST /api/me/family/l1/decision', 'DELETE /api/me/family/l1']);
	await expect(asked[2]?.json()).resolves.toEqual({ accepted: true });
});

test('a rating without a network waits, the newest of a listing only, and is sent once there is one', async () => {
	expect(await outbox.rate('a', 3, '')).toBe(false);
	expect(await outbox.rate('a', 5, '好')).toBe(false);
	expect(outbox.waiting).toEqual([{ listing: 'a', stars: 5, text: '好' }]);
	answers = [json({})];
	asked = [];
	await outbox.flush();
	expect(outbox.waiting).toEqual([]);
	await expect(asked[0]?.json()).resolves.toEqual({ stars: 5, text: '好' });
});

test('what the server refuses for good does not wait for ever, and is told at once when it is asked directly', async () => {
	await outbox.rate('a', 4, '');
	answers = [json({ status: 403 }, 403)];
	await outbox.flush();
	expect(outbox.waiting).toEqual([]);
	answers = [json({ status: 403 }, 403)];
	await expect(outbox.rate('a', 4, '')).rejects.toMatchObject({ status: 403 });
});
