import { beforeEach, expect, test } from 'vitest';
import { client } from '#lib/api/generated/client.gen.ts';
import type { Need } from '#lib/api/generated/types.gen.ts';
import { endCase, giveBack, preview, repay, sales, takeCase } from '#lib/services/after-sale.service.ts';
import { closeOf, closes, prepare, reopen, report, sign } from '#lib/services/close.service.ts';
import { decideRule, ruleDrafts, ruleImpact } from '#lib/services/fund.service.ts';
import { beginCampaign, giveGoods, giveMoney } from '#lib/services/gift.service.ts';
import { ask, needs, offer, support } from '#lib/services/need.service.ts';
import { decidePlan, enterPlan, purposesOf, RELIEF } from '#lib/services/plan.service.ts';
import { answerQuestion, askAbout, communityQuestions } from '#lib/services/question.service.ts';
import { confirmRun, deposit, plan, statement } from '#lib/services/payout.service.ts';
import { forget, keep, keptOf, noteClick, saved } from '#lib/services/saved.service.ts';
import { decide, pay, requests, tell } from '#lib/services/spending.service.ts';
import { net, paths, standIn } from './network.ts';

beforeEach(standIn);

test('a change of a rule is tried out, listed and decided at addresses of its own', async () => {
	await ruleImpact('l', { applies_to: 'donation', fund: 'f', rate_bp: 1 });
	await ruleDrafts('l');
	await decideRule('d', { approve: true, minutes: 'yes', decided_on: '2026-03-01' });
	expect(paths()).toEqual(['POST /api/communities/l/rule-impact', 'GET /api/communities/l/rule-drafts', 'POST /api/rule-drafts/d/decision']);
	await expect(net.asked[2]?.json()).resolves.toEqual({ approve: true, minutes: 'yes', decided_on: '2026-03-01' });
});

test('money given back and cash brought to the bank carry a key', async () => {
	await giveBack('o', { line_ids: ['a'] } as never);
	await deposit('l', { amount: 100 } as never);
	for (const request of net.asked) expect(request.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f-]{36}$/);
	expect(paths()[0]).toBe('POST /api/orders/o/refunds');
});

test('sales and cases are read, taken and ended', async () => {
	await sales('l', 'next');
	await preview('o', 'line');
	await takeCase('c');
	await endCase('c', 'found it');
	await repay('c', 'desk');
	await expect(net.asked[2]?.json()).resolves.toEqual({ take: true });
	await expect(net.asked[3]?.json()).resolves.toEqual({ resolution: 'found it' });
	await expect(net.asked[4]?.json()).resolves.toEqual({ by: 'desk' });
	expect(new URL(net.asked[0]?.url ?? '').searchParams.get('cursor')).toBe('next');
});

test('the enterprises of a month are told of by the close that stands, before one that was reopened', async () => {
	net.answer = { items: [{ id: '1', month: '2026-09', status: 'reopened' }, { id: '2', month: '2026-09', status: 'closed' }, { id: '3', month: '2026-08', status: 'closed' }] };
	await expect(closeOf('l', '2026-09')).resolves.toMatchObject({ id: '2' });
	await expect(closeOf('l', '2026-07')).resolves.toBeNull();
	await prepare('l', '2026-10');
	await sign('2', 'secret');
	await reopen('2', { reason: 'wrong' } as never);
	await closes('l');
	expect(new Set(paths()).size).toBe(4);
});

test('a month without books has no report, and a failure is not taken for one', async () => {
	net.answer = { month: '2026-09' };
	await expect(report('l', '2026-09')).resolves.toEqual({ month: '2026-09' });
	for (const status of [404, 422]) {
		net.status = status;
		await expect(report('l', '2031-13')).resolves.toBeNull();
	}
	net.status = 500;
	await expect(report('l', '2026-09')).rejects.toMatchObject({ status: 500 });
});

test('"me too" is said, and taken back when it was said before', async () => {
	await support({ id: 'n', supported: false } as Need);
	await support({ id: 'n', supported: true } as Need);
	await needs({ community: 'l' });
	await ask({ title: 't' } as never);
	await offer('n', {} as never);
	expect(net.asked.map((request) => request.method).slice(0, 2)).toEqual(['POST', 'DELETE']);
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
	expect(net.asked.map((request) => request.headers.get('Idempotency-Key'))).toEqual(['key-1', 'key-2']);
	await beginCampaign('f', { goal: 1 } as never);
});

test('a plan names the purposes of the charter and help for families', async () => {
	net.answer = { purposes: ['arts'] };
	await expect(purposesOf('f')).resolves.toEqual(['arts', RELIEF]);
	await enterPlan('f', { year: 2026, lines: [], note: '' });
	await decidePlan('p', true);
	await expect(net.asked[2]?.json()).resolves.toEqual({ approve: true });
});

test('questions are asked of an entry, answered, or taken from the page', async () => {
	await askAbout('f', 7, 'why');
	await communityQuestions('l', 'open', 'next');
	await answerQuestion('q', 'because', true);
	await expect(net.asked[0]?.json()).resolves.toEqual({ entry: 7, question: 'why' });
	expect(new URL(net.asked[1]?.url ?? '').searchParams.get('status')).toBe('open');
	await expect(net.asked[2]?.json()).resolves.toEqual({ answer: 'because', remove: true });
});
