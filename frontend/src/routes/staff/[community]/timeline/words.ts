/** What takes a space, said in one word. */
import { m } from '#lib/paraglide/messages.js';

const KINDS: Record<string, () => string> = { booking: m.timeline_booking, session: m.timeline_session, lease: m.timeline_lease, closure: m.timeline_closure };
export const entryKindName = (kind: string) => KINDS[kind]?.() ?? kind;
