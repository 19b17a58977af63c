/** How the place of a booking is written. */
import type { Place } from '#lib/api/generated/types.gen.ts';
import { named } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';

/** "柳园社区 · 柳园路 18 号 · 柳荫瑜伽室 · 2 层": from the large to the small, nothing twice. */
export function placeLine(place: Place): string {
	const room = named({ name: place.room, name_en: place.room_en });
	const street = place.room ? place.address.replace(place.room, '').trim() : place.address;
	const floor = place.floor && m.space_floor({ floor: place.floor });
	return [named({ name: place.community_name, name_en: place.community_name_en }), street, room, floor].filter(Boolean).join(' · ');
}
