/** What stands in the form of a space, and how it becomes a request. */
import type { NewSpace, OffPeak, Space } from '#lib/api/generated/types.gen.ts';
import { moneyInput, parseMoney } from '#lib/format.ts';

export interface DayHours {
	open: boolean;
	opens: string;
	closes: string;
}

export interface Draft {
	kind: NewSpace['kind'];
	name: string;
	name_en: string;
	about: string;
	about_en: string;
	rate: string;
	capacity: string;
	address: string;
	floor: string;
	area: string;
	equipment: string;
	is_step_free: boolean;
	week: DayHours[];
	/** One cheaper band, the same on each chosen day; empty rate = none. */
	off_peak_rate: string;
	off_peak_opens: string;
	off_peak_closes: string;
	off_peak_days: number[];
}

const WEEK = [0, 1, 2, 3, 4, 5, 6];

export function emptyDraft(): Draft {
	return {
		kind: 'room',
		name: '',
		name_en: '',
		about: '',
		about_en: '',
		rate: '',
		capacity: '20',
		address: '',
		floor: '',
		area: '',
		equipment: '',
		is_step_free: false,
		week: WEEK.map(() => ({ open: true, opens: '08:00', closes: '21:00' })),
		off_peak_rate: '',
		off_peak_opens: '13:00',
		off_peak_closes: '17:00',
		off_peak_days: [0, 1, 2, 3, 4]
	};
}

export function draftOf(space: Space): Draft {
	const band = space.off_peak[0];
	return {
		kind: space.kind as Draft['kind'],
		name: space.name,
		name_en: space.name_en ?? '',
		about: space.about,
		about_en: space.about_en ?? '',
		rate: moneyInput(space.rate.amount),
		capacity: String(space.capacity),
		address: space.address,
		floor: space.floor,
		area: space.area_m2 ? String(space.area_m2) : '',
		equipment: space.equipment.join('、'),
		is_step_free: space.is_step_free,
		week: WEEK.map((weekday) => {
			const hours = space.hours.find((it) => it.weekday === weekday);
			return { open: hours !== undefined, opens: hours?.opens ?? '08:00', closes: hours?.closes ?? '21:00' };
		}),
		off_peak_rate: band ? moneyInput(band.rate_minor) : '',
		off_peak_opens: band?.opens ?? '13:00',
		off_peak_closes: band?.closes ?? '17:00',
		off_peak_days: band ? space.off_peak.filter((it) => it.opens === band.opens).map((it) => it.weekday) : [0, 1, 2, 3, 4]
	};
}

function bands(draft: Draft): OffPeak[] {
	const rate_minor = parseMoney(draft.off_peak_rate);
	if (rate_minor === null) return [];
	return draft.off_peak_days.map((weekday) => ({ weekday, opens: draft.off_peak_opens, closes: draft.off_peak_closes, rate_minor }));
}

/** What both creating and changing a space send. */
export function requestOf(draft: Draft) {
	return {
		name: draft.name.trim(),
		name_en: draft.name_en.trim() || null,
		about: draft.about,
		about_en: draft.about_en.trim() || null,
		rate: parseMoney(draft.rate) ?? -1,
		capacity: Number(draft.capacity) || 0,
		is_step_free: draft.is_step_free,
		equipment: draft.equipment
			.split(/[、,，]/)
			.map((it) => it.trim())
			.filter(Boolean),
		hours: draft.week.flatMap((day, weekday) => (day.open ? [{ weekday, opens: day.opens, closes: day.closes }] : [])),
		off_peak: bands(draft)
	};
}

/** What can be said only once, when the space is made. */
export function onceOf(draft: Draft): Pick<NewSpace, 'kind' | 'address' | 'floor' | 'area_m2'> {
	const area = Number(draft.area);
	return { kind: draft.kind, address: draft.address.trim(), floor: draft.floor.trim(), area_m2: area > 0 ? area : null };
}
