/** Asking for money of a fund, deciding about it, paying it, and what it did. */
import { take } from '#lib/api/call.ts';
import { OWN_REFUSALS } from '#lib/api/problem.ts';
import {
	addSpendingPaper,
	changeSpending,
	decideSpending,
	getCharter,
	getRelief,
	getSpending,
	listPublicSpending,
	listSpending,
	paySpending,
	recordOutcome,
	requestRelease,
	requestSpending,
	withdrawSpending
} from '#lib/api/generated/sdk.gen.ts';
import type { NewDecision, NewOutcome, NewPayment, NewRelease, NewSpending } from '#lib/api/generated/types.gen.ts';
import { m } from '#lib/paraglide/messages.js';

Object.assign(OWN_REFUSALS, {
	'consent-missing': m.problem_consent_missing,
	'still-announced': m.problem_still_announced,
	'fund-too-low': m.problem_fund_too_low,
	'request-closed': m.problem_request_closed,
	'month-full': m.problem_month_full
});

export const charter = (fund: string) => take(getCharter({ path: { fund } }));
export const relief = (fund: string) => take(getRelief({ path: { fund } }));
export const publicSpending = (fund: string) => take(listPublicSpending({ path: { fund } }));
export const requests = (community: string) => take(listSpending({ path: { community } }));
export const request = (request_id: string) => take(getSpending({ path: { request_id } }));

export const ask = (fund: string, key: string, body: NewSpending) =>
	take(requestSpending({ path: { fund }, body, headers: { 'Idempotency-Key': key } }));
export const askRelease = (fund: string, key: string, body: NewRelease) =>
	take(requestRelease({ path: { fund }, body, headers: { 'Idempotency-Key': key } }));
export const change = (request_id: string, body: NewSpending) => take(changeSpending({ path: { request_id }, body }));
export const withdraw = (request_id: string) => take(withdrawSpending({ path: { request_id } }));
export const decide = (request_id: string, body: NewDecision) => take(decideSpending({ path: { request_id }, body }));
export const pay = (request_id: string, body: NewPayment) => take(paySpending({ path: { request_id }, body }));
export const tell = (request_id: string, body: NewOutcome) => take(recordOutcome({ path: { request_id }, body }));
export const addPaper = (request_id: string, photo: File, paper: string) => take(addSpendingPaper({ path: { request_id }, body: { photo, paper, alt: '' } }));
