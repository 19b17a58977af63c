/** Only while building: the prerendered pages are made once in each language, the English ones at an address that ends in `/en`; and
 * every page asks for its code when it has been painted (`painted` in `app.html`), not before. */
import type { Handle } from '@sveltejs/kit/hooks';
import { overwriteGetLocale } from '#lib/paraglide/runtime.js';

const START = /import\("[^"]*\/entry\/start\.[^"]+"\)/;

export const handle: Handle = ({ event, resolve }) => {
	overwriteGetLocale(() => (event.url.pathname.endsWith('/en') ? 'en' : 'zh-CN'));
	return resolve(event, {
		preload: ({ type }) => type !== 'js',
		transformPageChunk: ({ html }) => html.replace(START, 'painted.then(() => $&)')
	});
};
