/** The public books: funds, their entries and the rules that fill them. */
import { take } from '#lib/api/call.ts';
import { createRoutingRule, decideRuleDraft, getFund, getFundTotals, listEntries, listFunds, listRoutingRules, listRuleDrafts, previewRule } from '#lib/api/generated/sdk.gen.ts';
import type { BookFilter } from '#lib/routes.ts';
import type { NewRoutingRule, RuleDecision, RuleTrial } from '#lib/api/generated/types.gen.ts';

export const funds = (community?: string) => take(listFunds({ query: community ? { community } : {} }));
export const fund = (slug: string) => take(getFund({ path: { fund: slug } }));
export const entries = (slug: string, cursor?: string, filter: BookFilter = {}) =>
	take(listEntries({ path: { fund: slug }, query: { ...filter, ...(cursor ? { cursor } : {}) } }));
/** What came in and went out in a period, by kind. */
export const totals = (slug: string, { from, to }: BookFilter) => take(getFundTotals({ path: { fund: slug }, query: { ...(from ? { from } : {}), ...(to ? { to } : {}) } }));
export const rules = (slug: string) => take(listRoutingRules({ path: { community: slug } }));
/** A proposal: nothing changes before somebody else approves it. */
export const proposeRule = (slug: string, body: NewRoutingRule) => take(createRoutingRule({ path: { community: slug }, body }));
export const ruleDrafts = (slug: string) => take(listRuleDrafts({ path: { community: slug } }));
export const decideRule = (draft_id: string, body: RuleDecision) => take(decideRuleDraft({ path: { draft_id }, body }));
/** Last month's sales under another rate. */
export const ruleImpact = (slug: string, body: RuleTrial) => take(previewRule({ path: { community: slug }, body }));
