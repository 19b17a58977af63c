import { describe, expect, test } from 'vitest';
import { chosenLocale } from '../src/lib/language';

describe('the language of a page', () => {
	test('is what the address asks for, before all else', () => {
		expect(chosenLocale('?lang=en', 'market_locale=zh-CN', ['zh-CN'])).toBe('en');
	});

	test('is what was chosen on an earlier visit', () => {
		expect(chosenLocale('', 'a=1; market_locale=en; b=2', ['zh-CN'])).toBe('en');
		expect(chosenLocale('?lang=xx', 'market_locale=zh-CN', ['en'])).toBe('zh-CN');
	});

	test('is on a first visit the first of the browser that we speak', () => {
		expect(chosenLocale('', '', ['fr-FR', 'en-GB', 'zh-CN'])).toBe('en');
		expect(chosenLocale('', '', ['zh-TW', 'en'])).toBe('zh-CN');
		expect(chosenLocale('', '', ['fr', 'de'])).toBe('zh-CN');
	});

	test('is not taken from another cookie that ends alike', () => {
		expect(chosenLocale('', 'xmarket_locale=en', ['zh'])).toBe('zh-CN');
	});
});
