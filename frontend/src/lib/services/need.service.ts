/** The board of what neighbours miss: ask, support, take, answer, close. */
import { OWN_REFUSALS } from '#lib/api/problem.ts';
import { m } from '#lib/paraglide/messages.js';
import { take } from '#lib/api/call.ts';
import { askFor, closeNeed, getNeed, listNeeds, offerForNeed, releaseNeed, supportNeed, unsupportNeed } from '#lib/api/generated/sdk.gen.ts';
import type { ListNeedsData, Need, NeedClosing, NeedOffer, NewNeed } from '#lib/api/generated/types.gen.ts';

Object.assign(OWN_REFUSALS, { 'too-many-waiting': m.problem_too_many_waiting, 'asked-already': m.problem_asked_already });

export type NeedsQuery = NonNullable<ListNeedsData['query']>;

export const needs = (query: NeedsQuery) => take(listNeeds({ query }));
/** Waiting requests that say nearly the same. */
export const alike = (like: string, community: string) => take(listNeeds({ query: { like, community } }));
export const need = (need_id: string) => take(getNeed({ path: { need_id } }));
export const ask = (body: NewNeed) => take(askFor({ body }));
export const offer = (need_id: string, body: NeedOffer) => take(offerForNeed({ path: { need_id }, body }));
export const giveBack = (need_id: string) => take(releaseNeed({ path: { need_id } }));
export const close = (need_id: string, body: NeedClosing) => take(closeNeed({ path: { need_id }, body }));

/** Says "me too", or takes it back. */
export const support = (it: Need) => take(it.supported ? unsupportNeed({ path: { need_id: it.id } }) : supportNeed({ path: { need_id: it.id } }));
