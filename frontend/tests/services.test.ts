import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Problem } from '#lib/api/problem.ts';
import { client } from '#lib/api/generated/client.gen.ts';
import { attemptFor, isOrderedBefore, placeOrder, quote, quoteCart } from '#lib/services/checkout.service.ts';
import { makeUuid } from '#lib/uuid.ts';
import { paramsFromUrl, search } from '#lib/services/catalogue.service.ts';
import { normalCode, readableCode, redeem } from '#lib/services/partner.service.ts';
import { communities, takeCash } from '#lib/services/community.service.ts';
import { signIn, signOut } from '#lib/services/account.service.ts';
import { entries, proposeRule } from '#lib/services/fund.service.ts';
import { addPhoto, availability } from '#lib/services/space.service.ts';
import { session } from '#lib/state/session.svelte.ts';

/** Stands in for the network: remembers what was asked, answers what it is told. */
let asked: Request[] = [];
let answers: (() => Response)[] = [];
const json = (body: unknown, status = 200) => () =>
	new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } });
const memory = () => {
	const kept = new Map<string, string>();
	return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) };
};
const account = { account: { id: '1', name: '陈', roles: [], partners: [], residencies: [], groups: [], logins: [], locale: 'zh-CN' }, csrf_token: 'secret' };

beforeEach(() => {
	asked = [];
	answers = [];
	vi.stubGlobal('sessionStorage', memory());
	vi.stubGlobal('localStorage', memory());
	client.setConfig({
		baseUrl: 'http://market.test',
		fetch: (request) => {
			asked.push(request as Request);
			const answer = answers.shift();
			return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError('no network'));
		}
	});
	session.forget();
});
afterEach(() => vi.unstubAllGlobals());

describe('placing an order', () => {
	const body = { lines: [{ offer_id: 'a', quantity: 1 }], pay_by: 'card' as const };

	test('carries the key of its basket, however often it is sent', async () => {
		await expect(placeOrder(body, 'basket-1')).rejects.toThrow(Problem);
		answers = [json({ title: 'No longer possible', status: 409, type: '/problems/sold-out' }, 409), json({ id: 'o' })];
		await expect(placeOrder(body, 'basket-1')).rejects.toMatchObject({ status: 409, slug: 'sold-out' });
		await expect(placeOrder(body, 'basket-1')).resolves.toEqual({ id: 'o' });
		expect(asked.map((request) => request.headers.get('Idempotency-Key'))).toEqual(['basket-1', 'basket-1', 'basket-1']);
	});

	test('tells a basket that was ordered before from other refusals', async () => {
		const used = { status: 422, errors: [{ field: 'Idempotency-Key', message: 'was used for another request' }] };
		answers = [json(used, 422), json({ status: 422, errors: [{ field: 'guest.phone', message: 'must be a phone number' }] }, 422)];
		const refusals = [await placeOrder(body, 'k').catch((error: unknown) => error), await placeOrder(body, 'k').catch((error: unknown) => error)];
		expect(refusals.map(isOrderedBefore)).toEqual([true, false]);
	});

	test('a different refund is a different attempt', () => {
		const first = attemptFor('cart one', null);
		expect(attemptFor('cart one', JSON.stringify(first))).toEqual(first);
		expect(attemptFor('cart two', JSON.stringify(first)).key).not.toBe(first.key);
		expect(attemptFor('cart one', 'broken').key).toMatch(/^[0-9a-f-]{36}$/);
		expect(makeUuid()).not.toBe(makeUuid());
	});
});

test('a quote sends the wishes as they are', async () => {
	answers = [json({ lines: [] })];
	await quote([{ offer_id: 'a', quantity: 2 }]);
	await expect(asked[0]?.json()).resolves.toEqual({ lines: [{ offer_id: 'a', quantity: 2 }] });
	expect(asked[0]?.url).toBe('http://market.test/api/quotes');
});

test('a cart with lines that are gone is quoted without them', async () => {
	const problem = { status: 422, errors: [{ field: 'lines[1].offer_id', message: 'is not for sale' }] };
	answers = [json(problem, 422), json({ lines: [{}] })];
	const [a, b] = [
		{ offer_id: 'a', quantity: 1 },
		{ offer_id: 'b', quantity: 1 }
	];
	await expect(quoteCart([a, b])).resolves.toEqual({ quote: { lines: [{}] }, wishes: [a], gone: [b] });
	answers = [json({ ...problem, errors: [{ field: 'lines[0].starts_at', message: 'is in the past' }] }, 422)];
	await expect(quoteCart([a])).resolves.toEqual({ quote: null, wishes: [], gone: [a] });
	answers = [json({ status: 503 }, 503)];
	await expect(quoteCart([a])).rejects.toMatchObject({ status: 503 });
});

test('signing in keeps the CSRF token for every later change, and signing out forgets it', async () => {
	answers = [json(account), json({ ok: true }), json({ ok: true })];
	await signIn({ login: 'a@b.cn', password: 'x' });
	expect(session.account?.name).toBe('陈');
	await takeCash('o', { amount: 1 });
	expect(asked[1]?.headers.get('X-CSRF-Token')).toBe('secret');
	expect(asked[1]?.headers.get('Idempotency-Key')).toBe('desk-o');
	await signOut();
	expect(session.account).toBeNull();
});

test('an answer of 401 forgets the session', async () => {
	session.take(account as never);
	answers = [json({ status: 401, title: 'Please sign in' }, 401)];
	await expect(redeem('x')).rejects.toMatchObject({ status: 401 });
	expect(session.account).toBeNull();
});

test('no answer at all is a problem of its own', async () => {
	await expect(search({ q: 'yoga' })).rejects.toMatchObject({ status: 0 });
});

describe('an address of the search', () => {
	const read = (query: string) => paramsFromUrl(new URLSearchParams(query));

	test('is read into what the server takes', () => {
		expect(read('q=瑜伽&kind=service&max_price=50&free=true&from=2026-03-09')).toEqual({ q: '瑜伽', kind: 'service', max_price: '5000', free: 'true', from: '2026-03-09' });
	});

	test('drops what cannot be used', () => {
		expect(read('q=&max_price=abc&from=tomorrow&people=-1&free=perhaps&sort=distance')).toEqual({});
	});
});

test('a code is read however it was typed', () => {
	expect(normalCode(' 7kq4-m2zx 9rto ')).toBe('7KQ4M2ZX9RT0');
	expect(normalCode('Il0O')).toBe('1100');
	expect(readableCode('7KQ4M2ZX9RTP')).toBe('7KQ4 M2ZX 9RTP');
});

test('every noun asks at its own address', async () => {
	answers = [json({ items: [{ kind: 'street' }, { kind: 'community', slug: 'l' }] }), json({ items: [] }), json({}), json({ free: [] }), json({})];
	await expect(communities()).resolves.toEqual([{ kind: 'community', slug: 'l' }]);
	await entries('l-charity', 'next');
	await proposeRule('l', { applies_to: 'donation', fund: 'f', rate_bp: 1, effective_from: 'x', minutes: '' });
	await availability('s', 'a', 'b');
	await addPhoto('s', new File(['x'], 'x.png'));
	expect(asked.map((request) => `${request.method} ${new URL(request.url).pathname}`)).toEqual([
		'GET /api/communities',
		'GET /api/funds/l-charity/entries',
		'POST /api/communities/l/routing-rules',
		'GET /api/spaces/s/availability',
		'POST /api/spaces/s/photos'
	]);
});
