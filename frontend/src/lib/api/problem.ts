/** Whatever can go wrong with a request, as one class and as a sentence for the person who reads it. */
import { m } from '#lib/paraglide/messages.js';
import { getLocale } from '#lib/paraglide/runtime.js';

export interface ProblemDocument {
	type?: string;
	title?: string;
	status?: number;
	detail?: string;
	errors?: { field: string; message: string }[];
}

/** A refusal of the server (RFC 9457); status 0 means that no answer came at all. */
export class Problem extends Error {
	constructor(
		readonly status: number,
		readonly document: ProblemDocument = {}
	) {
		super(document.detail ?? document.title ?? `HTTP ${status}`);
		this.name = 'Problem';
	}

	get slug(): string {
		return this.document.type?.split(/[/#:]/).at(-1) ?? '';
	}

	/** Which lines of a cart are at fault: `lines[2].offer_id` is line 2. */
	get lines(): number[] {
		return (this.document.errors ?? []).flatMap(({ field }) => /^lines\[(\d+)\]/.exec(field)?.slice(1).map(Number) ?? []);
	}

	/** Messages by field name; of `lines[0].quantity` also under `quantity`. */
	get fields(): Record<string, string> {
		const found: Record<string, string> = {};
		for (const { field, message } of this.document.errors ?? []) {
			const text = translateField(message);
			found[field] = text;
			found[field.split('.').at(-1) ?? field] ??= text;
		}
		return found;
	}
}

export interface Told {
	status: number;
	title: string;
	text: string;
}

/** Refusals with a name of their own; the others are told by their status. */
const BY_SLUG: Record<string, () => { title?: string; text: string }> = {
	'wrong-password': () => ({ title: m.problem_422_title(), text: m.problem_wrong_password() }),
	'wrong-credentials': () => ({ title: m.problem_sign_in_title(), text: m.problem_wrong_login() }),
	'sold-out': () => ({ text: m.problem_sold_out() }),
	'slot-taken': () => ({ text: m.problem_slot_taken() }),
	'not-for-sale': () => ({ text: m.problem_not_for_sale() }),
	'sale-ended': () => ({ text: m.problem_sale_ended() }),
	closed: () => ({ text: m.problem_closed() }),
	'not-eligible': () => ({ text: m.problem_not_eligible() }),
	'limit-reached': () => ({ text: m.problem_limit_reached() }),
	'price-changed': () => ({ text: m.problem_price_changed() }),
	'not-payable': () => ({ text: m.problem_not_payable() }),
	'not-refundable': () => ({ title: m.problem_refund_title(), text: m.problem_not_refundable() }),
	'picture-too-large': () => ({ title: m.problem_picture_title(), text: m.problem_picture_large() }),
	'not-a-picture': () => ({ title: m.problem_picture_title(), text: m.problem_not_a_picture() })
};

/** Refusals that only one part of the product knows: its service adds them, so that no other page carries their words. */
export const OWN_REFUSALS: Record<string, () => string> = {};

const BY_STATUS: Record<number, () => { title: string; text: string }> = {
	0: () => ({ title: m.problem_offline_title(), text: m.problem_offline_text() }),
	401: () => ({ title: m.problem_401_title(), text: m.problem_401_text() }),
	403: () => ({ title: m.problem_403_title(), text: m.problem_403_text() }),
	404: () => ({ title: m.problem_404_title(), text: m.problem_404_text() }),
	409: () => ({ title: m.problem_409_title(), text: m.problem_409_text() }),
	422: () => ({ title: m.problem_422_title(), text: m.problem_422_text() }),
	429: () => ({ title: m.problem_429_title(), text: m.problem_429_text() })
};

/** What is wrong with a field, by the words of the server; numbers in them are told. */
type FieldWords = [RegExp, (found: RegExpExecArray) => string];

/** Faults that only one part of the product knows, as above. */
export const OWN_FIELDS: FieldWords[] = [];

const FIELDS: FieldWords[] = [
	[/^must be at most ([\d.]+)$|^Expected (?:int|float) <=? ([\d.]+)/, (it) => m.field_error_most({ most: it[1] ?? Number(it[2]) })],
	[/^must be from (\d+) to (\d+)/, (it) => m.field_error_range({ least: it[1] ?? '', most: it[2] ?? '' })],
	[/^Expected int, got/, m.field_error_whole],
	[/^Invalid RFC3339|^must be a date/, m.field_error_date],
	[/must not be empty|required|is missing|length >= 1$/i, m.field_error_empty],
	[/at most \d+ characters|length <= /i, m.field_error_long],
	[/at least [\d.]+ [A-Z]{3}/, m.field_error_low],
	[/at least \d+ minutes ahead/i, m.field_error_soon],
	[/at least \d+|length >= /i, m.field_error_short],
	[/character that cannot/i, m.field_error_character],
	[/e-mail address or a phone/i, m.field_error_login],
	[/now or later/i, m.field_error_past],
	[/leave out phone/i, m.field_error_contact],
	[/after (the start|from)/i, m.field_error_order],
	[/must not be before (the start|the first)/i, m.field_error_order],
	[/must not be before/i, m.field_error_early],
	[/is taken|exists/i, m.field_error_taken],
	[/is more than/i, m.field_error_too_much],
	[/is not over yet/i, m.field_error_not_over],
	[/say why|in a few words/i, m.field_error_say_why],
	[/must be what is payable/i, m.field_error_payable],
	[/Expected `?int`? >= /i, m.field_error_too_small]
];

/** What only programmers read: English pages tell it in words as well. */
const JARGON = /^(Expected|Invalid|Object) /;

/** The server speaks English; in Chinese, what we know is told exactly, anything else in general. */
function translateField(message: string): string {
	if (getLocale() === 'en' && !JARGON.test(message)) return message;
	for (const [pattern, words] of [...OWN_FIELDS, ...FIELDS]) {
		const found = pattern.exec(message);
		if (found) return words(found);
	}
	return m.field_error_invalid();
}

/** What happened, what it means, for a heading and a line below it. */
export function explain(error: unknown): Told {
	if (!(error instanceof Problem)) {
		if (typeof navigator !== 'undefined' && navigator.onLine === false) return explain(new Problem(0));
		const status = typeof error === 'object' && error && 'status' in error ? Number(error.status) : 500;
		const known = status === 404 ? BY_STATUS[404]?.() : undefined;
		return { status, title: known?.title ?? m.problem_500_title(), text: known?.text ?? m.problem_500_text() };
	}
	const known = BY_STATUS[error.status]?.() ?? { title: m.problem_500_title(), text: m.problem_500_text() };
	const own = OWN_REFUSALS[error.slug];
	const named = own ? { title: undefined, text: own() } : BY_SLUG[error.slug]?.();
	const detail = getLocale() === 'en' && error.status !== 0 && error.status < 500 ? error.document.detail : undefined;
	return { status: error.status, title: named?.title ?? known.title, text: named?.text ?? detail ?? known.text };
}
