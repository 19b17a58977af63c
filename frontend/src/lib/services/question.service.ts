/** Questions of residents about entries of the public books, and what staff answer. */
import { take } from '#lib/api/call.ts';
import { answerFundQuestion, askAboutEntry, listFundQuestions } from '#lib/api/generated/sdk.gen.ts';
import { OWN_REFUSALS } from '#lib/api/problem.ts';
import { m } from '#lib/paraglide/messages.js';

OWN_REFUSALS['asked-already'] = m.problem_asked_already;

export const questions = (fund: string, cursor?: string) => take(listFundQuestions({ query: { fund, ...(cursor ? { cursor } : {}) } }));
export const communityQuestions = (community: string, status: 'open' | 'answered', cursor?: string) =>
	take(listFundQuestions({ query: { community, status, ...(cursor ? { cursor } : {}) } }));
export const askAbout = (fund: string, entry: number, question: string) => take(askAboutEntry({ path: { fund }, body: { entry, question } }));
/** With `remove` the question leaves the page, and the text says why. */
export const answerQuestion = (question_id: string, answer: string, remove = false) => take(answerFundQuestion({ path: { question_id }, body: { answer, remove } }));
