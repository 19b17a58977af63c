/** How spaces are used, and offers for hours in which they stand idle. */
import { take } from '#lib/api/call.ts';
import { getUtilisation, listIdleHours, listUsesBehind, publishIdleOffer } from '#lib/api/generated/sdk.gen.ts';
import type { GetUtilisationData, ListUsesBehindData, NewIdleOffer } from '#lib/api/generated/types.gen.ts';

type Asked = NonNullable<GetUtilisationData['query']>;

export const utilisation = (community: string, by: NonNullable<Asked['by']>, asked: Asked) =>
	take(getUtilisation({ path: { community }, query: { ...asked, by } }));
export const usesBehind = (community: string, query: NonNullable<ListUsesBehindData['query']>) => take(listUsesBehind({ path: { community }, query }));

export const idleHours = (community: string) => take(listIdleHours({ path: { community } }));
export const offerIdleHours = (space_id: string, body: NewIdleOffer) => take(publishIdleOffer({ path: { space_id }, body }));
