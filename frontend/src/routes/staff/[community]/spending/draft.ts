/** A spending request as its form holds it. */
import type { NewSpending, SpendingRequest } from '#lib/api/generated/types.gen.ts';
import { moneyInput, parseMoney } from '#lib/format.ts';

export interface SpendingDraft {
	title: string;
	purpose: string;
	amount: string;
	about: string;
	payee: string;
	account: string;
	isPerson: boolean;
	quotes: string;
}

export const emptyDraft = (): SpendingDraft => ({ title: '', purpose: '', amount: '', about: '', payee: '', account: '', isPerson: false, quotes: '' });

export const draftOf = (request: SpendingRequest): SpendingDraft => ({
	title: request.title,
	purpose: request.purpose,
	amount: moneyInput(request.amount.amount),
	about: request.about,
	payee: request.payee_name,
	account: request.payee_account,
	isPerson: request.payee_kind === 'person',
	quotes: request.quotes.map((it) => `${it.vendor}, ${moneyInput(it.amount)}`).join('\n')
});

/** "甲商店，120" to a line; an amount that is none is sent as −1, so that the server names the field. */
function quotesOf(text: string): NewSpending['quotes'] {
	return text
		.split('\n')
		.map((line) => line.trim())
		.filter(Boolean)
		.map((line) => {
			const at = Math.max(line.lastIndexOf(','), line.lastIndexOf('，'));
			return { vendor: (at > 0 ? line.slice(0, at) : line).trim(), amount: parseMoney(line.slice(at + 1)) ?? -1, note: '' };
		});
}

export const bodyOf = (draft: SpendingDraft, is_relief: boolean): NewSpending => ({
	title: draft.title,
	purpose: draft.purpose,
	amount: parseMoney(draft.amount) ?? -1,
	about: draft.about,
	payee_name: draft.payee,
	payee_account: draft.account,
	payee_kind: draft.isPerson ? 'person' : 'organisation',
	quotes: quotesOf(draft.quotes),
	is_relief
});
