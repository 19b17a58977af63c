/** The language of this page, decided once when it starts: as the address says, as chosen before, as the browser prefers. */
import { isLocale, overwriteGetLocale, setLocale, type Locale } from '#lib/paraglide/runtime.js';

const FIRST: Locale = 'zh-CN';
/** As vite.config.ts names it. */
const COOKIE = 'market_locale';

/** The same order as in `chosen_locale` of the server, so that both always decide alike. */
export function chosenLocale(search: string, cookies: string, preferred: readonly string[]): Locale {
	const named = new URLSearchParams(search).get('lang') ?? '';
	if (isLocale(named)) return named;
	const kept = new RegExp(`(?:^|; )${COOKIE}=([^;]+)`).exec(cookies)?.[1] ?? '';
	if (isLocale(kept)) return kept;
	for (const tag of preferred) {
		const language = tag.toLowerCase().split('-')[0];
		if (language === 'en') return 'en';
		if (language === 'zh') return 'zh-CN';
	}
	return FIRST;
}

/** Called before anything is drawn. */
export function startLanguage(): void {
	const locale = chosenLocale(location.search, document.cookie, navigator.languages);
	overwriteGetLocale(() => locale);
	document.documentElement.lang = locale;
}

/** Remembers the other language and loads the page anew, without the language that its address may ask for. */
export function changeLanguage(locale: Locale): void {
	void setLocale(locale, { reload: false });
	const address = new URL(location.href);
	address.searchParams.delete('lang');
	if (address.href === location.href) location.reload();
	else location.replace(address);
}
