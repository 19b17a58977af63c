import { beforeEach, expect, test } from 'vitest';
import '#lib/api/place-words.ts';
import { explain, Problem } from '#lib/api/problem.ts';
import { routes, safeNext } from '#lib/routes.ts';
import { overwriteGetLocale } from '#lib/paraglide/runtime.js';

beforeEach(() => overwriteGetLocale(() => 'zh-CN'));

test('every refusal becomes a sentence', () => {
	for (const status of [0, 400, 401, 403, 404, 409, 422, 429, 500, 503]) {
		const told = explain(new Problem(status));
		expect(told.title.length).toBeGreaterThan(1);
		expect(told.text.length).toBeGreaterThan(1);
	}
	expect(explain(new Error('internal detail')).text).not.toContain('internal detail');
});

test('messages of fields are found by their last name and told in Chinese', () => {
	const problem = new Problem(422, { errors: [{ field: 'lines.0.quantity', message: 'must not be empty' }] });
	expect(problem.fields['quantity']).toBe('请填写这一项');
	expect(problem.fields['lines.0.quantity']).toBe('请填写这一项');
});

test('what is too low, too soon or too early is not called too short', () => {
	const told = (message: string) => new Problem(422, { errors: [{ field: 'it', message }] }).fields['it'];
	expect(told('must be at least 1000.00 CNY')).toBe('低于最低的金额');
	expect(told('must be booked at least 30 minutes ahead')).toBe('太近了，要再早一点预订');
	expect(told('must not be before yesterday or the first day')).toBe('这个日期太早了');
	expect(told('must not be before the start')).toBe('结束要晚于开始');
	expect(told('must have at least 10 characters')).toBe('太短了');
});

test('in English the words of the server are used', () => {
	overwriteGetLocale(() => 'en');
	expect(explain(new Problem(409, { detail: 'The price is now ¥90.00.' })).text).toBe('The price is now ¥90.00.');
});

test('only a path of our own is gone on to after signing in', () => {
	expect(safeNext('/orders?x=1')).toBe('/orders?x=1');
	for (const bad of ['//evil.test', 'https://evil.test', '/\\evil.test', 'javascript:alert(1)', '', null]) expect(safeNext(bad)).toBe('/');
});

test('addresses are escaped', () => {
	expect(routes.listing('a/b?c')).toBe('/listings/a%2Fb%3Fc');
	expect(routes.search({ q: '瑜伽 & 茶' })).toBe(`/search?q=${encodeURIComponent('瑜伽').replace(/%20/g, '+')}+%26+${encodeURIComponent('茶')}`);
});

test('a time of a place that cannot be is told with what can be', () => {
	const told = (message: string) => new Problem(422, { errors: [{ field: 'it', message }] }).fields['it'];
	expect(told('can be booked at most 60 days ahead')).toBe('最多提前 60 天预订');
	expect(told('a booking lasts at most 480 minutes')).toBe('一次最多 8 小时');
	expect(told('a booking lasts at least 60 minutes')).toBe('一次最少 1 小时');
	expect(told("must fall on the space's grid of 30 minutes, counted from opening")).toBe('请按 30 分钟一格来选，从开门时间算起');
	expect(told('is outside the opening hours')).toBe('这个时间不开放');
	expect(told('is in the past')).toBe('这个时间已经过去了，请选以后的时间');
	expect(told('must be at most 9600 hours after the start')).toBe('最长 400 天');
	expect(told('weights must make 100 % together')).toBe('各项占比加起来要正好是 100%');
});

test('a number out of its bounds is told with the bound, and never called too long', () => {
	const told = (message: string) => new Problem(422, { errors: [{ field: 'it', message }] }).fields['it'];
	expect(told('must be at most 16')).toBe('最多 16');
	expect(told('Expected int <= 104')).toBe('最多 104');
	expect(told('Expected float <= 1000000.0')).toBe('最多 1000000');
	expect(told('must be from 0 to 20')).toBe('要在 0 到 20 之间');
	expect(told('Expected int, got `str`')).toBe('请填写整数');
	expect(told('is missing')).toBe('请填写这一项');
	expect(told('must have at most 120 characters')).toBe('太长了');
});

test('an English page shows no words of a programmer', () => {
	overwriteGetLocale(() => 'en');
	const told = (message: string) => new Problem(422, { errors: [{ field: 'it', message }] }).fields['it'];
	expect(told('Expected int <= 104')).toBe('At most 104');
	expect(told("Expected str matching regex '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$'")).toBe('Please write a time like 08:00');
	expect(told("Invalid enum value 'castle'")).toBe('This is not valid');
	expect(told('must not be above the rate')).toBe('must not be above the rate');
});
