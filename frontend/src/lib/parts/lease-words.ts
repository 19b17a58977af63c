/** What can become of a deposit, and what papers of a lease are, in words. */
import type { DepositAct } from '#lib/api/generated/types.gen.ts';
import { m } from '#lib/paraglide/messages.js';

const ACTS: Record<DepositAct['act'], () => string> = { held: m.lease_deposit_came, returned: m.lease_deposit_returned, kept: m.lease_deposit_kept };
export const depositAct = (act: string) => ACTS[act as DepositAct['act']]?.() ?? act;

export const PAPER_KINDS = ['contract', 'handover', 'insurance', 'other'];
const PAPERS: Record<string, () => string> = { contract: m.paper_contract, handover: m.paper_handover, insurance: m.paper_insurance, other: m.paper_other };
export const paperKind = (kind: string) => PAPERS[kind]?.() ?? kind;
