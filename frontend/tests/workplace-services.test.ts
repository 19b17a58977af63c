import { beforeEach, expect, test } from 'vitest';
import type { SubsidyPool } from '#lib/api/generated/types.gen.ts';
import { asset, assets, editAsset, takeIn, textOf } from '#lib/services/asset.service.ts';
import { indexRent, makeLease, moveDeposit, stopLease, takePayment } from '#lib/services/lease.service.ts';
import { choices, editResource, enterEquipment, enterTeacher } from '#lib/services/resource.service.ts';
import { bookForSomebody, moveEntry, timeline } from '#lib/services/timeline.service.ts';
import { cardKinds, defineCard, myCards } from '#lib/services/card.service.ts';
import { communityCoupons, makeCommunityCoupon, makePartnerCoupon, partnerCoupons, stopCoupon } from '#lib/services/coupon.service.ts';
import { askToFill, changePool, createPool, pools, subsidies } from '#lib/services/pool.service.ts';
import { idleHours, offerIdleHours, utilisation } from '#lib/services/usage.service.ts';
import { announce, award, bid, callOff, givePoints, openBids, ownBids, takeBack, tender, tenders } from '#lib/services/tender.service.ts';
import { net, paths, standIn } from './network.ts';

beforeEach(standIn);

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
	expect(net.asked[0]?.headers.get('Idempotency-Key')).toBe('k');
	await expect(net.asked[0]?.json()).resolves.toEqual({ amount: 100, purpose: 'p', title: 't', payee_name: 'Meals', pool: 'l-meals' });
});

test('pools are read, set up and paused at addresses of their own', async () => {
	await pools('l');
	await subsidies('f');
	await createPool('l', { fund: 'f', short_name: 'meals', name: 'Meals', discount_bp: 4000, month_cap: 1, household_cap: 1 });
	await changePool('p', { status: 'paused' });
	expect(paths()).toEqual(['GET /api/communities/l/subsidy-pools', 'GET /api/funds/f/subsidies', 'POST /api/communities/l/subsidy-pools', 'PATCH /api/subsidy-pools/p']);
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
	await expect(net.asked[4]?.json()).resolves.toEqual({ partner: 'p' });
	await expect(net.asked[6]?.json()).resolves.toEqual({ attended: 'Li' });
});

test('the asset register is read, changed and taken in from a file, whatever wrote it', async () => {
	await assets('l');
	await asset('s');
	await editAsset('s', { state: 'idle' });
	await takeIn('l', 'register_no', true);
	expect(paths()).toEqual(['GET /api/communities/l/assets', 'GET /api/spaces/s/asset', 'PATCH /api/spaces/s/asset', 'POST /api/communities/l/assets/import']);
	await expect(net.asked[3]?.json()).resolves.toEqual({ csv: 'register_no', dry_run: true });
	expect(textOf(new TextEncoder().encode('名称').buffer as ArrayBuffer)).toBe('名称');
	expect(textOf(new Uint8Array([0xc3, 0xfb, 0xb3, 0xc6]).buffer)).toBe('名称');
});

test('a session may name rooms of the place, and teachers and equipment that are in use', async () => {
	net.answer = { items: [{ id: 'a', is_active: true }, { id: 'b', is_active: false }] };
	const may = await choices('p', 'l');
	expect([may.rooms.length, may.teachers.map((it) => it.id), may.equipment.map((it) => it.id)]).toEqual([2, ['a'], ['a']]);
	await enterTeacher('p', 'Su');
	await enterEquipment('l', { name: 'mat', quantity: 3 });
	await editResource('r', { is_active: false });
	expect(paths().slice(3)).toEqual(['POST /api/partners/p/teachers', 'POST /api/communities/l/equipment', 'PATCH /api/resources/r']);
});

test('a booking and a closure move at addresses of their own, a booking under a key', async () => {
	const place = { space_id: 'n', starts_at: 'a', ends_at: 'b' };
	await timeline('l', '2026-03-02', 7);
	await moveEntry({ kind: 'closure', id: 'o', space_id: 's' } as never, place);
	await moveEntry({ kind: 'booking', order_id: 'r', line_id: 'i', space_id: 's' } as never, place);
	await bookForSomebody('l', { ...place, login: 'x' }, 'key');
	expect(paths()).toEqual(['GET /api/communities/l/timeline', 'POST /api/spaces/s/occupancies/o/move', 'POST /api/orders/r/lines/i/staff-move', 'POST /api/communities/l/desk-bookings']);
	expect(net.asked[2]?.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f-]{36}$/);
	expect(net.asked[3]?.headers.get('Idempotency-Key')).toBe('key');
});

test('a deposit moves under a key, and the rent follows an index', async () => {
	await moveDeposit('e', { act: 'held', amount_minor: 5 }, 'key');
	await indexRent('e', { month: '2027-01-01', reason: 'index', rate_bp: 300 });
	expect(paths()).toEqual(['POST /api/leases/e/deposit', 'POST /api/leases/e/indexations']);
	expect(net.asked[0]?.headers.get('Idempotency-Key')).toBe('key');
});

test('leases are made of a space, ended, and their statements paid', async () => {
	await makeLease('s', { partner: 'p' } as never);
	await stopLease('e', { ends_on: '2026-12-31' } as never);
	await takePayment('m');
	expect(paths()).toEqual(['POST /api/spaces/s/leases', 'POST /api/leases/e/end', 'POST /api/lease-statements/m/payment']);
});

test('use is net.asked by what it is grouped by; idle hours become an offer of their space', async () => {
	await utilisation('l', 'space', { from: '2026-11-01' });
	await idleHours('l');
	await offerIdleHours('s', { kind: 'off_peak' } as never);
	const query = new URL(net.asked[0]?.url ?? '').searchParams;
	expect([query.get('by'), query.get('from')]).toEqual(['space', '2026-11-01']);
	expect(net.asked[2]?.method).toBe('POST');
});
