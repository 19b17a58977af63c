import { describe, expect, test } from 'vitest';
import { checkChain, checkProof, readHeads, type Proof } from '../src/lib/book-chain';

/** Written by the server's own code. */
const BOOK = '\ufeffid,date,time,kind,label,amount,currency,balance,rule_id,rule_version,rule_rate_bp,seal,n,link\r\n2,2026-03-01,2026-03-01T23:53:00+08:00,donation,"瑜伽, ""课""",1.01,CNY,1.01,,,,1,1,4fd8760833ad70352c3d8d02c7537391549c6f8dbc761448b887069f0e5ba767\r\n4,2026-03-01,2026-03-01T23:56:00+08:00,donation,\'+86 x,2.02,CNY,3.03,,,,1,2,2d3e86456eac493fe573b28dcce1cbc522d1e85ce93382d033113072902a22c8\r\n6,2026-03-01,2026-03-01T23:59:00+08:00,donation,a,3.03,CNY,6.06,,,,1,3,d5719b854a78da4ee73c92ae90b16360c9d28fc7240b00351bab9870ed54334a\r\n8,2026-03-02,2026-03-02T00:02:00+08:00,donation,\'=1+1,4.04,CNY,10.10,,,,1,4,a61ae8da5154b699d9432b6de71dd915c9bf7f51d467cc87faceeb89c48ac7f7\r\n';
const LINKS = ['4fd8760833ad70352c3d8d02c7537391549c6f8dbc761448b887069f0e5ba767', '2d3e86456eac493fe573b28dcce1cbc522d1e85ce93382d033113072902a22c8', 'd5719b854a78da4ee73c92ae90b16360c9d28fc7240b00351bab9870ed54334a', 'a61ae8da5154b699d9432b6de71dd915c9bf7f51d467cc87faceeb89c48ac7f7'];
const PROOF = {"days": [{"day": "2026-03-02", "from_id": 1, "upto_id": 3, "count": 3, "root": "f3ca96a31446783a9751b0145ea1fd2e9577f23a06c487b75b2d9f839a171446", "before": "fe14010b4fe83303852f0467c919ef9a7ca089b91e96e3aad7d426dd87079297", "head": "28a0b50a428ef190c8e19d2cdf2ec24d6f9e71f67b82438182bc713319ace491"}], "entries": [{"id": 2, "day": "2026-03-02", "text": "[\"二\"]", "before": "410fc2b12ff6341aba1d7f0cdb8e9f91132fd3f65b1bd2d523d51a9cf0904144", "path": [["left", "410fc2b12ff6341aba1d7f0cdb8e9f91132fd3f65b1bd2d523d51a9cf0904144"], ["right", "c36fa25218cd166182c893bdfd17546af4585387bcc8433248d0cf2030e225b0"]]}, {"id": 3, "day": "2026-03-02", "text": "[\"三\"]", "before": "9111c1b744fcacc6103796e636191eb44fd90e241c080b908c8aa54862313f59", "path": [["left", "57fff5e3d94b246cd1abfcc02b68a21bb47eb2096a07421784be588a832c749a"]]}]} as Proof;

const heads = (...at: number[]) => readHeads(`# x\n${at.map((n) => `2026-03-02 ${n} ${LINKS[n - 1]}`).join('\n')}\n`);
const lines = BOOK.split('\r\n');
const found = async (text: string, ...at: number[]) => (await checkChain(text, heads(...at))).findings;

describe('the chain of a downloaded book', () => {
	test('is the one that the server made, whatever the labels hold', async () => {
		expect(await checkChain(BOOK, heads(2, 4))).toEqual({ proven: 4, unsealed: 0, findings: [] });
	});

	test('names the line that was changed, removed or stands there twice', async () => {
		expect(await found(BOOK.replace(',2.02,', ',2.03,'), 4)).toEqual([{ kind: 'changed', line: 2, entry: '4' }]);
		expect(await found(lines.filter((_, at) => at !== 3).join('\r\n'), 4)).toEqual([{ kind: 'removed', line: 3 }]);
		expect(await found([...lines.slice(0, 3), lines[2], ...lines.slice(3)].join('\r\n'), 4)).toEqual([{ kind: 'twice', line: 2 }]);
	});

	test('says which lines are missing at the end, and what does not meet a published head', async () => {
		expect(await found(lines.slice(0, 4).join('\r\n'), 4)).toEqual([{ kind: 'missing', from: 4, to: 4 }]);
		expect((await checkChain(BOOK, readHeads(`2026-03-02 2 ${'a'.repeat(64)}`))).findings).toEqual([{ kind: 'rewritten', day: '2026-03-02', from: 1, to: 2 }]);
	});

	test('is not believed for a line without a link', async () => {
		const bare = lines.map((line, at) => (at === 4 ? line.replace(/,4,[0-9a-f]{64}$/, ',,') : line)).join('\r\n');
		expect(await checkChain(bare, heads(3))).toEqual({ proven: 3, unsealed: 1, findings: [] });
	});
});

describe('the proof of a purchase', () => {
	const published = readHeads(`${PROOF.days[0]?.day} 3 ${PROOF.days[0]?.head}`);

	test('leads from each entry to the head of its day', async () => {
		expect(await checkProof(PROOF, published)).toMatchObject({ entries: 2, day: '2026-03-02', holds: true });
	});

	test('fails for another text, another day and a head that nobody published', async () => {
		const entries = PROOF.entries.map((it) => ({ ...it, text: '["九"]' }));
		expect((await checkProof({ ...PROOF, entries }, published)).holds).toBe(false);
		expect((await checkProof(PROOF, [])).holds).toBe(false);
		expect((await checkProof({ days: [], entries: [] }, published)).holds).toBe(false);
	});
});
