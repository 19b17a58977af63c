import { beforeAll, describe, expect, test } from 'vitest';
import {
	dayOf,
	formatDay,
	formatLength,
	formatMoney,
	formatMonth,
	formatRate,
	formatWhen,
	formatWholeMonth,
	fromWall,
	moneyInput,
	named,
	parseMoney,
	toWall
} from '#lib/format.ts';
import { overwriteGetLocale } from '#lib/paraglide/runtime.js';

let locale: 'zh-CN' | 'en' = 'zh-CN';
beforeAll(() => overwriteGetLocale(() => locale));
const inEnglish = <Result>(act: () => Result): Result => {
	locale = 'en';
	try {
		return act();
	} finally {
		locale = 'zh-CN';
	}
};

describe('money', () => {
	test('is written with its currency and as many digits as the currency has', () => {
		expect(formatMoney({ amount: 8000, currency: 'CNY' })).toBe('¥80.00');
		expect(formatMoney({ amount: 1001, currency: 'CNY' })).toBe('¥10.01');
		expect(formatMoney({ amount: 500, currency: 'JPY' })).toContain('500');
		expect(inEnglish(() => formatMoney({ amount: 123456789, currency: 'CNY' }))).toBe('¥1,234,567.89');
	});

	test('shows in which direction it went when asked', () => {
		expect(formatMoney({ amount: 240, currency: 'CNY' }, true)).toBe('+¥2.40');
		expect(formatMoney({ amount: -800, currency: 'CNY' }, true)).toMatch(/^[-−]¥8\.00$/);
	});

	test.each([
		['100', 10000],
		['12.5', 1250],
		['12.50', 1250],
		['0.01', 1],
		['１２．５', 1250],
		['', null],
		['abc', null],
		['1.234', null],
		['-5', null],
		['1e5', null]
	])('typed as %j is %j minor units', (typed, minor) => expect(parseMoney(typed)).toBe(minor));

	test('goes into an input and comes back unchanged', () => {
		for (const minor of [0, 1, 9, 10, 99, 100, 1250, 99_999_999]) expect(parseMoney(moneyInput(minor))).toBe(minor);
	});

	test('rates are percentages of basis points', () => {
		expect(formatRate(300)).toBe('3%');
		expect(formatRate(1025)).toBe('10.25%');
	});
});

describe('time', () => {
	const now = new Date('2026-03-10T02:00:00Z');

	test('is the clock on the wall of the community, wherever the reader is', () => {
		expect(dayOf('2026-03-09T17:00:00Z')).toBe('2026-03-10');
		expect(formatWhen('2026-03-10T10:00:00+08:00', '2026-03-10T11:30:00+08:00', now)).toBe('今天 10:00\u2060–\u206011:30');
		expect(formatWhen('2026-03-11T10:00:00+08:00', null, now)).toBe('明天 10:00');
		expect(inEnglish(() => formatWhen('2026-03-14T10:00:00+08:00', null, now))).toContain('Mar');
		expect(formatDay('2026-03-14T10:00:00+08:00')).toContain('3月14日');
	});

	test('a wall-clock time becomes an instant and comes back', () => {
		expect(fromWall('2026-11-22')).toBe('2026-11-21T16:00:00.000Z');
		expect(fromWall('2026-11-22T14:30')).toBe('2026-11-22T06:30:00.000Z');
		expect(toWall('2026-11-22T06:30:00Z')).toBe('2026-11-22T14:30');
		expect(fromWall('2026-07-01T09:00', 'Europe/Helsinki')).toBe('2026-07-01T06:00:00.000Z');
		expect(fromWall('2026-01-01T09:00', 'Europe/Helsinki')).toBe('2026-01-01T07:00:00.000Z');
	});

	test('lengths and months read naturally', () => {
		expect(formatLength(90)).toBe('1 小时 30 分钟');
		expect(formatLength(120)).toBe('2 小时');
		expect(formatLength(0)).toBe('0 分钟');
		expect(formatMonth('2026-03', now)).toBe('3月');
		expect(formatWholeMonth('2026-03')).toBe('2026年3月');
		expect(inEnglish(() => formatWholeMonth('2026-03'))).toBe('March 2026');
	});
});

test('a name is in the reader’s language where there is one', () => {
	const thing = { name: '柳园', name_en: 'Liuyuan' };
	expect(named(thing)).toBe('柳园');
	expect(inEnglish(() => named(thing))).toBe('Liuyuan');
	expect(inEnglish(() => named({ name: '柳园', name_en: null }))).toBe('柳园');
});
