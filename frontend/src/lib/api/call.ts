/** The one way to the server: adds the CSRF token and the language, turns every failure into a Problem. */
import { getLocale } from '#lib/paraglide/runtime.js';
import { offline } from '#lib/offline/offline.svelte.ts';
import { session } from '#lib/state/session.svelte.ts';
import { client } from './generated/client.gen';
import { Problem, type ProblemDocument } from './problem';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

client.interceptors.request.use(async (request) => {
	request.headers.set('Accept-Language', getLocale());
	if (!SAFE.has(request.method)) {
		await session.ready();
		// What was kept for times without a network has no token.
		if (session.account && !session.csrf) await session.reload().catch(() => undefined);
		if (session.csrf) request.headers.set('X-CSRF-Token', session.csrf);
	}
	return request;
});

client.interceptors.response.use((response) => {
	offline.note(response);
	return response;
});

client.interceptors.error.use((error, response) => {
	if (!response) return new Problem(0);
	if (response.status === 401) session.forget();
	// Another tab may have signed in anew: with the fresh token the next press works.
	if (response.status === 403 && session.csrf) session.reload().catch(() => undefined);
	return new Problem(response.status, typeof error === 'object' && error ? (error as ProblemDocument) : {});
});

/** The data of an answer; a failure has been thrown as Problem before. */
export async function take<Answer extends { data: unknown }>(answer: Promise<Answer>): Promise<Exclude<Answer['data'], undefined>> {
	return (await answer).data as Exclude<Answer['data'], undefined>;
}

/** Starts loading without waiting; a failure is shown where the data is shown, not in the console. */
export function lazy<Value>(promise: Promise<Value>): Promise<Value> {
	promise.catch(() => undefined);
	return promise;
}
