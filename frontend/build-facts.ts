import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Adapter } from '@sveltejs/kit';

/** The words that the server writes into the head and the opening of a page. */
const WORDS = ['app_name', 'home_title', 'home_hero', 'home_hero_lead', 'search_title', 'search_title_of', 'funds_title', 'funds_lead', 'help_title', 'help_lead', 'about_title', 'about_lead'];

interface Node {
	imports: string[];
	stylesheets: string[];
}

interface Manifest {
	client: Node;
	routes: { id: string; page: { layouts: (number | undefined)[]; leaf: number } | null }[];
}

/** Writes `first-view.json` beside the pages: per route the files and the opening of its first view, and a few words, for
 * the Python server. The opening is what can be read before the code has arrived; it looks like the same part of `+page.svelte` beside it. */
export function withFacts(adapter: Adapter): Adapter {
	return {
		...adapter,
		async adapt(builder) {
			await adapter.adapt(builder);
			const server = resolve(builder.getServerDirectory());
			const load = <Value>(file: string) => import(pathToFileURL(`${server}/${file}`).href) as Promise<Value>;
			const { manifest } = await load<{ manifest: Manifest }>('manifest-full.js');
			const files: Record<string, string[]> = {};
			const openings: Record<string, string> = {};
			for (const { id, page } of manifest.routes) {
				if (!page) continue;
				const numbers = [...page.layouts, page.leaf].filter((it) => it !== undefined);
				const nodes = await Promise.all(numbers.map((it) => load<Node>(`nodes/${it}.js`)));
				files[id] = [...new Set([manifest.client, ...nodes].flatMap((it) => [...it.stylesheets, ...it.imports]))];
				const opening = `src/routes${id}/opening.html`;
				if (existsSync(opening)) openings[id] = readFileSync(opening, 'utf8').replaceAll(/>\s+</g, '><').trim();
			}
			const words = Object.fromEntries(['zh-CN', 'en'].map((locale) => [locale, chosen(`messages/${locale}.json`)]));
			writeFileSync('build/first-view.json', JSON.stringify({ files, openings, words }));
		}
	};
}

function chosen(path: string): Record<string, string> {
	const all = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
	return Object.fromEntries(WORDS.map((key) => [key, all[key] ?? '']));
}
