/** Calendars to subscribe to: one's own, a partner's, a space's. */
import { take } from '#lib/api/call.ts';
import { getCalendarFeed, renewCalendarFeed, revokeCalendarFeed } from '#lib/api/generated/sdk.gen.ts';
import type { FeedOwner } from '#lib/api/generated/types.gen.ts';

const query = ({ partner, space_id }: FeedOwner) => ({ ...(partner ? { partner } : {}), ...(space_id ? { space_id } : {}) });

export const feed = (of: FeedOwner) => take(getCalendarFeed({ query: query(of) }));
/** The answer tells the address, once. */
export const renewFeed = (of: FeedOwner) => take(renewCalendarFeed({ body: query(of) }));
export const revokeFeed = (of: FeedOwner) => take(revokeCalendarFeed({ query: query(of) }));
