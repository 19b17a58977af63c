/** Giving on the site: to a fund or a campaign of it, and what I gave. */
import { take } from '#lib/api/call.ts';
import { getGiving, getMyGiving, giveOnline, hideGift, listMyStandingGifts, listOnlineGifts, startStandingGift, stopStandingGift } from '#lib/api/generated/sdk.gen.ts';
import type { MyStandingGifts, NewOnlineGift, NewStandingGift, Order } from '#lib/api/generated/types.gen.ts';
import { OWN_REFUSALS } from '#lib/api/problem.ts';
import { m } from '#lib/paraglide/messages.js';
import { once } from './checkout.service.ts';

Object.assign(OWN_REFUSALS, { 'too-many-monthly-gifts': m.problem_many_monthly });

export const giving = (fund: string) => take(getGiving({ path: { fund } }));
export const myGiving = () => take(getMyGiving());
export const onlineGifts = (fund: string) => take(listOnlineGifts({ path: { fund } }));
export const showGift = (order_id: string, is_hidden: boolean) => take(hideGift({ path: { order_id }, body: { is_hidden } }));

/** The same gift again (double tap, lost answer) is the same order. */
export const give = (fund: string, body: NewOnlineGift): Promise<Order> =>
	once(`give:${fund}:${JSON.stringify(body)}`, (key) => take(giveOnline({ path: { fund }, body, headers: { 'Idempotency-Key': key } })));

/** A gift every month: nothing is charged, each month a message asks for it. */
export const giveMonthly = (fund: string, body: NewStandingGift): Promise<MyStandingGifts> =>
	once(`monthly:${fund}:${JSON.stringify(body)}`, (key) => take(startStandingGift({ path: { fund }, body, headers: { 'Idempotency-Key': key } })));
export const myMonthly = () => take(listMyStandingGifts());
export const stopMonthly = (standing_id: string) => take(stopStandingGift({ path: { standing_id } }));

/** The wishes of the form as one value: a campaign, a purpose, or nothing. */
export function destination(chosen: string): Pick<NewOnlineGift, 'purpose' | 'campaign_id'> {
	if (chosen.startsWith('campaign:')) return { campaign_id: chosen.slice('campaign:'.length) };
	return chosen.startsWith('purpose:') ? { purpose: chosen.slice('purpose:'.length) } : {};
}

/** Minor units of what was written, null where it is no amount within the limits. */
export function within(minor: number | null, terms: { least: { amount: number }; most: { amount: number } }): number | null {
	return minor !== null && minor >= terms.least.amount && minor <= terms.most.amount ? minor : null;
}
