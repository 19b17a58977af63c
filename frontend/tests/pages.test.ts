import { expect, test } from 'vitest';
import { Pages } from '#lib/state/pages.svelte.ts';

test('pages follow each other until there are no more, and start over for another list', async () => {
	const asked: string[] = [];
	const pages = new Pages<number>((cursor) => {
		asked.push(cursor);
		return Promise.resolve(cursor === 'b' ? { items: [3], next_cursor: 'c' } : { items: [4], next_cursor: null });
	});
	const first = { items: [1, 2], next_cursor: 'b' };
	expect(pages.hasMore(first)).toBe(true);
	await Promise.all([pages.more(first), pages.more(first)]);
	expect(asked).toEqual(['b']);
	await pages.more(first);
	expect(pages.extra).toEqual([3, 4]);
	expect(pages.hasMore(first)).toBe(false);
	await pages.more(first);
	expect(asked).toEqual(['b', 'c']);
	pages.reset();
	expect(pages.extra).toEqual([]);
	expect(pages.hasMore(first)).toBe(true);
});

test('a page that did not arrive can be asked for again', async () => {
	let works = false;
	const pages = new Pages<number>(() => (works ? Promise.resolve({ items: [2] }) : Promise.reject(new Error('offline'))));
	const first = { items: [1], next_cursor: 'b' };
	await pages.more(first);
	expect(pages.hasMore(first)).toBe(true);
	works = true;
	await pages.more(first);
	expect(pages.extra).toEqual([2]);
});
