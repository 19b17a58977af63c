/** Which community this device calls home; a verified residency wins over a choice made here. */
import { session } from './session.svelte';

const KEY = 'market.community';

class Home {
	#chosen = $state(typeof localStorage === 'undefined' ? '' : (localStorage.getItem(KEY) ?? ''));

	/** The slug, or the first of `known` for a first visit. */
	among(known: readonly { slug: string }[]): string {
		const resident = session.account?.residencies.find((it) => it.status === 'verified')?.community;
		for (const slug of [this.#chosen, resident]) if (slug && known.some((it) => it.slug === slug)) return slug;
		return known[0]?.slug ?? '';
	}

	choose(slug: string): void {
		this.#chosen = slug;
		// The server fills the next front page with what this community has.
		document.cookie = `market_community=${slug}; path=/; max-age=31536000; samesite=lax`;
		try {
			localStorage.setItem(KEY, slug);
		} catch {
			// The choice then lasts as long as the page.
		}
	}
}

export const home = new Home();
