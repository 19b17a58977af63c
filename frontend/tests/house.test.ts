import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
	.filter((path) => /\.(svelte|ts)$/.test(path) && !/paraglide|generated/.test(path))
	.map((path) => ({ path, text: readFileSync(join(ROOT, 'src', path), 'utf8') }));
const messages = (locale: string) => JSON.parse(readFileSync(join(ROOT, 'messages', `${locale}.json`), 'utf8')) as Record<string, string>;
const chinese = messages('zh-CN');
const english = messages('en');
const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|^\s*\/\/.*$/gm, '');

describe('messages', () => {
	test('are there in both languages, with the same parameters', () => {
		expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort());
		const parameters = (text: string | undefined) => [...(text ?? '').matchAll(/\{(\w+)\}/g)].map((it) => it[1]).sort();
		for (const key of Object.keys(chinese)) expect([key, parameters(english[key])]).toEqual([key, parameters(chinese[key])]);
	});

	test('are all used, and all that is used is there', () => {
		const used = new Set(files.flatMap(({ text }) => [...text.matchAll(/\bm\.([a-z0-9_]+)/g)].map((it) => it[1])));
		const known = new Set(Object.keys(chinese).filter((key) => key !== '$schema'));
		expect([...used].filter((key) => !known.has(key ?? ''))).toEqual([]);
		expect([...known].filter((key) => !used.has(key))).toEqual([]);
	});

	test('hold every text: no page has its own', () => {
		const own = files.flatMap(({ path, text }) => {
			const code = withoutComments(text);
			const han = /\p{Script=Han}/u.test(code.replace(/[、，。]/g, '')) ? [`${path}: Chinese`] : [];
			const markup = path.endsWith('.svelte') ? code.replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/g, '') : '';
			const words = [...markup.matchAll(/>([^<>{}]*[A-Za-z]{3,}[^<>{}]*)</g)].map((it) => it[1]?.trim()).filter((it) => it && !/^(hledger|beancount|JSON)$|=>|[=&|?:;]/.test(it));
			// What is only heard or shown on hovering is read too.
			const spoken = [...markup.matchAll(/\b(?:aria-label|aria-description|placeholder|title|alt|label|caption|legend)="([^"{}]*[A-Za-z\p{Script=Han}]{2,}[^"{}]*)"/gu)].map((it) => it[1]);
			return [...han, ...words.map((it) => `${path}: ${it}`), ...spoken.map((it) => `${path}: ${it}`)];
		});
		expect(own).toEqual([]);
	});
});

describe('the source', () => {
	test('builds addresses in one file only', () => {
		const strays = files.filter(({ path, text }) => path !== 'lib/routes.ts' && /(href|goto\()\s*=?\s*["'`{]*\/[a-z]/.test(withoutComments(text)));
		expect(strays.map(({ path }) => path)).toEqual([]);
	});

	test('has no style attribute and no raw HTML, which the content security policy forbids', () => {
		const strays = files.filter(({ path, text }) => path.endsWith('.svelte') && /\sstyle=|\{@html/.test(text));
		expect(strays.map(({ path }) => path)).toEqual([]);
	});

	test('takes colours from the tokens only', () => {
		const strays = files.filter(({ path, text }) => /#[0-9a-f]{6}\b|\brgb\(/i.test(text) && !/Logo\.svelte$/.test(path));
		expect(strays.map(({ path }) => path)).toEqual([]);
	});

	test('reaches nobody else: no absolute address', () => {
		const strays = files.filter(({ text }) => /https?:\/\//.test(withoutComments(text)));
		expect(strays.map(({ path }) => path)).toEqual([]);
	});
});

test('every service has a test that uses it', () => {
	const tests = readdirSync(import.meta.dirname)
		.filter((it) => it.endsWith('.test.ts'))
		.map((it) => readFileSync(join(import.meta.dirname, it), 'utf8'))
		.join('\n');
	const services = files.filter(({ path }) => /\.service\.ts$/.test(path)).map(({ path }) => path.split('/').at(-1) ?? '');
	expect(services.length).toBeGreaterThan(5);
	expect(services.filter((it) => !tests.includes(`/${it}'`) && !tests.includes(`/${it.replace('.ts', '')}'`))).toEqual([]);
});
