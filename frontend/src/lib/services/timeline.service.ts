/** The timeline of staff: what takes which space, and moving it. */
import { take } from '#lib/api/call.ts';
import { bookFor, getTimeline, moveBookingFor, moveClosure } from '#lib/api/generated/sdk.gen.ts';
import type { BookingFor, TimelineEntry } from '#lib/api/generated/types.gen.ts';
import { makeUuid } from '#lib/uuid.ts';

export const timeline = (community: string, from: string, days: number) => take(getTimeline({ path: { community }, query: { from, days } }));

export interface NewPlace {
	space_id: string;
	starts_at: string;
	ends_at: string;
}

/** A booking moves by the buyer's rules, a closure freely; whatever was there stays when the new time is taken. */
export async function moveEntry(entry: TimelineEntry, place: NewPlace): Promise<void> {
	if (entry.kind === 'closure') await take(moveClosure({ path: { space_id: entry.space_id, occupancy_id: entry.id }, body: place }));
	else await take(moveBookingFor({ path: { order_id: entry.order_id ?? '', line_id: entry.line_id ?? '' }, body: place, headers: { 'Idempotency-Key': makeUuid() } }));
}

export const bookForSomebody = (community: string, body: BookingFor, key: string) => take(bookFor({ path: { community }, body, headers: { 'Idempotency-Key': key } }));
