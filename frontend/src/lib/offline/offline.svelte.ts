/** What the page knows of its service worker: whether what is shown was kept from earlier, and whether a new version waits. */

const OWN_CACHE = 'own';
const OWNER = 'market.owner';
const HOUR_MS = 3_600_000;

interface TrustedPolicy {
	createScriptURL(url: string): string;
}

interface TrustedTypes {
	createPolicy(name: string, rules: { createScriptURL(url: string): string }): TrustedPolicy;
}

let address = '';

/** The one address that may become a worker; its policy may be made once only. */
function workerAddress(): string {
	if (address) return address;
	const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
	const policy = types?.createPolicy('linli-worker', { createScriptURL: () => '/service-worker.js' });
	address = policy?.createScriptURL('') ?? '/service-worker.js';
	return address;
}

class Offline {
	/** When the data in view was kept, as it came without a network; empty when it is fresh. */
	savedAt = $state('');
	/** A new version of the pages has been loaded and waits to be let in. */
	updateWaits = $state(false);
	#started = false;
	#accepted = false;
	#registration: ServiceWorkerRegistration | null = null;
	#checkedAt = Date.now();

	/** Registers the worker; where it cannot be, everything works as before, only not without a network. */
	async start(): Promise<void> {
		if (this.#started || typeof navigator === 'undefined' || !('serviceWorker' in navigator)) return;
		this.#started = true;
		try {
			const registration = await navigator.serviceWorker.register(workerAddress());
			this.#registration = registration;
			if (registration.waiting && navigator.serviceWorker.controller) this.updateWaits = true;
			registration.addEventListener('updatefound', () => this.#follow(registration.installing));
		} catch {
			return; // Private windows and old browsers may refuse.
		}
		navigator.serviceWorker.addEventListener('controllerchange', () => {
			if (this.#accepted) location.reload();
		});
		document.addEventListener('visibilitychange', () => this.#lookForUpdate());
	}

	#follow(worker: ServiceWorker | null): void {
		worker?.addEventListener('statechange', () => {
			if (worker.state === 'installed' && navigator.serviceWorker.controller) this.updateWaits = true;
		});
	}

	#lookForUpdate(): void {
		if (document.hidden || Date.now() - this.#checkedAt < HOUR_MS) return;
		this.#checkedAt = Date.now();
		this.#registration?.update().catch(() => undefined);
	}

	/** The person agreed: the new version takes over and the page is opened anew. */
	acceptUpdate(): void {
		this.#accepted = true;
		this.updateWaits = false;
		if (this.#registration?.waiting) this.#registration.waiting.postMessage({ type: 'take-over' });
		else location.reload();
	}

	later(): void {
		this.updateWaits = false;
	}

	/** Lets the worker keep the code that this page has loaded before the worker was there. */
	async keepCode(): Promise<void> {
		if (typeof navigator === 'undefined' || !('serviceWorker' in navigator) || !this.#registration) return;
		await navigator.serviceWorker.ready;
		const urls = performance.getEntriesByType('resource').map((entry) => entry.name);
		this.#registration.active?.postMessage({ type: 'keep', urls: urls.filter((url) => url.startsWith(location.origin)) });
	}

	/** Looks at every answer: kept ones carry the time. */
	note(answer: Response): void {
		const savedAt = answer.headers.get('x-saved-at') ?? '';
		if (savedAt || this.savedAt) this.savedAt = savedAt;
	}

	/** Throws away what was kept of the person who used this device. */
	forgetOwn(): void {
		this.savedAt = '';
		localStorage.removeItem(OWNER);
		if (typeof caches === 'undefined') return;
		this.#registration?.active?.postMessage({ type: 'forget' });
		caches.delete(OWN_CACHE).catch(() => undefined);
	}

	/** Another person on this device never finds what the one before left. */
	belongsTo(person: string): void {
		const before = localStorage.getItem(OWNER);
		if (before && before !== person) this.forgetOwn();
		localStorage.setItem(OWNER, person);
	}
}

export const offline = new Offline();
