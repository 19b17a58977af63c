import { beforeEach, expect, test, vi } from 'vitest';
import '#lib/api/call.ts';
import { client } from '#lib/api/generated/client.gen.ts';
import type { Need, SubsidyPool } from '#lib/api/generated/types.gen.ts';
import { endCase, giveBack, preview, repay, sales, takeCase } from '#lib/services/after-sale.service.ts';
import { asset, assets, editAsset, takeIn, textOf } from '#lib/services/asset.service.ts';
import { closes, prepare, reopen, report, sign } from '#lib/services/close.service.ts';
import { decideRule, ruleDrafts, ruleImpact } from '#lib/services/fund.service.ts';
import { beginCampaign, giveGoods, giveMoney } from '#lib/services/gift.service.ts';
import { makeLease, stopLease, takePayment } from '#lib/services/lease.service.ts';
import { choices, editResource, enterEquipment, enterTeacher } from '#lib/services/resource.service.ts';
import { ask, needs, offer, support } from '#lib/services/need.service.ts';
import { decidePlan, enterPlan, purposesOf, RELIEF } from '#lib/services/plan.service.ts';
import { cardKinds, defineCard, myCards } from '#lib/services/card.service.ts';
import { communityCoupons, makeCommunityCoupon, makePartnerCoupon, partnerCoupons, stopCoupon } from '#lib/services/coupon.service.ts';
import { askToFill, changePool, createPool, pools, subsidies } from '#lib/services/pool.service.ts';
import { answerQuestion, askAbout, communityQuestions } from '#lib/services/question.service.ts';
import { idleHours, offerIdleHours, utilisation } from '#lib/services/usage.service.ts';
import { announce, award, bid, callOff, givePoints, openBids, ownBids, takeBack, tender, tenders } from '#lib/services/tender.service.ts';
import { confirmRun, deposit, plan, statement } from '#lib/services/payout.service.ts';
import { forget, keep, keptOf, noteClick, saved } from '#lib/services/saved.service.ts';
import { decide, pay, requests, tell } from '#lib/services/spending.service.ts';

/** Stands in for the network: remembers what was asked, answers everything with `answer`. */
let asked: Request[] = [];
let answer: unknown = {};
const paths = () => asked.map((request) => `${request.method} ${new URL(request.url).pathname}`);

beforeEach(() => {
	asked = [];
	answer = {};
	const kept = new Map<string, string>();
	const memory = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value), removeItem: (key: string) => kept.delete(key) };
	vi.stubGlobal('sessionStorage', memory);
	vi.stubGlobal('localStorage', memory);
	client.setConfig({
		baseUrl: 'http://market.test',
		fetch: (request) => {
			asked.push(request as Request);
			return Promise.resolve(new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } }));
		}
	});
});

test('a change of a rule is tried out, listed and decided at addresses of its own', async () => {
	await ruleImpact('l', { applies_to: 'donation', fund: 'f', rate_bp: 1 });
	await ruleDrafts('l');
	await decideRule('d', { approve: true, minutes: 'yes', decided_on: '2026-03-01' });
	expect(paths()).toEqual(['POST /api/communities/l/rule-impact', 'GET /api/communities/l/rule-drafts', 'POST /api/rule-drafts/d/decision']);
	await expect(asked[2]?.json()).resolves.toEqual({ approve: true, minutes: 'yes', decided_on: '2026-03-01' });
});

test('money given back and cash brought to the bank carry a key', async () => {
	await giveBack('o', { line_ids: ['a'] } as never);
	await deposit('l', { amount: 100 } as never);
	for (const request of asked) expect(request.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f-]{36}$/);
	expect(paths()[0]).toBe('POST /api/orders/o/refunds');
});

test('sales and cases are read, taken and ended', async () => {
	await sales('l', 'next');
	await preview('o', 'line');
	await takeCase('c');
	await endCase('c', 'found it');
	await repay('c', 'desk');
	await expect(asked[2]?.json()).resolves.toEqual({ take: true });
	await expect(asked[3]?.json()).resolves.toEqual({ resolution: 'found it' });
	await expect(asked[4]?.json()).resolves.toEqual({ by: 'desk' });
	expect(new URL(asked[0]?.url ?? '').searchParams.get('cursor')).toBe('next');
});

test('the report of a month is the close that stands, before one that was reopened', async () => {
	answer = { items: [{ id: '1', month: '2026-09', status: 'reopened' }, { id: '2', month: '2026-09', status: 'closed' }, { id: '3', month: '2026-08', status: 'closed' }] };
	await expect(report('l', '2026-09')).resolves.toMatchObject({ id: '2' });
	await expect(report('l', '2026-07')).resolves.toBeNull();
	await prepare('l', '2026-10');
	await sign('2', 'secret');
	await reopen('2', { reason: 'wrong' } as never);
	await closes('l');
	expect(new Set(paths()).size).toBe(4);
});

test('"me too" is said, and taken back when it was said before', async () => {
	await support({ id: 'n', supported: false } as Need);
	await support({ id: 'n', supported: true } as Need);
	await needs({ community: 'l' });
	await ask({ title: 't' } as never);
	await offer('n', {} as never);
	expect(asked.map((request) => request.method).slice(0, 2)).toEqual(['POST', 'DELETE']);
});

test('a payout run is confirmed, a statement asked for by month', async () => {
	await plan('l');
	await confirmRun('r', { failed: [] } as never);
	await statement('p', '2026-09');
	expect(paths()[2]).toBe('GET /api/partners/p/statements/2026-09');
});

test('a kept search knows no place, no day and no order, and a refused count disturbs nobody', async () => {
	expect(keptOf({ q: '瑜伽', sort: 'price', near: '30,120', from: '2026-01-01', free: true } as never)).toEqual({ q: '瑜伽', free: 'true' });
	await keep({ q: '瑜伽' });
	await saved();
	await forget('s');
	client.setConfig({ fetch: () => Promise.reject(new TypeError('no network')) });
	expect(noteClick('瑜伽', 1)).toBeUndefined();
	await new Promise((done) => setTimeout(done));
});

test('spending is listed, decided, paid and told at its own addresses', async () => {
	await requests('l');
	await decide('s', { approve: true } as never);
	await pay('s', { password: 'secret' } as never);
	await tell('s', { people_helped: 3 } as never);
	expect(paths().slice(1)).toEqual(['POST /api/spending/s/decisions', 'POST /api/spending/s/payment', 'POST /api/spending/s/outcome']);
});

test('gifts carry a key, so that a second press gives nothing twice', async () => {
	await giveMoney('f', 'key-1', { amount: 100 } as never);
	await giveGoods('f', 'key-2', { value: 100 } as never);
	expect(asked.map((request) => request.headers.get('Idempotency-Key'))).toEqual(['key-1', 'key-2']);
	await beginCampaign('f', { goal: 1 } as never);
});

test('coupons of a partner and of a community have addresses of their own', async () => {
	const body = { code: 'ABCD', name: 'n', ends_at: '2030-01-01T00:00:00Z', max_total: 1, amount: 1 };
	await partnerCoupons('p');
	await communityCoupons('c');
	await makePartnerCoupon('p', body);
	await makeCommunityCoupon('c', { ...body, pool: 'x' });
	await stopCoupon('k');
	expect(paths()).toEqual([
		'GET /api/partners/p/coupons',
		'GET /api/communities/c/coupons',
		'POST /api/partners/p/coupons',
		'POST /api/communities/c/coupons',
		'POST /api/coupons/k/end'
	]);
});

test('cards are read and defined at addresses of their own', async () => {
	await myCards();
	await cardKinds('p');
	await defineCard('p', { listing_id: 'a', units: 10, listing_ids: ['b'], leftover: 'kept' });
	expect(paths()).toEqual(['GET /api/me/passes', 'GET /api/partners/p/pass-kinds', 'POST /api/partners/p/pass-kinds']);
});

test('a pool is filled by a request to its fund, with the pool as payee', async () => {
	await askToFill({ fund: 'l-charity', slug: 'l-meals', name: 'Meals' } as SubsidyPool, 'k', { amount: 100, purpose: 'p', title: 't' });
	expect(paths()).toEqual(['POST /api/funds/l-charity/spending']);
	expect(asked[0]?.headers.get('Idempotency-Key')).toBe('k');
	await expect(asked[0]?.json()).resolves.toEqual({ amount: 100, purpose: 'p', title: 't', payee_name: 'Meals', pool: 'l-meals' });
});

test('pools are read, set up and paused at addresses of their own', async () => {
	await pools('l');
	await subsidies('f');
	await createPool('l', { fund: 'f', short_name: 'meals', name: 'Meals', discount_bp: 4000, month_cap: 1, household_cap: 1 });
	await changePool('p', { status: 'paused' });
	expect(paths()).toEqual(['GET /api/communities/l/subsidy-pools', 'GET /api/funds/f/subsidies', 'POST /api/communities/l/subsidy-pools', 'PATCH /api/subsidy-pools/p']);
});

test('a plan names the purposes of the charter and help for families', async () => {
	answer = { purposes: ['arts'] };
	await expect(purposesOf('f')).resolves.toEqual(['arts', RELIEF]);
	await enterPlan('f', { year: 2026, lines: [], note: '' });
	await decidePlan('p', true);
	await expect(asked[2]?.json()).resolves.toEqual({ approve: true });
});

test('questions are asked of an entry, answered, or taken from the page', async () => {
	await askAbout('f', 7, 'why');
	await communityQuestions('l', 'open', 'next');
	await answerQuestion('q', 'because', true);
	await expect(asked[0]?.json()).resolves.toEqual({ entry: 7, question: 'why' });
	expect(new URL(asked[1]?.url ?? '').searchParams.get('status')).toBe('open');
	await expect(asked[2]?.json()).resolves.toEqual({ answer: 'because', remove: true });
});

test('tenders are announced, bid for, opened, scored and awarded at addresses of their own', async () => {
	await tenders('l');
	await tender('t');
	await announce('l', { title: 'x' } as never);
	await bid('t', { partner: 'p', base_minor: 1 });
	await takeBack('t', 'p');
	await ownBids('p');
	await openBids('t', 'Li');
	await givePoints('t', [{ bid_id: 'b', criterion: 'plan', points: 5 }]);
	await award('t', { bid_id: 'b' });
	await callOff('t', 'no need');
	expect(paths()).toEqual([
		'GET /api/tenders',
		'GET /api/tenders/t',
		'POST /api/communities/l/tenders',
		'POST /api/tenders/t/bids',
		'POST /api/tenders/t/bids/withdrawal',
		'GET /api/partners/p/bids',
		'POST /api/tenders/t/opening',
		'POST /api/tenders/t/points',
		'POST /api/tenders/t/award',
		'POST /api/tenders/t/cancellation'
	]);
	await expect(asked[4]?.json()).resolves.toEqual({ partner: 'p' });
	await expect(asked[6]?.json()).resolves.toEqual({ attended: 'Li' });
});

test('the asset register is read, changed and taken in from a file, whatever wrote it', async () => {
	await assets('l');
	await asset('s');
	await editAsset('s', { state: 'idle' });
	await takeIn('l', 'register_no', true);
	expect(paths()).toEqual(['GET /api/communities/l/assets', 'GET /api/spaces/s/asset', 'PATCH /api/spaces/s/asset', 'POST /api/communities/l/assets/import']);
	await expect(asked[3]?.json()).resolves.toEqual({ csv: 'register_no', dry_run: true });
	expect(textOf(new TextEncoder().encode('名称').buffer as ArrayBuffer)).toBe('名称');
	expect(textOf(new Uint8Array([0xc3, 0xfb, 0xb3, 0xc6]).buffer)).toBe('名称');
});

test('a session may name rooms of the place, and teachers and equipment that are in use', async () => {
	answer = { items: [{ id: 'a', is_active: true }, { id: 'b', is_active: false }] };
	const may = await choices('p', 'l');
	expect([may.rooms.length, may.teachers.map((it) => it.id), may.equipment.map((it) => it.id)]).toEqual([2, ['a'], ['a']]);
	await enterTeacher('p', 'Su');
	await enterEquipment('l', { name: 'mat', quantity: 3 });
	await editResource('r', { is_active: false });
	expect(paths().slice(3)).toEqual(['POST /api/partners/p/teachers', 'POST /api/communities/l/equipment', 'PATCH /api/resources/r']);
});

test('leases are made of a space, ended, and their statements paid', async () => {
	await makeLease('s', { partner: 'p' } as never);
	await stopLease('e', { ends_on: '2026-12-31' } as never);
	await takePayment('m');
	expect(paths()).toEqual(['POST /api/spaces/s/leases', 'POST /api/leases/e/end', 'POST /api/lease-statements/m/payment']);
});

test('use is asked by what it is grouped by; idle hours become an offer of their space', async () => {
	await utilisation('l', 'space', { from: '2026-11-01' });
	await idleHours('l');
	await offerIdleHours('s', { kind: 'off_peak' } as never);
	const query = new URL(asked[0]?.url ?? '').searchParams;
	expect([query.get('by'), query.get('from')]).toEqual(['space', '2026-11-01']);
	expect(asked[2]?.method).toBe('POST');
});
