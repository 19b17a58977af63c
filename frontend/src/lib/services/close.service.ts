/** The monthly close of a community, and what its enterprises spend. */
import { take } from '#lib/api/call.ts';
import { OWN_REFUSALS } from '#lib/api/problem.ts';
import { listCloses, prepareClose, recordCost, reopenClose, signClose } from '#lib/api/generated/sdk.gen.ts';
import type { NewCost, Reopening } from '#lib/api/generated/types.gen.ts';
import { m } from '#lib/paraglide/messages.js';

OWN_REFUSALS['figures-changed'] = m.problem_figures_changed;

export const closes = (community: string) => take(listCloses({ path: { community } }));
export const prepare = (community: string, month: string) => take(prepareClose({ path: { community }, body: { month } }));
export const sign = (close_id: string, password: string) => take(signClose({ path: { close_id }, body: { password } }));
export const reopen = (close_id: string, body: Reopening) => take(reopenClose({ path: { close_id }, body }));
export const spend = (enterprise: string, key: string, body: NewCost) =>
	take(recordCost({ path: { enterprise }, body, headers: { 'Idempotency-Key': key } }));

/** The report of a month: the close that stands, else the newest that was reopened. */
export async function report(community: string, month: string) {
	const found = (await closes(community)).items.filter((it) => it.month === month);
	return found.find((it) => it.status !== 'reopened') ?? found[0] ?? null;
}
