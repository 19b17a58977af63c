/** Teachers of a partner and equipment of a community: what sessions take besides their room. */
import { take } from '#lib/api/call.ts';
import { addEquipment, addTeacher, changeResource, listEquipment, listTeachers } from '#lib/api/generated/sdk.gen.ts';
import type { ChangedResource, NewEquipment, Resource, Space } from '#lib/api/generated/types.gen.ts';
import { spaces } from './space.service.ts';

export const equipment = (community: string) => take(listEquipment({ path: { community } }));
export const teachers = (partner: string) => take(listTeachers({ path: { partner } }));
export const enterEquipment = (community: string, body: NewEquipment) => take(addEquipment({ path: { community }, body }));
export const enterTeacher = (partner: string, name: string) => take(addTeacher({ path: { partner }, body: { name } }));
export const editResource = (resource_id: string, body: ChangedResource) => take(changeResource({ path: { resource_id }, body }));

export interface Choices {
	rooms: Space[];
	teachers: Resource[];
	equipment: Resource[];
}

/** What a session of a partner in a community may name. */
export async function choices(partner: string, community: string): Promise<Choices> {
	const [rooms, people, things] = await Promise.all([spaces(community), teachers(partner), equipment(community)]);
	return { rooms: rooms.items, teachers: people.items.filter((it) => it.is_active), equipment: things.items.filter((it) => it.is_active) };
}
