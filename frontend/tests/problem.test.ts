import { beforeEach, expect, test } from 'vitest';
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
