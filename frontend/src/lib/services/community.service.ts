/** Communities, and what their staff do at the desk. */
import { take } from '#lib/api/call.ts';
import {
	appointStaff,
	decideResidency,
	dismissStaff,
	getCommunity,
	listCommunities,
	listDeskOrders,
	listResidencyRequests,
	listStaff,
	recordDeskPayment
} from '#lib/api/generated/sdk.gen.ts';
import type { Appointment, DeskPayment, ResidencyDecision } from '#lib/api/generated/types.gen.ts';

/** All places, districts and streets too. */
export const places = async () => (await take(listCommunities())).items;

/** Only places where people live; districts and streets are for supervisors. */
export async function communities() {
	const all = await places();
	return all.filter((it) => it.kind === 'community');
}

export const community = (slug: string) => take(getCommunity({ path: { community: slug } }));
export const residencyRequests = (slug: string) => take(listResidencyRequests({ query: { community: slug } }));
export const decide = (request_id: string, body: ResidencyDecision) => take(decideResidency({ path: { request_id }, body }));
export const deskOrders = (slug: string) => take(listDeskOrders({ path: { community: slug } }));

/** One order is paid once: its own id is the key. */
export const takeCash = (order_id: string, body: DeskPayment) =>
	take(recordDeskPayment({ path: { order_id }, body, headers: { 'Idempotency-Key': `desk-${order_id}` } }));

export const staff = (slug: string) => take(listStaff({ path: { community: slug } }));
export const appoint = (slug: string, body: Appointment) => take(appointStaff({ path: { community: slug }, body }));
export const dismiss = (slug: string, role_id: string, password: string) => take(dismissStaff({ path: { community: slug, role_id }, body: { password } }));
