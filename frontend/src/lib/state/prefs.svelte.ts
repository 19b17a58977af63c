/** What this device prefers: the large mode. Remembered here only; no account is needed. */
const KEY = 'market.large';
const YEAR_S = 31_536_000;

function read(): boolean {
	try {
		return localStorage.getItem(KEY) === '1';
	} catch {
		return typeof document !== 'undefined' && document.cookie.includes('market_large=1');
	}
}

class Prefs {
	large = $state(read());

	/** Puts the choice on the page; called before the first paint and at each change. The cookie tells the server, which then
	 * sends pages that are large from their first line on. */
	apply(): void {
		document.documentElement.classList.toggle('large', this.large);
		document.cookie = `market_large=${this.large ? 1 : 0}; path=/; max-age=${YEAR_S}; samesite=lax`;
	}

	toggleLarge(): void {
		this.large = !this.large;
		try {
			localStorage.setItem(KEY, this.large ? '1' : '0');
		} catch {
			// Private windows may refuse; the cookie, or this page, then remembers.
		}
		this.apply();
	}
}

export const prefs = new Prefs();
