/** What of a page is read out: its visible sentences in order, buttons and links by their names, each once. */
const SPOKEN = 'h1, h2, h3, p, li, dt, dd, label, legend, button, summary, figcaption';
const MOST = 80;

interface Part {
	readonly innerText?: string | undefined;
	readonly textContent: string | null;
	getAttribute(name: string): string | null;
	closest(selector: string): unknown;
	querySelector(selector: string): unknown;
	checkVisibility?(): boolean;
}

/** The sentences below `root`: what stands inside another spoken part is said with it; what is hidden is not said. */
export function readable(root: { querySelectorAll(selector: string): Iterable<Part> }): string[] {
	const texts = [...root.querySelectorAll(SPOKEN)]
		.filter((it) => !it.querySelector(SPOKEN) && !it.closest('[aria-hidden=true]') && it.checkVisibility?.() !== false)
		.map((it) => (it.getAttribute('aria-label') ?? it.innerText ?? it.textContent ?? '').replace(/\s+/g, ' ').trim())
		.filter(Boolean);
	return texts.filter((text, index) => text !== texts[index - 1]).slice(0, MOST);
}
