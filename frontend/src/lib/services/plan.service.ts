/** What a fund means to spend in a year, beside what was spent. */
import { take } from '#lib/api/call.ts';
import { decideFundPlan, enterFundPlan, getCharter, getFundPlan, listFundPlans } from '#lib/api/generated/sdk.gen.ts';
import type { NewPlan } from '#lib/api/generated/types.gen.ts';

/** The name under which help for families stands in a plan. */
export const RELIEF = 'relief';

export const yearPlan = (fund: string) => take(getFundPlan({ path: { fund } }));
export const plans = (community: string) => take(listFundPlans({ path: { community } }));
/** A proposal: it counts once somebody else has confirmed it. */
export const enterPlan = (fund: string, body: NewPlan) => take(enterFundPlan({ path: { fund }, body }));
export const decidePlan = (plan_id: string, approve: boolean) => take(decideFundPlan({ path: { plan_id }, body: { approve } }));
/** What the fund's charter allows to plan for. */
export const purposesOf = async (fund: string) => [...(await take(getCharter({ path: { fund } }))).purposes, RELIEF];
