import { paraglideVitePlugin } from '@inlang/paraglide-js';
import adapter from '@sveltejs/adapter-static';
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

const backend = process.env['MARKET_DEV_BACKEND'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
	plugins: [
		announcerWithoutInlineStyle(),
		tailwindcss(),
		paraglideVitePlugin({
			project: './project.inlang',
			outdir: './src/lib/paraglide',
			strategy: ['cookie', 'baseLocale'],
			cookieName: 'market_locale'
		}),
		sveltekit({
			adapter: adapter({ fallback: '200.html', precompress: true }),
			csp: {
				mode: 'hash',
				directives: { 'script-src': ['self'] }
			},
			version: { pollInterval: 0 },
			serviceWorker: { register: false }
		})
	],
	server: { proxy: { '/api': backend, '/media': backend, '/sandbox': backend } }
});
