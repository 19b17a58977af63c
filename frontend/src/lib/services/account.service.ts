/** Signing in and out, the account and what belongs to it. */
import { take } from '#lib/api/call.ts';
import {
	askPasswordReset,
	changeMe,
	createAccount,
	createToken,
	deleteMe,
	listTokens,
	requestResidency,
	resetPassword,
	revokeToken,
	signIn as postSession,
	signOut as deleteSession
} from '#lib/api/generated/sdk.gen.ts';
import type { Account, ChangedAccount, Credentials, NewAccount, NewPassword, NewResidency, NewToken } from '#lib/api/generated/types.gen.ts';
import { Problem } from '#lib/api/problem.ts';
import { outbox } from '#lib/offline/outbox.svelte.ts';
import { session } from '#lib/state/session.svelte.ts';

export async function signIn(body: Credentials): Promise<void> {
	session.take(await take(postSession({ body })));
}

export async function signUp(body: NewAccount): Promise<void> {
	session.take(await take(createAccount({ body })));
}

export async function askForCode(login: string): Promise<void> {
	await take(askPasswordReset({ body: { login } }));
}

export async function setPassword(body: NewPassword): Promise<void> {
	session.take(await take(resetPassword({ body })));
}

export async function signOut(): Promise<void> {
	await take(deleteSession());
	session.forget();
	outbox.clear();
}

/** The signed-in account; throws 401 where there is none. */
export async function requireAccount(): Promise<Account> {
	await session.ready();
	if (!session.account) throw new Problem(401);
	return session.account;
}

export async function changeAccount(body: ChangedAccount): Promise<void> {
	session.take(await take(changeMe({ body })));
}

export async function deleteAccount(password: string): Promise<void> {
	await take(deleteMe({ body: { password } }));
	session.forget();
	outbox.clear();
}

export async function askForResidency(body: NewResidency): Promise<void> {
	await take(requestResidency({ body }));
	await session.reload();
}

export const tokens = () => take(listTokens());
export const makeToken = (body: NewToken) => take(createToken({ body }));
export const dropToken = (token_id: string) => take(revokeToken({ path: { token_id } }));
