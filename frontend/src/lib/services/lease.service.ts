/** Leases: what staff let, what a partner leases, and the statement of each month. */
import { take } from '#lib/api/call.ts';
import { addLeaseDocument, createLease, endLease, indexLease, listLeases, listPartnerLeases, listPartners, recordDeposit, recordLeasePayment } from '#lib/api/generated/sdk.gen.ts';
import { OWN_REFUSALS } from '#lib/api/problem.ts';
import { m } from '#lib/paraglide/messages.js';
import type { DepositAct, LeaseEnd, NewIndexation, NewLease } from '#lib/api/generated/types.gen.ts';

export const leases = (community: string) => take(listLeases({ path: { community } }));
export const partnerLeases = (partner: string) => take(listPartnerLeases({ path: { partner } }));
export const partnersHere = (community: string) => take(listPartners({ query: { community } }));

export const makeLease = (space_id: string, body: NewLease) => take(createLease({ path: { space_id }, body }));
export const stopLease = (lease_id: string, body: LeaseEnd) => take(endLease({ path: { lease_id }, body }));
export const takePayment = (statement_id: string) => take(recordLeasePayment({ path: { statement_id } }));
export const moveDeposit = (lease_id: string, body: DepositAct, key: string) => take(recordDeposit({ path: { lease_id }, body, headers: { 'Idempotency-Key': key } }));
/** A paper for a lease; `replaces` is the id of the one it takes the place of, or empty. */
export const addPaper = (lease_id: string, body: { document: File; kind: string; title: string; replaces: string }) => take(addLeaseDocument({ path: { lease_id }, body }));
export const indexRent = (lease_id: string, body: NewIndexation) => take(indexLease({ path: { lease_id }, body }));

Object.assign(OWN_REFUSALS, {
	'document-too-large': m.problem_document_large,
	'not-a-document': m.problem_not_a_document,
	'already-replaced': m.problem_paper_replaced,
	'too-many-documents': m.problem_papers_many
});
