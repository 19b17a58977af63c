/** Only while building: the prerendered pages are made once in each language, the English ones at an address that ends in `/en`. */
import type { Handle } from '@sveltejs/kit/hooks';
import { overwriteGetLocale } from '#lib/paraglide/runtime.js';

export const handle: Handle = ({ event, resolve }) => {
	overwriteGetLocale(() => (event.url.pathname.endsWith('/en') ? 'en' : 'zh-CN'));
	return resolve(event);
};
