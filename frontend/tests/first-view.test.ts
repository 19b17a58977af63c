import { describe, expect, test } from 'vitest';
import { firstViewFetch, readAnswers, sameAddress } from '../src/lib/api/first-view';

const get = (url: string, init?: RequestInit) => new Request(`http://page.test${url}`, init);
const refuse = (() => Promise.reject(new Error('asked the server'))) as typeof fetch;

describe('the answers that came with the page', () => {
	test('are found whatever the order of the parameters', async () => {
		const answers = readAnswers('{"/api/search?limit=3&kind=space":{"items":[1]}}');
		const answer = await firstViewFetch(answers, refuse)(get('/api/search?kind=space&limit=3'));
		expect(await answer.json()).toEqual({ items: [1] });
		expect(answer.headers.get('Content-Type')).toBe('application/json');
	});

	test('are used once: whoever asks again gets what is true then', async () => {
		const send = firstViewFetch(readAnswers('{"/api/funds":{"items":[]}}'), refuse);
		await send(get('/api/funds'));
		await expect(send(get('/api/funds'))).rejects.toThrow('asked the server');
	});

	test('answer dates from now on, which the server cannot know, but no other parameter', async () => {
		const answers = () => readAnswers('{"/api/listings/1/offers":{"items":[2]}}');
		const dated = await firstViewFetch(answers(), refuse)(get('/api/listings/1/offers?from=2026-11-27T00:00:00Z&to=2026-12-25T00:00:00Z'));
		expect(await dated.json()).toEqual({ items: [2] });
		await expect(firstViewFetch(answers(), refuse)(get('/api/listings/1/offers?cursor=x'))).rejects.toThrow();
	});

	test('never answer a change', async () => {
		await expect(firstViewFetch(readAnswers('{"/api/orders":{}}'), refuse)(get('/api/orders', { method: 'POST' }))).rejects.toThrow();
	});

	test('are none where the block is missing or broken', () => {
		expect(readAnswers(null).size).toBe(0);
		expect(readAnswers('{"cut').size).toBe(0);
	});

	test('Chinese words are the same in both ways of writing them', () => {
		expect(sameAddress('/api/search?q=%E7%91%9C%E4%BC%BD')).toBe(sameAddress('/api/search?q=瑜伽'));
	});
});
