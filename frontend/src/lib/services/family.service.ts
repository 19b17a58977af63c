/** The people somebody buys for, with their consent. */
import { take } from '#lib/api/call.ts';
import { decideFamily, endFamily, inviteFamily, listFamily } from '#lib/api/generated/sdk.gen.ts';
import type { NewFamilyLink } from '#lib/api/generated/types.gen.ts';

export const family = () => take(listFamily());
export const invite = (body: NewFamilyLink) => take(inviteFamily({ body }));
export const answer = (link_id: string, accepted: boolean) => take(decideFamily({ path: { link_id }, body: { accepted } }));
export const endLink = (link_id: string) => take(endFamily({ path: { link_id } }));
