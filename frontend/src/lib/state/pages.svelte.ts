/** A list that arrives page by page: what was loaded after the first page, and whether there is more. */
interface PageOf<Item> {
	items: Item[];
	next_cursor?: string | null;
}

export class Pages<Item> {
	extra = $state.raw<Item[]>([]);
	busy = $state(false);
	#cursor = $state<string | null | undefined>(undefined);
	readonly #fetch: (cursor: string) => Promise<PageOf<Item>>;

	constructor(fetch: (cursor: string) => Promise<PageOf<Item>>) {
		this.#fetch = fetch;
	}

	/** Whether there is more after `first` and what was loaded since. */
	hasMore(first: PageOf<Item>): boolean {
		return Boolean(this.#cursor === undefined ? first.next_cursor : this.#cursor);
	}

	/** Starts over: another list is shown. */
	reset(): void {
		this.extra = [];
		this.#cursor = undefined;
	}

	/** Loads the next page; a failure leaves the button, so that it can be pressed again. */
	async more(first: PageOf<Item>): Promise<void> {
		const cursor = this.#cursor === undefined ? first.next_cursor : this.#cursor;
		if (!cursor || this.busy) return;
		this.busy = true;
		try {
			const next = await this.#fetch(cursor);
			this.extra = [...this.extra, ...next.items];
			this.#cursor = next.next_cursor ?? null;
		} catch {
			this.#cursor = cursor;
		} finally {
			this.busy = false;
		}
	}
}
