/** What stands in the way of ordering a cart as it is. */
import { isOffer, wishKey, type Wish } from './cart.svelte.ts';

/** Whether something stands in the way: of a line, or a date that is missing where all dates of a series are wanted. */
export function hasProblem(quote: { lines: readonly { problem?: string | null }[]; refused?: readonly { wish?: number }[] }, wishes: readonly Wish[]): boolean {
	const wantsAll = (wish: Wish | undefined) => wish !== undefined && !isOffer(wish) && wish.dates !== 'free';
	return quote.lines.some((line) => line.problem) || (quote.refused ?? []).some((date) => wantsAll(wishes[date.wish ?? 0]));
}

/** Keys of the wishes that have to be ordered apart from a room that is asked for first. */
export function apart(quote: { lines: readonly { problem?: string | null }[]; wishes?: readonly number[] }, wishes: readonly Wish[]): string[] {
	const numbers = new Set(quote.lines.flatMap((line, at) => (line.problem === 'ask_apart' ? [quote.wishes?.[at] ?? at] : [])));
	return wishes.filter((_, at) => numbers.has(at)).map(wishKey);
}
