import { beforeEach, expect, test } from 'vitest';
import { destination, give, giveMonthly, giving, myGiving, myMonthly, onlineGifts, showGift, stopMonthly, within } from '#lib/services/giving.service.ts';
import { net, paths, standIn } from './network.ts';

beforeEach(standIn);

const terms = { least: { amount: 100 }, most: { amount: 5_000_000 } };

test('a gift goes to its fund under a key of its own', async () => {
	await give('liuyuan-charity', { amount: 5000, is_named: false, message: '', ...destination('campaign:c') });
	expect(paths()).toEqual(['POST /api/funds/liuyuan-charity/gifts']);
	expect(net.asked[0]?.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f-]{36}$/);
	await expect(net.asked[0]?.json()).resolves.toEqual({ amount: 5000, is_named: false, message: '', campaign_id: 'c' });
});

test('what it is for is a campaign, a purpose, or left to the fund', () => {
	expect(destination('campaign:a:b')).toEqual({ campaign_id: 'a:b' });
	expect(destination('purpose:助学')).toEqual({ purpose: '助学' });
	expect(destination('')).toEqual({});
});

test('an amount outside the limits is none', () => {
	expect([99, 100, 5_000_000, 5_000_001, null].map((minor) => within(minor, terms))).toEqual([null, 100, 5_000_000, null, null]);
});

test('terms, my gifts and those that staff look after are read, and words are hidden', async () => {
	await giving('f');
	await myGiving();
	await onlineGifts('f');
	await showGift('o', true);
	expect(paths()).toEqual(['GET /api/funds/f/giving', 'GET /api/me/giving', 'GET /api/funds/f/online-gifts', 'POST /api/gifts/o/visibility']);
	await expect(net.asked[3]?.json()).resolves.toEqual({ is_hidden: true });
});

test('a monthly gift is started under a key, looked at and stopped', async () => {
	await giveMonthly('f', { amount: 5000, day: 5 });
	await myMonthly();
	await stopMonthly('s');
	expect(paths()).toEqual(['POST /api/funds/f/standing-gifts', 'GET /api/me/standing-gifts', 'POST /api/standing-gifts/s/stop']);
	expect(net.asked[0]?.headers.get('Idempotency-Key')).toMatch(/^[0-9a-f-]{36}$/);
	await expect(net.asked[0]?.json()).resolves.toEqual({ amount: 5000, day: 5 });
});
