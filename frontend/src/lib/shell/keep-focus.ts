/** When what had the focus is taken out of the page, a removed row for instance, the focus goes to what held it: never back to the top. */
export function keepFocus(root: HTMLElement): () => void {
	let trail: HTMLElement[] = [];

	function note({ target }: FocusEvent): void {
		trail = [];
		for (let it = target as HTMLElement | null; it && root.contains(it); it = it.parentElement) trail.push(it);
	}

	function look(): void {
		const [lost] = trail;
		if (!lost || lost.isConnected || (document.activeElement && document.activeElement !== document.body)) return;
		const heir = trail.find((it) => it.isConnected) ?? root;
		if (!heir.hasAttribute('tabindex')) heir.tabIndex = -1;
		heir.focus({ preventScroll: true });
	}

	const observer = new MutationObserver(() => requestAnimationFrame(look));
	observer.observe(root, { childList: true, subtree: true });
	root.addEventListener('focusin', note);
	return () => {
		observer.disconnect();
		root.removeEventListener('focusin', note);
	};
}
