/** The public books: funds, their entries and the rules that fill them. */
import { take } from '#lib/api/call.ts';
import { createRoutingRule, getFund, listEntries, listFunds, listRoutingRules } from '#lib/api/generated/sdk.gen.ts';
import type { NewRoutingRule } from '#lib/api/generated/types.gen.ts';

export const funds = (community?: string) => take(listFunds({ query: community ? { community } : {} }));
export const fund = (slug: string) => take(getFund({ path: { fund: slug } }));
export const entries = (slug: string, cursor?: string) => take(listEntries({ path: { fund: slug }, query: cursor ? { cursor } : {} }));
export const rules = (slug: string) => take(listRoutingRules({ path: { community: slug } }));
export const addRule = (slug: string, body: NewRoutingRule) => take(createRoutingRule({ path: { community: slug }, body }));
