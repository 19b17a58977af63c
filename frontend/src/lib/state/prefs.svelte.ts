/** What this device prefers: the large mode. Remembered here only; no account is needed. */
const KEY = 'market.large';

function read(): boolean {
	try {
		return localStorage.getItem(KEY) === '1';
	} catch {
		return false;
	}
}

class Prefs {
	large = $state(read());

	/** Puts the choice on the page; called before the first paint and at each change. */
	apply(): void {
		document.documentElement.classList.toggle('large', this.large);
	}

	toggleLarge(): void {
		this.large = !this.large;
		this.apply();
		try {
			localStorage.setItem(KEY, this.large ? '1' : '0');
		} catch {
			// Private windows may refuse; the choice then lasts as long as the page.
		}
	}
}

export const prefs = new Prefs();
