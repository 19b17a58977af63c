/** Who is signed in on this device. The session itself is a cookie no script can read; here is only what the page shows. */
import { getMe } from '#lib/api/generated/sdk.gen.ts';
import type { Account, SignedIn } from '#lib/api/generated/types.gen.ts';
import { offline } from '#lib/offline/offline.svelte.ts';

/** Remembers that there may be a session, so that a visitor's page asks nothing that is answered with 401. */
const HINT = 'market.signed-in';

function storage(act: (store: Storage) => unknown): unknown {
	try {
		return act(localStorage);
	} catch {
		return null;
	}
}

class Session {
	account = $state.raw<Account | null>(null);
	csrf = '';
	#loading: Promise<void> | null = null;

	/** Resolves when it is known who is signed in; asks the server at most once. */
	ready(): Promise<void> {
		if (this.account || storage((store) => store.getItem(HINT)) !== '1') return Promise.resolve();
		this.#loading ??= getMe({ throwOnError: true }).then(
			({ data }) => this.take(data),
			() => {
				this.#loading = null;
			}
		);
		return this.#loading;
	}

	/** Asks again who is signed in, after something about the account has changed. */
	async reload(): Promise<void> {
		const { data } = await getMe({ throwOnError: true });
		this.take(data);
	}

	take(answer: SignedIn): void {
		this.account = answer.account;
		storage(() => offline.belongsTo(answer.account.id));
		if (answer.csrf_token) this.csrf = answer.csrf_token;
		storage((store) => store.setItem(HINT, '1'));
	}

	forget(): void {
		this.account = null;
		this.csrf = '';
		this.#loading = null;
		storage((store) => store.removeItem(HINT));
		storage(() => offline.forgetOwn());
	}

	get isStaff(): boolean {
		return (this.account?.roles.length ?? 0) > 0;
	}

	get isPartner(): boolean {
		return (this.account?.partners.length ?? 0) > 0;
	}

	isResidentOf(community: string): boolean {
		return this.account?.residencies.some((it) => it.community === community && it.status === 'verified') ?? false;
	}
}

export const session = new Session();
