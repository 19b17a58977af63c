/** The monthly close of a community, and what its enterprises spend. */
import { take } from '#lib/api/call.ts';
import { OWN_REFUSALS, Problem } from '#lib/api/problem.ts';
import { listCloses, prepareClose, readMonthReport, recordCost, reopenClose, signClose } from '#lib/api/generated/sdk.gen.ts';
import type { NewCost, Reopening, Report } from '#lib/api/generated/types.gen.ts';
import { m } from '#lib/paraglide/messages.js';

OWN_REFUSALS['figures-changed'] = m.problem_figures_changed;

export const closes = (community: string) => take(listCloses({ path: { community } }));
export const prepare = (community: string, month: string) => take(prepareClose({ path: { community }, body: { month } }));
export const sign = (close_id: string, password: string) => take(signClose({ path: { close_id }, body: { password } }));
export const reopen = (close_id: string, body: Reopening) => take(reopenClose({ path: { close_id }, body }));
export const spend = (enterprise: string, key: string, body: NewCost) =>
	take(recordCost({ path: { enterprise }, body, headers: { 'Idempotency-Key': key } }));

/** A month in figures for everybody, closed or not; null before the first entry and after this month. */
export async function report(community: string, month: string): Promise<Report | null> {
	try {
		return await take(readMonthReport({ path: { community, month } }));
	} catch (fault) {
		if (fault instanceof Problem && (fault.status === 404 || fault.status === 422)) return null;
		throw fault;
	}
}

/** What the enterprises' month led to: the close that stands, else the newest that was reopened. */
export async function closeOf(community: string, month: string) {
	const found = (await closes(community)).items.filter((it) => it.month === month);
	return found.find((it) => it.status !== 'reopened') ?? found[0] ?? null;
}
