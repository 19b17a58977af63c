/** What was searched for on this device, newest first. It never leaves the device. */
const KEY = 'market.searches';
const MOST = 8;

function read(): string[] {
	try {
		const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
		return Array.isArray(kept) ? kept.filter((it): it is string => typeof it === 'string').slice(0, MOST) : [];
	} catch {
		return [];
	}
}

class Searches {
	recent = $state.raw<string[]>(read());

	/** Keeps a search; the same one again moves to the front. */
	remember(text: string): void {
		const clean = text.trim().slice(0, 200);
		if (clean) this.#keep([clean, ...this.recent.filter((it) => it !== clean)].slice(0, MOST));
	}

	clear(): void {
		this.#keep([]);
	}

	/** Those that begin like what is typed; all of them while nothing is. */
	like(typed: string): string[] {
		const begun = typed.trim().toLowerCase();
		return begun ? this.recent.filter((it) => it.toLowerCase().startsWith(begun) && it.toLowerCase() !== begun) : this.recent;
	}

	#keep(list: string[]): void {
		this.recent = list;
		try {
			if (list.length) localStorage.setItem(KEY, JSON.stringify(list));
			else localStorage.removeItem(KEY);
		} catch {
			// Private windows may refuse; the list then lasts as long as the page.
		}
	}
}

export const searches = new Searches();
