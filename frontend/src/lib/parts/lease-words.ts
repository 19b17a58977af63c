/** What can become of a deposit, in words. */
import type { DepositAct } from '#lib/api/generated/types.gen.ts';
import { m } from '#lib/paraglide/messages.js';

const ACTS: Record<DepositAct['act'], () => string> = { held: m.lease_deposit_came, returned: m.lease_deposit_returned, kept: m.lease_deposit_kept };
export const depositAct = (act: string) => ACTS[act as DepositAct['act']]?.() ?? act;
