/** What stands in the form of a price list, and how it becomes a request. */
import type { NewTariff, TariffRate } from '#lib/api/generated/types.gen.ts';
import { parseMoney } from '#lib/format.ts';

export const AUDIENCES = ['everybody', 'resident', 'low_fee', 'public_benefit', 'partner_basic', 'partner_skill', 'partner_startup'] as const;
export const UNITS = ['hour', 'half_day', 'day', 'week', 'month', 'fixed'] as const;

export interface BandDraft {
	price: string;
	opens: string;
	closes: string;
	days: number[];
}

export interface Draft {
	audience: (typeof AUDIENCES)[number];
	from: string;
	until: string;
	prices: Record<(typeof UNITS)[number], string>;
	off_peak: BandDraft;
	peak: BandDraft;
	minimum: string;
	deposit: string;
}

export const emptyDraft = (today: string): Draft => ({
	audience: 'everybody',
	from: today,
	until: '',
	prices: { hour: '', half_day: '', day: '', week: '', month: '', fixed: '' },
	off_peak: { price: '', opens: '12:00', closes: '17:00', days: [0, 1, 2, 3, 4] },
	peak: { price: '', opens: '18:00', closes: '21:00', days: [5, 6] },
	minimum: '',
	deposit: ''
});

/** Empty = not offered; what cannot be read becomes −1, which the server refuses by field. */
const minor = (text: string): number | null => (text.trim() ? (parseMoney(text) ?? -1) : null);

export function requestOf(draft: Draft): NewTariff {
	const rates: TariffRate[] = UNITS.flatMap((unit) => {
		const price = minor(draft.prices[unit]);
		return price === null ? [] : [{ unit, minor: price }];
	});
	for (const peak of ['off_peak', 'peak'] as const) {
		const { price, opens, closes, days } = draft[peak];
		const rate = minor(price);
		if (rate !== null) rates.push({ unit: 'hour', minor: rate, opens, closes, weekdays: [...days].sort((a, b) => a - b), peak });
	}
	return {
		audience: draft.audience,
		rates,
		valid_from: draft.from,
		valid_until: draft.until || null,
		minimum_minor: minor(draft.minimum) ?? 0,
		deposit_minor: minor(draft.deposit) ?? 0
	};
}
