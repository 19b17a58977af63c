/** What the address of the page of free rooms says of what somebody looks for, so that it can be linked, kept and gone back to. */
import { dayOf } from '#lib/format.ts';
import { PARTS, type DayPart } from '#lib/parts/free-when.ts';
import { SPACE_KIND_NAMES, type SpaceKind } from '#lib/parts/labels.ts';

export const LENGTHS = [30, 60, 90, 120, 180, 240, 480];
export const MOST_PEOPLE = 200;

export interface FreeWish {
	day: string;
	part: DayPart;
	minutes: string;
	people: number;
	most: string;
	near: string;
	kind: SpaceKind | '';
	/** Somebody has said when: look at once. */
	isAsked: boolean;
}

/** What the address asks for; what it does not say, or says in vain, is as the empty form. */
export function wishFrom(params: Pick<URLSearchParams, 'get' | 'has'>, today: string = dayOf(new Date())): FreeWish {
	const said = (key: string) => params.get(key) ?? '';
	const day = /^\d{4}-\d{2}-\d{2}$/.test(said('day')) && !Number.isNaN(Date.parse(said('day'))) ? said('day') : '';
	const people = Number(said('people'));
	return {
		day: day > today ? day : today,
		part: PARTS.find((it) => it === said('part')) ?? 'any',
		minutes: LENGTHS.includes(Number(said('minutes'))) ? said('minutes') : '60',
		people: Number.isInteger(people) && people > 0 ? Math.min(people, MOST_PEOPLE) : 4,
		most: /^\d{1,7}(\.\d{1,2})?$/.test(said('most')) ? said('most') : '',
		near: /^-?\d{1,3}(\.\d+)?,-?\d{1,3}(\.\d+)?$/.test(said('near')) ? said('near') : '',
		kind: params.has('kind') ? (SPACE_KIND_NAMES.find((it) => it === said('kind')) ?? '') : 'room',
		isAsked: day !== ''
	};
}
