/** What can wait for a network: a rating is kept on this device and sent by itself later. Money never waits here. */
import { Problem } from '#lib/api/problem.ts';
import { review } from '#lib/services/catalogue.service.ts';

interface Waiting {
	listing: string;
	stars: number;
	text: string;
}

const KEY = 'market.outbox';

function read(): Waiting[] {
	try {
		const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
		return Array.isArray(kept) ? (kept as Waiting[]).filter((it) => typeof it.listing === 'string' && Number.isInteger(it.stars)) : [];
	} catch {
		return [];
	}
}

class Outbox {
	waiting = $state.raw<Waiting[]>(typeof localStorage === 'undefined' ? [] : read());
	#sending = false;

	/** Sends a rating; false when there is no network and it is kept for later. Throws what the server refuses. */
	async rate(listing: string, stars: number, text: string): Promise<boolean> {
		try {
			await review(listing, { stars, text });
			this.#put(this.waiting.filter((it) => it.listing !== listing));
			return true;
		} catch (error) {
			if (!(error instanceof Problem) || error.status !== 0) throw error;
			this.#put([...this.waiting.filter((it) => it.listing !== listing), { listing, stars, text }]);
			return false;
		}
	}

	/** Sends what waits, oldest first; what the server refuses for good is dropped, without a network the rest stays. */
	async flush(): Promise<void> {
		if (this.#sending) return;
		this.#sending = true;
		for (const each of this.waiting) {
			try {
				if (!(await this.rate(each.listing, each.stars, each.text))) break;
			} catch {
				this.#put(this.waiting.filter((it) => it !== each));
			}
		}
		this.#sending = false;
	}

	clear(): void {
		this.#put([]);
	}

	#put(waiting: Waiting[]): void {
		this.waiting = waiting;
		try {
			localStorage.setItem(KEY, JSON.stringify(waiting));
		} catch {
			// It then waits as long as the page is open.
		}
	}
}

export const outbox = new Outbox();
