import { describe, expect, test } from 'vitest';
import { isCode, isOwn, isPage } from '#lib/offline/paths.ts';
import { pauseFor } from '../src/routes/orders/[id]/watch';
import { metresBetween } from '#lib/geo.ts';
import type { Order } from '#lib/api/generated/types.gen.ts';

const id = '0198c0de-0000-7000-8000-000000000001';
const own = (address: string) => isOwn(new URL(address, 'http://market.test'));

describe('what is kept for times without a network', () => {
	test('is the own account, codes and orders', () => {
		for (const path of ['/api/me', '/api/me/vouchers', '/api/orders', `/api/orders/${id}`, `/api/orders/${id}/receipt`, '/api/vouchers/7KQ4M2ZX9RTP/qr.svg']) expect([path, own(path)]).toEqual([path, true]);
	});

	test('is nothing else: no list of strangers, no export, no next page', () => {
		for (const path of ['/api/me/export', '/api/tokens', '/api/communities/liuyuan/desk-orders', '/api/orders?cursor=x', `/api/orders/${id}/refund-preview`, '/api/search']) expect([path, own(path)]).toEqual([path, false]);
	});

	test('pages are what the shell can draw, code is what is built', () => {
		expect(['/', '/vouchers', `/orders/${id}`].every(isPage)).toBe(true);
		expect(['/api/me', '/media/x.webp', '/sandbox/pay/1', '/favicon.svg', '/dev/outbox'].some(isPage)).toBe(false);
		expect(isCode('/_app/immutable/entry/start.js')).toBe(true);
		expect(isCode('/_app/version.json')).toBe(false);
	});
});

describe('an open order page', () => {
	const now = Date.parse('2026-11-27T08:00:00Z');
	const order = (status: string, voucher: string, starts_at: string | null) => ({ status, vouchers: [{ code: 'x', line_id: 'l', status: voucher }], lines: [{ id: 'l', starts_at }] }) as unknown as Order;

	test('asks while a payment or a check-in can come, and rests otherwise', () => {
		expect(pauseFor(order('awaiting_payment', 'issued', null), 0, now)).toBe(1000);
		expect(pauseFor(order('paid', 'issued', '2026-11-27T09:00:00Z'), 0, now)).toBe(4000);
		expect(pauseFor(order('paid', 'issued', null), 200, now)).toBe(20_000);
		expect(pauseFor(order('paid', 'issued', '2026-12-03T09:00:00Z'), 0, now)).toBeNull();
		expect(pauseFor(order('completed', 'redeemed', null), 0, now)).toBeNull();
	});
});

test('a kilometre of latitude is a kilometre', () => {
	expect(Math.round(metresBetween({ latitude: 30, longitude: 120 }, { latitude: 30.01, longitude: 120 }) ?? 0)).toBe(1112);
	expect(metresBetween({ latitude: null, longitude: 1 }, { latitude: 1, longitude: 1 })).toBeNull();
});
