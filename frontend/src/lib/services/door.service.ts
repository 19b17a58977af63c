/** Checking in and out at the door of a space. */
import { take } from '#lib/api/call.ts';
import { getDoor, renewDoorKey, visitDoor } from '#lib/api/generated/sdk.gen.ts';

export const door = (space_id: string, key: string) => take(getDoor({ path: { space_id }, query: { key } }));
/** Either one's own booking by its line, or any by its code. */
export const visit = (space_id: string, key: string, action: 'in' | 'out', of: { line_id: string } | { code: string }) =>
	take(visitDoor({ path: { space_id }, body: { action, key, ...of } }));
export const renewDoor = (space_id: string) => take(renewDoorKey({ path: { space_id } }));
