/** Checking the public books: the complete book added up and checked against the published heads, the proof of a purchase. */
import { take } from '#lib/api/call.ts';
import { getFund, getOrderProof, listHeads } from '#lib/api/generated/sdk.gen.ts';
import type { MonthPoint } from '#lib/api/generated/types.gen.ts';
import { Problem } from '#lib/api/problem.ts';
import type { ChainCheck, Proof } from '#lib/book-chain.ts';
import { sumOfBooks } from '#lib/books.ts';
import type { Money } from '#lib/format.ts';
import { files } from '#lib/routes.ts';

export interface BookCheck {
	lines: number;
	sum: Money;
	balance: Money;
	agrees: boolean;
	/** null where the browser computes no hashes: a page without https. */
	chain: ChainCheck | null;
}

/** Fetches the complete book and adds it up. Where somebody bought in the very moment, both are read once more. */
export async function checkBooks(slug: string, tries = 2): Promise<BookCheck> {
	const [text, heads] = await Promise.all([plain(files.books(slug, 'csv')), plain(files.heads(slug))]);
	const { lines, sum } = sumOfBooks(text);
	const { balance } = await take(getFund({ path: { fund: slug } }));
	if (sum !== balance.amount && tries > 1) return checkBooks(slug, tries - 1);
	const { checkChain, readHeads } = await import('#lib/book-chain.ts');
	const chain = crypto.subtle ? await checkChain(text, readHeads(heads)) : null;
	return { lines, sum: { ...balance, amount: sum }, balance, agrees: sum === balance.amount && !chain?.findings.length, chain };
}

async function plain(path: string): Promise<string> {
	const answer = await fetch(path);
	if (!answer.ok) throw new Problem(answer.status);
	return answer.text();
}

/** The newest published head of a fund's book. */
export const latestHead = async (slug: string) => (await take(listHeads({ path: { fund: slug } }))).items[0] ?? null;

/** Checks the proof of a purchase against the heads of the days. */
export async function checkPurchase(order_id: string) {
	const { checkProof, readHeads } = await import('#lib/book-chain.ts');
	const proof = (await take(getOrderProof({ path: { order_id } }))) as unknown as Proof;
	return checkProof(proof, readHeads(await plain(files.ledgerHeads())));
}

/** What came in and what was spent over the months that are shown; public figures added up for reading, never for paying. */
export function totals(months: readonly Pick<MonthPoint, 'income' | 'spent'>[], balance: Money): { income: Money; spent: Money } {
	const sum = (of: 'income' | 'spent') => ({ ...balance, amount: months.reduce((all, month) => all + Math.abs(month[of].amount), 0) });
	return { income: sum('income'), spent: sum('spent') };
}
