import { beforeEach, expect, test, vi } from 'vitest';
import '#lib/api/call.ts';
import { client } from '#lib/api/generated/client.gen.ts';
import { approvals, decideOn } from '#lib/services/approval.service.ts';
import { door, renewDoor, visit } from '#lib/services/door.service.ts';
import { feed, renewFeed, revokeFeed } from '#lib/services/feed.service.ts';
import { forgetImport, importMessage, imports, lookNow, makeImport } from '#lib/services/import.service.ts';
import { sketch } from '#lib/parts/sketch.ts';
import { freeQuery, nextWeekday, windowOf } from '#lib/parts/free-when.ts';
import { wishFrom } from '../src/routes/spaces/wish.ts';
import { freeSpaces } from '#lib/services/space.service.ts';
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

test('free rooms are looked for between two moments at the wall of the place', async () => {
	expect(windowOf('2026-03-09', 'any')).toEqual({ from: '2026-03-08T16:00:00.000Z', to: '2026-03-09T16:00:00.000Z' });
	expect(windowOf('2026-03-09', 'evening')).toEqual({ from: '2026-03-09T10:00:00.000Z', to: '2026-03-09T16:00:00.000Z' });
	await freeSpaces({ ...windowOf('2026-03-09', 'morning'), minutes: 60, people: 4, near: '30,120' });
	const { searchParams } = new URL(asked[0]?.url ?? '');
	expect([searchParams.get('minutes'), searchParams.get('near'), searchParams.get('to')]).toEqual(['60', '30,120', '2026-03-09T04:00:00.000Z']);
});

const understood = (...pairs: [string, string][]) => pairs.map(([kind, value]) => ({ kind, value }));

test('a search that says a time leads to the rooms that are free then', () => {
	const saturday = new Date('2026-11-28T02:00:00Z'); // ten in the morning there
	expect(freeQuery(understood(['weekday', '5'], ['time', 'afternoon']), saturday)).toEqual({ day: '2026-11-28', part: 'afternoon' });
	expect(freeQuery(understood(['weekday', '5'], ['time', 'morning']), new Date('2026-11-28T05:00:00Z'))).toEqual({ day: '2026-12-05', part: 'morning' });
	expect(freeQuery(understood(['date', '2026-11-29/2026-11-29'], ['time', 'evening'], ['people', '12']), saturday)).toEqual({ day: '2026-11-29', part: 'evening', people: '12' });
	expect(freeQuery(understood(['date', '2026-11-23/2026-11-29']), saturday)).toEqual({ day: '2026-11-28' });
	expect(freeQuery(understood(['time', 'morning']), new Date('2026-11-28T05:00:00Z'))).toEqual({ day: '2026-11-29', part: 'morning' });
	expect(freeQuery(understood(['kind', 'space'], ['people', '12']), saturday)).toBeNull();
	expect(nextWeekday([0, 6], '2026-11-28')).toBe('2026-11-29');
});

test('the address of free rooms says what is looked for, and nonsense in it is as an empty form', () => {
	const asked = wishFrom(new URLSearchParams('day=2026-12-05&part=afternoon&people=12&kind=any&minutes=120&most=50&near=30.1,120.2'), '2026-11-28');
	expect(asked).toEqual({ day: '2026-12-05', part: 'afternoon', minutes: '120', people: 12, most: '50', near: '30.1,120.2', kind: '', isAsked: true });
	const empty = wishFrom(new URLSearchParams(), '2026-11-28');
	expect(empty).toEqual({ day: '2026-11-28', part: 'any', minutes: '60', people: 4, most: '', near: '', kind: 'room', isAsked: false });
	expect(wishFrom(new URLSearchParams('day=x&part=night&people=-1&minutes=7&most=a&near=b'), '2026-11-28')).toEqual(empty);
	expect(wishFrom(new URLSearchParams('day=2020-01-01&people=9999'), '2026-11-28')).toEqual({ ...empty, people: 200, isAsked: true });
});

test('the sketch of a place is north up and to scale, with those that are near', () => {
	const spot = (slug: string, latitude: number | null, longitude: number | null) => ({ slug, latitude, longitude });
	const box = { width: 320, height: 200 };
	const found = sketch(spot('room', 30.27, 120.15), [spot('north', 30.28, 120.15), spot('east', 30.27, 120.17), spot('far', 31.5, 120.15), spot('unknown', null, null)], box);
	expect(found?.others.map((it) => it.of.slug)).toEqual(['north', 'east']);
	const [north, east] = found?.others ?? [];
	expect(north && found && north.x === found.place.x && north.y < found.place.y).toBe(true);
	expect(east && found && east.x > found.place.x && east.y === found.place.y).toBe(true);
	const scale = (found?.bar.width ?? 0) / (found?.bar.metres ?? 1);
	expect(Math.abs((found?.place.y ?? 0) - (north?.y ?? 0) - 1112 * scale)).toBeLessThan(2);
	expect(sketch(spot('room', null, 120), [spot('north', 30.28, 120.15)], box)).toBeNull();
	expect(sketch(spot('room', 30.27, 120.15), [], box)).toBeNull();
});
