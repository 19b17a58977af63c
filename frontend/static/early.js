// While the code of the page is still on its way, the browser does what costs a cheap phone a tenth of a second at the first use:
// how numbers and dates are written, and what this device has kept. Kit reads three of its own keys, and fails once for each that is missing.
for (const Format of [Intl.NumberFormat, Intl.DateTimeFormat]) new Format(document.documentElement.lang).format(0);
try {
	localStorage.getItem('');
	for (const key of ['snapshot', 'navigation-snapshot', 'history-info']) sessionStorage[`sveltekit:${key}`] ??= '{}';
} catch {
	// A browser that keeps nothing starts a little later.
}
