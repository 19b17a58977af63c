import { describe, expect, test } from 'vitest';
import { readable } from '../src/lib/spoken';

interface Made {
	text: string;
	label?: string;
	hidden?: boolean;
	decoration?: boolean;
	parts?: boolean;
}

const page = (...made: Made[]) => ({
	querySelectorAll: () =>
		made.map((it) => ({
			textContent: it.text,
			innerText: it.text,
			getAttribute: () => it.label ?? null,
			closest: () => (it.decoration ? {} : null),
			querySelector: () => (it.parts ? {} : null),
			checkVisibility: () => !it.hidden
		}))
});

describe('what is read out of a page', () => {
	test('is every visible sentence in order, with its blanks tidied', () => {
		expect(readable(page({ text: ' 晨间瑜伽课\n ' }, { text: '¥80.00' }))).toEqual(['晨间瑜伽课', '¥80.00']);
	});

	test('is the name of a control rather than what stands in it', () => {
		expect(readable(page({ text: '+', label: '多一个' }))).toEqual(['多一个']);
	});

	test('is not what is hidden, decoration, or said by its parts', () => {
		expect(readable(page({ text: 'a', hidden: true }, { text: 'b', decoration: true }, { text: 'c d', parts: true }, { text: 'd' }))).toEqual(['d']);
	});

	test('is nothing twice in a row', () => {
		expect(readable(page({ text: '价格' }, { text: '价格' }, { text: '时间' }))).toEqual(['价格', '时间']);
	});
});
