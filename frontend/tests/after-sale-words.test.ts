import { beforeEach, expect, test } from 'vitest';
import { explain, Problem } from '#lib/api/problem.ts';
import { overwriteGetLocale } from '#lib/paraglide/runtime.js';
import { caseFacts, caseResolution } from '#lib/parts/case-words.ts';
import { isOwed } from '#lib/parts/states.ts';
import '../src/routes/staff/[community]/refusals.ts';

beforeEach(() => overwriteGetLocale(() => 'zh-CN'));

test('the facts of a case are amounts, days and reasons as the page writes them', () => {
	expect(caseFacts({ found: '199.40 CNY', expected: '-5.00 CNY', refund: 'an id of ours', reference: '' })).toEqual(['应有：-¥5.00', '实有：¥199.40']);
	expect(caseFacts({ reason: 'expired_or_canceled_card' })).toEqual(['原因：卡已过期或注销']);
	expect(caseFacts({ reason: '户名与账号不符' })).toEqual(['原因：户名与账号不符']);
});

test('how a case ended by itself is told in the language of the page, and what a person wrote as it is', () => {
	expect(caseResolution('The bank kept the money; every share bore it.')).toBe('银行没有退回这笔钱，由各方按比例承担。');
	expect(caseResolution('Paid again by desk.')).toBe('已在服务台退现金。');
	expect(caseResolution('已与商户核对')).toBe('已与商户核对');
});

test('refusals around money say what is wrong', () => {
	const say = (slug: string, status = 409) => explain(new Problem(status, { type: `/problems/${slug}` })).text;
	expect(say('wrong-password', 403)).toBe('密码不对，请再输一遍。');
	expect(say('fund-too-low')).toContain('可支出的钱不够');
	expect(say('second-person', 403)).toContain('另一个人');
	expect(say('already-counted')).toBe('今天已经清点过了。');
	const problem = new Problem(422, { errors: [{ field: 'amount', message: 'is more than this desk has taken: 5.00 CNY' }, { field: 'month', message: 'is not over yet' }] });
	expect(problem.fields).toMatchObject({ amount: '超过了可用的金额', month: '这个月还没有结束' });
});

test('an order whose refund did not arrive is known by its note', () => {
	expect(isOwed('The bank could not pay your refund. The money is yours: ask again here, or come to the desk.')).toBe(true);
	expect(isOwed('')).toBe(false);
});
