/** Refusals that only the pages of staff meet. */
import { OWN_REFUSALS } from '#lib/api/problem.ts';
import { m } from '#lib/paraglide/messages.js';

Object.assign(OWN_REFUSALS, { 'month-closed': m.problem_month_closed, 'already-decided': m.problem_already_decided, 'gift-used': m.problem_gift_used });
