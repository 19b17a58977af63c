/** Paying partners out, their money and statements, desks and comparisons with bank and card provider. */
import { take } from '#lib/api/call.ts';
import {
	checkOnboarding,
	confirmPayoutRun,
	countDesk,
	depositCash,
	getDeskDay,
	getPartnerMoney,
	getPayoutPlan,
	getPayoutRun,
	getStatement,
	handOutCash,
	importBankStatement,
	listDeskRefunds,
	listReconciliations,
	onboardPartner,
	setBankAccount,
	setPayoutPolicy,
	takeBankFile
} from '#lib/api/generated/sdk.gen.ts';
import type { BankAccount, Deposit, DeskCount, PayoutConfirmation, PayoutPolicy } from '#lib/api/generated/types.gen.ts';
import { once } from './checkout.service.ts';

export const plan = (community: string, cursor?: string) =>
	take(getPayoutPlan({ path: { community }, query: cursor ? { cursor } : {} }));
export const setPolicy = (community: string, body: PayoutPolicy) => take(setPayoutPolicy({ path: { community }, body }));
export const run = (run_id: string) => take(getPayoutRun({ path: { run_id } }));
export const confirmRun = (run_id: string, body: PayoutConfirmation) => take(confirmPayoutRun({ path: { run_id }, body }));

/** Fetches the file for the bank and hands it to the browser as a download. */
export async function downloadBankFile(run_id: string): Promise<void> {
	const file = await take(takeBankFile({ path: { run_id } }));
	const address = URL.createObjectURL(new Blob(['\ufeff', file.content], { type: 'text/csv' }));
	const link = document.createElement('a');
	link.href = address;
	link.download = file.name;
	link.click();
	URL.revokeObjectURL(address);
}

export const partnerMoney = (partner: string) => take(getPartnerMoney({ path: { partner } }));
export const saveAccount = (partner: string, body: BankAccount) => take(setBankAccount({ path: { partner }, body }));
export const onboard = (partner: string) => take(onboardPartner({ path: { partner } }));
export const checkAccount = (partner: string) => take(checkOnboarding({ path: { partner } }));
export const statement = (partner: string, month: string) => take(getStatement({ path: { partner, month } }));

/** Cash that was given back and waits at the desk for its buyers. */
export const cashToHandOut = (community: string) => take(listDeskRefunds({ path: { community } }));
export const handOut = (community: string, refund_id: string) => take(handOutCash({ path: { community, refund_id } }));
export const deskDay = (community: string) => take(getDeskDay({ path: { community } }));
export const count = (community: string, body: DeskCount) => take(countDesk({ path: { community }, body }));

/** Cash to the bank; the same request again acts once. */
export const deposit = (community: string, body: Deposit) =>
	once(`deposit:${community}:${JSON.stringify(body)}`, (key) =>
		take(depositCash({ path: { community }, body, headers: { 'Idempotency-Key': key } }))
	);

export const comparisons = (community: string) => take(listReconciliations({ path: { community } }));
export const compareBank = (community: string, text: string) => take(importBankStatement({ path: { community }, body: { text } }));
