import { beforeEach, describe, expect, test, vi } from 'vitest';
import { proposals } from '#lib/shell/suggest.ts';

const found = [
	{ text: '瑜伽', text_en: 'Yoga', kind: 'category', id: 'yoga' },
	{ text: '晨间瑜伽课', text_en: null, kind: 'service', id: '1' },
	{ text: '柳荫瑜伽室', text_en: null, kind: 'space', id: '2' },
	{ text: '清和工坊', text_en: null, kind: 'partner', id: 'qinghe' }
];
const name = (it: { text: string }) => it.text;

describe('what the search box proposes', () => {
	test('leads where it belongs: a category filters, a thing opens its page', () => {
		expect(proposals('yj', [], found, name).map((it) => it.href)).toEqual(['/search?category=yoga', '/listings/1', '/spaces/2', '/partners/qinghe']);
	});

	test('puts past searches first, two of them once something is typed', () => {
		const past = ['瑜伽垫', '瑜伽周末', '瑜伽'];
		expect(proposals('瑜', past, found, name).map((it) => it.kind)).toEqual(['past', 'past', 'category', 'service', 'space', 'partner']);
		expect(proposals(' ', past, found, name).map((it) => it.text)).toEqual(past);
	});

	test('says nothing twice', () => {
		expect(proposals('瑜', [], [...found, ...found], name)).toHaveLength(4);
	});
});

describe('past searches', () => {
	beforeEach(() => {
		vi.resetModules();
		const kept = new Map<string, string>();
		vi.stubGlobal('localStorage', {
			getItem: (key: string) => kept.get(key) ?? null,
			setItem: (key: string, value: string) => kept.set(key, value),
			removeItem: (key: string) => kept.delete(key)
		});
	});

	test('stay on the device, newest first, eight at most, and can be cleared', async () => {
		const { searches } = await import('#lib/state/searches.svelte.ts');
		for (const word of ['瑜伽', ' ', '二胡', '瑜伽']) searches.remember(word);
		expect(searches.recent).toEqual(['瑜伽', '二胡']);
		expect(JSON.parse(localStorage.getItem('market.searches') ?? '')).toEqual(['瑜伽', '二胡']);
		expect(searches.like('二')).toEqual(['二胡']);
		expect(searches.like('二胡')).toEqual([]);
		for (let number = 0; number < 12; number++) searches.remember(`词${number}`);
		expect(searches.recent).toHaveLength(8);
		searches.clear();
		expect(localStorage.getItem('market.searches')).toBeNull();
	});

	test('survive what somebody else wrote into the storage', async () => {
		localStorage.setItem('market.searches', '{"a":1}');
		expect((await import('#lib/state/searches.svelte.ts')).searches.recent).toEqual([]);
		vi.resetModules();
		localStorage.setItem('market.searches', '[1,"瑜伽"]');
		expect((await import('#lib/state/searches.svelte.ts')).searches.recent).toEqual(['瑜伽']);
	});
});
