/** Who comes to what is bought: the buyer, somebody of the family who agreed, or a guest with a name. */
import type { Guest, GuestRef } from '#lib/api/generated/types.gen.ts';

export interface Comer {
	other: boolean;
	link: string | null;
	name: string;
	phone: string;
}

export const MYSELF: Comer = { other: false, link: null, name: '', phone: '' };

/** What the price depends on. */
export const guestRef = (comer: Comer): GuestRef | undefined => (comer.other ? { link_id: comer.link } : undefined);

/** What the order keeps. */
export const guestOf = (comer: Comer): Guest | undefined =>
	comer.other ? { name: comer.name.trim(), phone: comer.phone.trim(), link_id: comer.link } : undefined;
