import type { HandleClientError } from '@sveltejs/kit/hooks';
import { explain } from '#lib/api/problem.ts';
import { startLanguage } from '#lib/language.ts';
import { prefs } from '#lib/state/prefs.svelte.ts';

startLanguage();
prefs.apply();

/** Every error that reaches the error page is first put into a sentence. */
export const handleError: HandleClientError = ({ error }) => {
	const told = explain(error);
	return { status: told.status || 503, message: told.text, title: told.title };
};
