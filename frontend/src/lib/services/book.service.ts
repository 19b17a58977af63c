/** Checking the public books: the complete book added up, the newest seal, what came in and what was spent. */
import { take } from '#lib/api/call.ts';
import { getFund, listSeals } from '#lib/api/generated/sdk.gen.ts';
import type { MonthPoint } from '#lib/api/generated/types.gen.ts';
import { Problem } from '#lib/api/problem.ts';
import { sumOfBooks } from '#lib/books.ts';
import type { Money } from '#lib/format.ts';
import { files } from '#lib/routes.ts';

export interface BookCheck {
	lines: number;
	sum: Money;
	balance: Money;
	agrees: boolean;
}

/** Fetches the complete book and adds it up. Where somebody bought in the very moment, both are read once more. */
export async function checkBooks(slug: string, tries = 2): Promise<BookCheck> {
	const answer = await fetch(files.books(slug, 'csv'));
	if (!answer.ok) throw new Problem(answer.status);
	const { lines, sum } = sumOfBooks(await answer.text());
	const { balance } = await take(getFund({ path: { fund: slug } }));
	if (sum !== balance.amount && tries > 1) return checkBooks(slug, tries - 1);
	return { lines, sum: { ...balance, amount: sum }, balance, agrees: sum === balance.amount };
}

/** The newest head of the hash chain over all transfers. */
export const latestSeal = async () => (await take(listSeals())).items[0] ?? null;

/** What came in and what was spent over the months that are shown; public figures added up for reading, never for paying. */
export function totals(months: readonly Pick<MonthPoint, 'income' | 'spent'>[], balance: Money): { income: Money; spent: Money } {
	const sum = (of: 'income' | 'spent') => ({ ...balance, amount: months.reduce((all, month) => all + Math.abs(month[of].amount), 0) });
	return { income: sum('income'), spent: sum('spent') };
}
