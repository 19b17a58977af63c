import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const css = readFileSync(join(import.meta.dirname, '../src/lib/ui/tokens.css'), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');

type Tokens = Record<string, string>;

/** The custom properties of every rule with this selector, inside or outside of a media query. */
function declared(selector: string, media: string | null): Tokens {
	const found: Tokens = {};
	const blocks = [...css.matchAll(/@media ([^{]+)\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}/g)];
	const outside = css.replace(/@media [^{]+\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g, '');
	const text = media === null ? outside : blocks.filter((it) => it[1]?.trim() === media).map((it) => it[2]).join('\n');
	for (const [, selectors, body] of text.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
		if (!selectors?.split(',').some((it) => it.trim() === selector)) continue;
		for (const [, name, value] of (body ?? '').matchAll(/(--[\w-]+):\s*([^;]+);/g)) found[name ?? ''] = (value ?? '').trim();
	}
	return found;
}

const DARK = '(prefers-color-scheme: dark)';
const light = declared(':root', null);
const dark = { ...light, ...declared(':root', DARK) };
const themes: Record<string, { tokens: Tokens; least: number }> = {
	light: { tokens: light, least: 4.5 },
	dark: { tokens: dark, least: 4.5 },
	'large light': { tokens: { ...light, ...declared('html.large', null) }, least: 7 },
	'large dark': { tokens: { ...dark, ...declared('html.large', null), ...declared('html.large', DARK) }, least: 7 },
	print: { tokens: { ...light, ...declared(':root', 'print') }, least: 7 }
};

function colour(tokens: Tokens, name: string): string {
	const value = tokens[`--${name}`] ?? '';
	const other = /^var\(--([\w-]+)\)$/.exec(value)?.[1];
	return other ? colour(tokens, other) : value;
}

function luminance(hex: string): number {
	if (!/^#[0-9a-f]{6}$/.test(hex)) throw new Error(`not a colour: ${hex}`);
	const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
		const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
		return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
	const [bright = 0, dim = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
	return (bright + 0.05) / (dim + 0.05);
}

/** Which text stands on which ground: all on the plain ones, each tone on its own soft one. */
const PLAIN = ['paper', 'surface', 'sunken'];
const TEXT: [string, string[]][] = [
	['ink', [...PLAIN, 'action-soft', 'pine-soft', 'ochre-soft', 'danger-soft']],
	['ink-soft', [...PLAIN, 'pine-soft', 'action-soft']],
	['action', [...PLAIN, 'action-soft']],
	['pine', [...PLAIN, 'pine-soft']],
	['ochre', [...PLAIN, 'ochre-soft']],
	['danger', [...PLAIN, 'danger-soft']],
	['link', [...PLAIN, 'pine-soft', 'action-soft', 'ochre-soft', 'danger-soft']],
	['on-action', ['action', 'action-hover']]
];
/** Edges of controls, focus rings and parts of charts. */
const SHAPES: [string, string[]][] = [
	['line-strong', PLAIN],
	['focus', PLAIN],
	...[1, 2, 3, 4, 5].map((it): [string, string[]] => [`chart-${it}`, ['surface']])
];
const pairs = (of: [string, string[]][]) => of.flatMap(([front, grounds]) => grounds.map((ground) => [front, ground] as const));

describe.each(Object.entries(themes).filter(([name]) => name !== 'print'))('in the theme "%s"', (_, { tokens, least }) => {
	test.each(pairs(TEXT))('%s can be read on %s', (front, ground) => {
		expect(contrast(colour(tokens, front), colour(tokens, ground))).toBeGreaterThanOrEqual(least);
	});

	test.each(pairs(SHAPES))('%s can be seen on %s', (front, ground) => {
		expect(contrast(colour(tokens, front), colour(tokens, ground))).toBeGreaterThanOrEqual(3);
	});
});

test('on paper, text is read in black and white', () => {
	const { tokens, least } = themes['print'] ?? { tokens: {}, least: 0 };
	for (const front of ['ink', 'ink-soft', 'link', 'pine']) expect(contrast(colour(tokens, front), colour(tokens, 'paper'))).toBeGreaterThanOrEqual(least);
});

test('the reckoning itself is right: black on white is 21, a colour on itself 1, and grey #767676 on white just passes', () => {
	expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
	expect(contrast('#9c3a1c', '#9c3a1c')).toBe(1);
	expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
	expect(Object.keys(dark).length).toBeGreaterThan(30);
	expect(colour(themes['large light']?.tokens ?? {}, 'ink-soft')).toBe(light['--ink']);
});
