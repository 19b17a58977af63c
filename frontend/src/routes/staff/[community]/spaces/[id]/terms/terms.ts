/** What stands in the form of a space's booking rules, and how it becomes a request. */
import type { ChangedSpace, Space } from '#lib/api/generated/types.gen.ts';

export interface Terms {
	who: 'anyone' | 'residents' | 'partners';
	granularity: '15' | '30' | '60';
	least: string;
	most: string;
	lead: string;
	horizon: string;
	before: string;
	after: string;
	open: string;
	noShow: boolean;
	/** The community agrees first, within so many hours. */
	approval: boolean;
	approvalHours: string;
	/** Hours before the start, percent that comes back. */
	steps: { hours: string; percent: string }[];
}

export const termsOf = (space: Space): Terms => ({
	who: space.who_may_book as Terms['who'],
	granularity: String(space.granularity_min) as Terms['granularity'],
	least: String(space.min_length_min),
	most: String(space.max_length_min),
	lead: String(space.lead_min),
	horizon: String(space.horizon_days),
	before: String(space.buffer_before_min),
	after: String(space.buffer_after_min),
	open: space.max_open_bookings ? String(space.max_open_bookings) : '',
	noShow: space.releases_no_shows,
	approval: space.needs_approval,
	approvalHours: String(space.approval_hours),
	steps: space.cancellation.map((step) => ({ hours: String(step.until_h), percent: String(step.back_bp / 100) }))
});

/** What cannot be read becomes −1, which the server refuses by field. */
const whole = (text: string): number => (/^\s*\d{1,6}\s*$/.test(text.normalize('NFKC')) ? Number(text.normalize('NFKC')) : -1);

export const requestOf = (terms: Terms): ChangedSpace => ({
	who_may_book: terms.who,
	granularity_min: Number(terms.granularity) as 15 | 30 | 60,
	min_length_min: whole(terms.least),
	max_length_min: whole(terms.most),
	lead_min: whole(terms.lead),
	horizon_days: whole(terms.horizon),
	buffer_before_min: whole(terms.before),
	buffer_after_min: whole(terms.after),
	max_open_bookings: terms.open.trim() ? whole(terms.open) : null,
	releases_no_shows: terms.noShow,
	needs_approval: terms.approval,
	...(terms.approval ? { approval_hours: whole(terms.approvalHours) } : {}),
	cancellation: terms.steps.filter((step) => step.hours.trim()).map((step) => ({ until_h: whole(step.hours), back_bp: whole(step.percent) * 100 }))
});
