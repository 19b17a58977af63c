import { beforeEach, expect, test } from 'vitest';
import '#lib/api/call.ts';
import { client } from '#lib/api/generated/client.gen.ts';
import { addPaper, leases, makeLease, partnerLeases, partnersHere, stopLease, takePayment } from '#lib/services/lease.service.ts';
import { idleHours, offerIdleHours, usesBehind, utilisation } from '#lib/services/usage.service.ts';
import { barPeriod, canOpen, monthStart, periodFrom, stepOf } from '../src/routes/staff/[community]/utilisation/period.ts';

let asked: Request[] = [];
const seen = () => asked.map((request) => `${request.method} ${new URL(request.url).pathname}${new URL(request.url).search}`);

beforeEach(() => {
	asked = [];
	client.setConfig({
		baseUrl: 'http://market.test',
		fetch: (request) => {
			asked.push(request as Request);
			return Promise.resolve(new Response('{}', { headers: { 'Content-Type': 'application/json' } }));
		}
	});
});

test('figures, what stands behind them and idle hours are asked of the community', async () => {
	await utilisation('l', 'space', { from: '2026-10-01', to: '2026-11-01', kind: 'room' });
	await usesBehind('l', { from: '2026-10-01', weekday: 0, hour: 9 });
	await idleHours('l');
	expect(seen()).toEqual([
		'GET /api/communities/l/utilisation?from=2026-10-01&to=2026-11-01&kind=room&by=space',
		'GET /api/communities/l/utilisation/uses?from=2026-10-01&weekday=0&hour=9',
		'GET /api/communities/l/idle-hours'
	]);
});

test('an offer for idle hours says what is offered and when', async () => {
	await offerIdleHours('s', { offer: 'free', weekdays: [0], opens: '08:00', closes: '12:00' });
	expect(seen()).toEqual(['POST /api/spaces/s/idle-offers']);
	await expect(asked[0]?.json()).resolves.toEqual({ offer: 'free', weekdays: [0], opens: '08:00', closes: '12:00' });
});

test('leases are read by both sides, made, ended and paid', async () => {
	await leases('l');
	await partnerLeases('p');
	await partnersHere('l');
	await makeLease('s', { partner: 'p', first_day: '2026-10-01', last_day: '2027-09-30', base_minor: 100 });
	await stopLease('a', { last_day: '2026-12-01', reason: 'moved' });
	await takePayment('t');
	expect(seen()).toEqual([
		'GET /api/communities/l/leases',
		'GET /api/partners/p/leases',
		'GET /api/partners?community=l',
		'POST /api/spaces/s/leases',
		'POST /api/leases/a/end',
		'POST /api/lease-statements/t/payment'
	]);
});

test('a paper goes to its lease with what it is and what it replaces', async () => {
	const document = new File(['%PDF-'], 'a.pdf', { type: 'application/pdf' });
	await addPaper('a', { document, kind: 'contract', title: 'C', replaces: 'old' });
	expect(seen()).toEqual(['POST /api/leases/a/documents']);
	const form = await asked[0]?.formData();
	expect([form?.get('kind'), form?.get('title'), form?.get('replaces')]).toEqual(['contract', 'C', 'old']);
	expect(form?.get('document')).toBeInstanceOf(File);
});

test('the period is four weeks unless the address says otherwise', () => {
	const usual = periodFrom(new URLSearchParams(), '2026-11-27');
	expect(usual).toEqual({ from: '2026-10-30', to: '2026-11-27' });
	expect([stepOf(usual), canOpen(usual)]).toEqual(['day', true]);
	const long = periodFrom(new URLSearchParams('from=2021-11-01&to=2026-11-01&kind=room&space=x'), '2026-11-27');
	expect(long).toEqual({ from: '2021-11-01', to: '2026-11-01', kind: 'room', space: 'x' });
	expect([stepOf(long), canOpen(long)]).toEqual(['month', false]);
	expect(periodFrom(new URLSearchParams('from=soon'), '2026-11-27').from).toBe('2026-10-30');
});

test('a bar of the trend stands for its day, or for what of its month lies in the period', () => {
	const period = { from: '2026-01-15', to: '2026-11-10' };
	expect(barPeriod('2026-03-04', period)).toEqual({ from: '2026-03-04', to: '2026-03-05' });
	expect(barPeriod('2026-01', period)).toEqual({ from: '2026-01-15', to: '2026-02-01' });
	expect(barPeriod('2026-11', period)).toEqual({ from: '2026-11-01', to: '2026-11-10' });
	expect([monthStart('2026-01-31', -1), monthStart('2026-12-05', 1)]).toEqual(['2025-12-01', '2027-01-01']);
});
