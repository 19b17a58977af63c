/** Cards with units (passes): what a buyer has left, and what a partner sells as one. */
import { take } from '#lib/api/call.ts';
import { definePassKind, listMyPasses, listPassKinds } from '#lib/api/generated/sdk.gen.ts';
import type { NewPassKind } from '#lib/api/generated/types.gen.ts';

export const myCards = () => take(listMyPasses());
export const cardKinds = (partner: string) => take(listPassKinds({ path: { partner } }));
/** From now on; what was sold before stays as it was announced. */
export const defineCard = (partner: string, body: NewPassKind) => take(definePassKind({ path: { partner }, body }));
