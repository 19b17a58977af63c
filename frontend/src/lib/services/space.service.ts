/** Rooms, stalls and the like: reading, their free hours, and how staff keep them. */
import { take } from '#lib/api/call.ts';
import {
	addHolidays as postHolidays,
	addSpacePhoto,
	addSpecialDays as postSpecialDays,
	changeSpace,
	createClosure,
	createSpace,
	createTariff,
	dropHolidays as deleteHolidays,
	dropSpecialDays as deleteSpecialDays,
	endTariff,
	findFreeSpaces,
	getAvailability,
	getFirstFree,
	getSpace,
	listAlternatives,
	listHolidays,
	listOccupancies,
	listSpaces,
	listSpecialDays,
	listTariffs,
	releaseOccupancy
} from '#lib/api/generated/sdk.gen.ts';
import type { ChangedSpace, NewClosure, NewSpace, NewSpecialDays, NewTariff } from '#lib/api/generated/types.gen.ts';

/** All spaces of a community, closed ones too: what its staff keep. */
export const spaces = (community: string, cursor?: string) =>
	take(listSpaces({ query: { community, with_closed: true, ...(cursor ? { cursor } : {}) } }));
export const space = (space_id: string) => take(getSpace({ path: { space_id } }));
export const makeSpace = (body: NewSpace) => take(createSpace({ body }));
export const editSpace = (space_id: string, body: ChangedSpace) => take(changeSpace({ path: { space_id }, body }));
export const close = (space_id: string, body: NewClosure) => take(createClosure({ path: { space_id }, body }));
export const addPhoto = (space_id: string, file: File) => take(addSpacePhoto({ path: { space_id }, body: { file } }));

/** Prices are those of who asks, or of the partner it would be booked for. */
export const availability = (space_id: string, from: string, to: string, for_partner?: string) =>
	take(getAvailability({ path: { space_id }, query: { from, to, ...(for_partner ? { for_partner } : {}) } }));

export const firstFree = (space_id: string) => take(getFirstFree({ path: { space_id } }));

/** What can be had instead of a time that is taken. */
export const alternatives = ({ space_id, starts_at, ends_at, attendees }: { space_id: string; starts_at: string; ends_at: string; attendees: number }) =>
	take(listAlternatives({ path: { space_id }, query: { starts_at, ends_at, people: attendees } }));

/** What is really free then, for so long and so many. */
export const freeSpaces = (query: { from: string; to: string; minutes: number; people: number; kind?: NewSpace['kind']; near?: string; max_price?: number }) => take(findFreeSpaces({ query }));

export const tariffs = (space_id: string) => take(listTariffs({ path: { space_id } }));
export const addTariff = (space_id: string, body: NewTariff) => take(createTariff({ path: { space_id }, body }));
export const stopTariff = (space_id: string, tariff_id: string) => take(endTariff({ path: { space_id, tariff_id } }));

/** Days with other hours: of one space with its community's holidays, or of a community. */
export const specialDays = (space_id: string) => take(listSpecialDays({ path: { space_id } }));
export const addSpecialDays = (space_id: string, body: NewSpecialDays) => take(postSpecialDays({ path: { space_id }, body }));
export const dropSpecialDays = (space_id: string, exception_id: string) => take(deleteSpecialDays({ path: { space_id, exception_id } }));
export const holidays = (community: string) => take(listHolidays({ path: { community } }));
export const addHolidays = (community: string, body: NewSpecialDays) => take(postHolidays({ path: { community }, body }));
export const dropHolidays = (community: string, exception_id: string) => take(deleteHolidays({ path: { community, exception_id } }));

export const occupancies = (space_id: string, from: string, to: string) =>
	take(listOccupancies({ path: { space_id }, query: { from, to } }));

export const release = (space_id: string, occupancy_id: string) => take(releaseOccupancy({ path: { space_id, occupancy_id } }));
