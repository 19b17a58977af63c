/** Checking in and out at the door of a space. */
import { OWN_REFUSALS } from '#lib/api/problem.ts';
import { take } from '#lib/api/call.ts';
import { getDoor, renewDoorKey, visitDoor } from '#lib/api/generated/sdk.gen.ts';
import { m } from '#lib/paraglide/messages.js';

Object.assign(OWN_REFUSALS, {
	'door-early': m.problem_door_early,
	'door-open': m.problem_door_not_in,
	'door-inside': m.problem_door_not_begun,
	'door-left': m.problem_door_left,
	'door-over': m.problem_door_over,
	'voucher-void': m.problem_voucher_void
});

export const door = (space_id: string, key: string) => take(getDoor({ path: { space_id }, query: { key } }));
/** Either one's own booking by its line, or any by its code. */
export const visit = (space_id: string, key: string, action: 'in' | 'out', of: { line_id: string } | { code: string }) =>
	take(visitDoor({ path: { space_id }, body: { action, key, ...of } }));
export const renewDoor = (space_id: string) => take(renewDoorKey({ path: { space_id } }));
