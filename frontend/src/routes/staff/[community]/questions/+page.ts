import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { communityQuestions } from '#lib/services/question.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => {
	const signedIn = requireAccount();
	return {
		open: lazy(signedIn.then(() => communityQuestions(params.community, 'open'))),
		answered: lazy(signedIn.then(() => communityQuestions(params.community, 'answered')))
	};
};
