/** Which addresses the service worker answers without a network. */

/** A person's own data that is asked for at a door. */
const OWN = [/^\/api\/me$/, /^\/api\/me\/vouchers$/, /^\/api\/orders$/, /^\/api\/orders\/[0-9a-f-]{36}(\/receipt)?$/, /^\/api\/vouchers\/[0-9A-Z]{12}\/qr\.svg$/];
const NO_PAGES = /^\/(api|media|health|metrics|sandbox|dev|_app)(\/|$)/;

export const isOwn = (url: { pathname: string; search: string }) => url.search === '' && OWN.some((pattern) => pattern.test(url.pathname));

/** Built files carry their content in their name. */
export const isCode = (path: string) => path.startsWith('/_app/immutable/');

export const isPage = (path: string) => !NO_PAGES.test(path) && !/\.\w+$/.test(path);
