/** A tender as it is being written, and the request it becomes. */
import type { Criterion, NewTender } from '#lib/api/generated/types.gen.ts';
import { dayOf, fromWall, parseMoney } from '#lib/format.ts';
import { addDays } from '#lib/week.ts';

export interface CriterionDraft {
	kind: 'number' | 'committee';
	label: string;
	label_en: string;
	percent: string;
	most: string;
}

export interface TenderDraft {
	title: string;
	title_en: string;
	about: string;
	about_en: string;
	spaces: string[];
	until: string;
	first: string;
	last: string;
	reserve: string;
	share: string;
	weeks: string;
	deposit: string;
	price: string;
	criteria: CriterionDraft[];
	tie: 'price' | 'earliest';
}

export function emptyDraft(now: Date = new Date()): TenderDraft {
	const today = dayOf(now);
	return {
		title: '', title_en: '', about: '', about_en: '', spaces: [], until: `${addDays(today, 14)}T17:00`, first: addDays(today, 30), last: addDays(today, 394),
		reserve: '', share: '', weeks: '0', deposit: '', price: '100', criteria: [], tie: 'price'
	};
}

/** What is no amount is sent as one that the server refuses at its field; percent become basis points. */
const minor = (text: string) => (text.trim() ? (parseMoney(text) ?? -1) : 0);

/** `price` is what the rent is called in both languages: that criterion is in every tender. */
export function requestOf(draft: TenderDraft, price: { label: string; label_en: string }): NewTender {
	const others = draft.criteria.map((it, index): Criterion => ({ key: `c${index + 1}`, kind: it.kind, label: it.label, label_en: it.label_en || null, weight_bp: minor(it.percent), most: it.kind === 'number' ? Number(it.most) : 100 }));
	return {
		title: draft.title,
		title_en: draft.title_en || null,
		about: draft.about,
		about_en: draft.about_en || null,
		spaces: draft.spaces,
		bids_until: fromWall(draft.until),
		first_day: draft.first,
		last_day: draft.last,
		reserve_minor: minor(draft.reserve),
		share_bp: minor(draft.share),
		rent_free_weeks: Number(draft.weeks),
		deposit_minor: minor(draft.deposit),
		criteria: [{ key: 'price', kind: 'price', ...price, weight_bp: minor(draft.price) }, ...others],
		tie_rule: draft.tie
	};
}
