import { readFileSync } from 'node:fs';
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import adapter from '@sveltejs/adapter-static';
import { withFacts } from './build-facts.ts';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig, type Plugin } from 'vite';

/**
 * Kit announces each page change in an element with a `style` attribute, which a strict
 * `style-src` forbids. The same look comes from our `.sr-only` class.
 */
function announcerWithoutInlineStyle(): Plugin {
	return {
		name: 'announcer-without-inline-style',
		enforce: 'pre',
		transform: {
			order: 'pre',
			filter: { id: /@sveltejs\/kit\/src\/runtime\/components\/root\.svelte$/ },
			handler(code) {
				return { code: code.replace(/(id="svelte-announcer"[^>]*?)style="[^"]*"/s, '$1class="sr-only"'), map: null };
			}
		}
	};
}

/**
 * Each call of the generated client is a module of its own in the build: else one file holds the calls of all pages, and every
 * page carries those of the others.
 */
function callsOneByOne(): Plugin {
	const CALL = /^(?:\/\*\*(?:(?!\*\/)[^])*\*\/\n)?export const (\w+) = /gm;
	return {
		name: 'calls-one-by-one',
		apply: 'build',
		enforce: 'pre',
		transform: {
			order: 'pre',
			filter: { id: /\.ts$/, code: /generated\/sdk\.gen/ },
			handler: (code) => ({
				code: code.replace(/import \{([^}]*)\} from '(#lib\/api\/generated\/sdk\.gen\.ts)';/g, (_, names: string, from: string) =>
					names
						.split(',')
						.filter((name) => name.trim())
						.map((name) => `import { ${name.trim()} } from '${from}?call=${name.trim().split(' ')[0]}';`)
						.join('')
				),
				map: null
			})
		},
		load: {
			filter: { id: /sdk\.gen\.ts\?call=/ },
			handler(id) {
				const [file = '', call] = id.split('?call=');
				const text = readFileSync(file, 'utf8');
				const starts = [...text.matchAll(CALL)];
				const at = starts.findIndex((it) => it[1] === call);
				return { code: text.slice(0, starts[0]?.index) + text.slice(starts[at]?.index, starts[at + 1]?.index), moduleType: 'ts' };
			}
		}
	};
}

/** The generated client can also read streams of events, which no route of ours sends: a kilobyte less in every first view. */
function withoutEventStreams(): Plugin {
	return {
		name: 'without-event-streams',
		apply: 'build',
		enforce: 'pre',
		load: {
			filter: { id: /generated\/core\/serverSentEvents\.gen\.ts$/ },
			handler: () => 'export const createSseClient = () => { throw new Error("no route sends a stream of events"); };'
		}
	};
}

/** What belongs to one noun of the workplaces stays with its pages, however many they are. */
const OWN = /\/(?:tender|Tender|bid_|asset|resource|lease|payout|spending|usage|Lease|tariff|session_|timeline|approval|coupon|Coupon|subsid|teacher|card_|pool_|door_|feed_|close_|case_|staff_|partner_|place_fault|place-words|redeem|utilisation)/;

/** Modules that most pages share travel in one file instead of forty: on a slow line each file costs a round trip. */
const SHARED_BY = 5;

function fewerFiles(): Plugin {
	return {
		name: 'fewer-files',
		config: {
			order: 'post',
			handler: (config) => {
				const client = config.environments?.['client']?.build?.rolldownOptions?.output;
				const splitting = client && !Array.isArray(client) ? client.codeSplitting : undefined;
				if (typeof splitting !== 'object') return;
				// What runs before Kit is told how it was started lies apart: modules that read it must not run before it is set. So do
				// Svelte's constants: one of them is an Error, for whose stack the browser reads the whole file that it stands in once more.
				splitting.groups?.push({ name: 'payload', test: /kit\/src\/runtime\/client\/payload\.js$|vite\/preload-helper|svelte\/src\/internal\/client\/constants\.js$/, priority: 1 }, { name: 'shared', minShareCount: SHARED_BY, test: (id) => !OWN.test(id) });
			}
		}
	};
}

const backend = process.env['MARKET_DEV_BACKEND'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
	plugins: [
		announcerWithoutInlineStyle(),
		callsOneByOne(),
		withoutEventStreams(),
		tailwindcss(),
		paraglideVitePlugin({
			project: './project.inlang',
			outdir: './src/lib/paraglide',
			strategy: ['cookie', 'baseLocale'],
			cookieName: 'market_locale'
		}),
		sveltekit({
			adapter: withFacts(adapter({ fallback: '200.html', precompress: true })),
			paths: { relative: false },
			prerender: { crawl: false, entries: ['/help', '/help/en', '/about', '/about/en'] },
			version: { pollInterval: 0 },
			// Registered by lib/offline, which survives browsers that refuse and asks before an update takes over.
			serviceWorker: { register: false }
		}),
		fewerFiles()
	],
	server: { proxy: { '/api': backend, '/media': backend, '/sandbox': backend } }
});
