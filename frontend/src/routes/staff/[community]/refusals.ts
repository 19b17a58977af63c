/** Refusals that only the pages of staff meet. */
import { OWN_REFUSALS } from '#lib/api/problem.ts';
import { m } from '#lib/paraglide/messages.js';

Object.assign(OWN_REFUSALS, {
	'month-closed': m.problem_month_closed,
	'already-decided': m.problem_already_decided,
	'gift-used': m.problem_gift_used,
	'second-person': m.problem_second_person,
	'consent-missing': m.problem_consent_missing,
	'still-announced': m.problem_still_announced,
	'fund-too-low': m.problem_fund_too_low,
	'month-full': m.problem_month_full,
	'request-closed': m.problem_request_closed,
	'already-counted': m.problem_already_counted,
	'payout-not-ready': m.problem_payout_not_ready,
	'case-closed': m.problem_case_closed,
	'rates-add-up': m.problem_rates_add_up,
	'not-waiting': m.problem_not_waiting,
	'handed-out': m.problem_handed_out,
	'from-another-calendar': m.problem_from_another_calendar
});
