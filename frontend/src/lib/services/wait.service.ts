/** Waiting for a time of a space that is taken. */
import { take } from '#lib/api/call.ts';
import { joinWaits, leaveWaits, listMyWaits } from '#lib/api/generated/sdk.gen.ts';
import type { Wait } from '#lib/api/generated/types.gen.ts';
import type { SpaceWish } from '#lib/state/cart.svelte.ts';

export const waitFor = ({ space_id, starts_at, ends_at, attendees }: SpaceWish) => take(joinWaits({ path: { space_id }, body: { starts_at, ends_at, attendees } }));
export const waits = () => take(listMyWaits());
export const waitNoLonger = (wait_id: string) => take(leaveWaits({ path: { wait_id } }));

/** What goes into the basket to take an offer. */
export const wishOf = ({ space_id, starts_at, ends_at, attendees }: Wait): SpaceWish => ({ space_id, starts_at, ends_at, attendees });
