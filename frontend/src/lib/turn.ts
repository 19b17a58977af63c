/**
 * While the page that the document came with is drawn for the first time, its parts take turns: all of its data is there at once, and a
 * cheap phone that draws it at one go is deaf to the finger meanwhile. Later pages are drawn as their data comes.
 */
export const entering = { now: true };

let last: Promise<void> = Promise.resolve();

const afterLast = (): Promise<void> => last.then(() => new Promise((resolve) => setTimeout(resolve)));

/** When the next part may be drawn: the first at once, each other in a task of its own. */
export function nextTurn(): Promise<void> {
	if (!entering.now) return Promise.resolve();
	const mine = last;
	last = afterLast();
	return mine;
}

/** When what can wait may be drawn: never in the task that asks. */
export function laterTurn(): Promise<void> {
	return (last = afterLast());
}
