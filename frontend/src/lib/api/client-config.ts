import { firstViewFetch, readAnswers } from './first-view';
import type { CreateClientConfig } from './generated/client.gen';

const answers = typeof document === 'undefined' ? new Map<string, string>() : readAnswers(document.getElementById('first-view')?.textContent);
const send = firstViewFetch(answers, (request) => fetch(request));

/** Same origin, cookie session; how a failure becomes a Problem is set up in ./setup.ts. */
export const createClientConfig: CreateClientConfig = (config) => ({
	...config,
	baseUrl: '',
	throwOnError: true,
	fetch: (input, init) => send(input instanceof Request ? input : new Request(input, init))
});
