import { expect, test } from 'vitest';
import { wrap } from '#lib/parts/poster.ts';

const chars = (text: string) => text.length;

test('Chinese breaks between characters, English between words', () => {
	expect(wrap('晨间瑜伽课', 3, chars, 5)).toEqual(['晨间瑜', '伽课']);
	expect(wrap('Morning yoga for all', 12, chars, 5)).toEqual(['Morning yoga', 'for all']);
	expect(wrap('', 5, chars, 5)).toEqual([]);
});

test('what does not fit into the lines ends with dots', () => {
	expect(wrap('一二三四五六七八九', 3, chars, 2)).toEqual(['一二三', '四五…']);
});
