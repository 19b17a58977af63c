/** One polite voice for the whole page: whatever is announced here is read out by LiveRegion. */
class Voice {
	text = $state('');

	/** The text is cleared first, so that the same sentence twice is also read twice. */
	say(text: string): void {
		this.text = '';
		setTimeout(() => (this.text = text), 60);
	}
}

export const voice = new Voice();
