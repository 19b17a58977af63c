import { beforeEach, expect, test, vi } from 'vitest';
import '#lib/api/call.ts';
import { client } from '#lib/api/generated/client.gen.ts';
import { approvals, decideOn } from '#lib/services/approval.service.ts';
import { door, renewDoor, visit } from '#lib/services/door.service.ts';
import { feed, renewFeed, revokeFeed } from '#lib/services/feed.service.ts';
import { forgetImport, importMessage, imports, lookNow, makeImport } from '#lib/services/import.service.ts';
import { waitFor, waitNoLonger, waits, wishOf } from '#lib/services/wait.service.ts';

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

test('waiting for a time is asked for with its room, and an offer becomes a wish for the basket', async () => {
	const wish = { space_id: 's', starts_at: '2026-03-09T08:00:00Z', ends_at: '2026-03-09T09:00:00Z', attendees: 3 };
	await waitFor({ ...wish, for_partner: 'p' });
	await waits();
	await waitNoLonger('w');
	expect(paths()).toEqual(['POST /api/spaces/s/waits', 'GET /api/me/waits', 'DELETE /api/waits/w']);
	await expect(asked[0]?.json()).resolves.toEqual({ starts_at: wish.starts_at, ends_at: wish.ends_at, attendees: 3 });
	expect(wishOf({ ...wish, id: 'w', space: 'room', status: 'offered' } as never)).toEqual(wish);
});

test('a door is opened with the key of its poster, by a line or by a code', async () => {
	await door('s', 'k');
	await visit('s', 'k', 'in', { line_id: 'l' });
	await visit('s', '', 'out', { code: 'C' });
	await renewDoor('s');
	expect(paths()).toEqual(['GET /api/doors/s', 'POST /api/doors/s/visits', 'POST /api/doors/s/visits', 'POST /api/spaces/s/door-key']);
	expect(new URL(asked[0]?.url ?? '').searchParams.get('key')).toBe('k');
	await expect(asked[2]?.json()).resolves.toEqual({ action: 'out', key: '', code: 'C' });
});

test('a calendar to subscribe to belongs to a person, a partner or a space', async () => {
	await feed({});
	await renewFeed({ partner: 'p' });
	await revokeFeed({ space_id: 's' });
	expect(asked.map((request) => `${request.method} ${new URL(request.url).pathname}${new URL(request.url).search}`)).toEqual(['GET /api/calendar-feeds', 'POST /api/calendar-feeds', 'DELETE /api/calendar-feeds?space_id=s']);
	await expect(asked[1]?.json()).resolves.toEqual({ partner: 'p' });
});

test('a calendar kept elsewhere is added, looked at and removed, and a failure is told in words', async () => {
	await imports('s');
	await makeImport('s', { name: 'n', url: 'https://u', every_min: 60 });
	await lookNow('s', 'i');
	await forgetImport('s', 'i');
	expect(paths()).toEqual(['GET /api/spaces/s/imports', 'POST /api/spaces/s/imports', 'POST /api/spaces/s/imports/i/look', 'DELETE /api/spaces/s/imports/i']);
	expect(importMessage('It took too long.')).not.toBe(importMessage('The file is no calendar.'));
});
