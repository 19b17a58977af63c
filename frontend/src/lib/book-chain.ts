/** The chain of a public book and the proof of a purchase, checked on this device; the same rules as `market audit --books`. */
import { cells } from '#lib/books.ts';

const FIRST = '0'.repeat(64);
const HASHED = ['n', 'id', 'time', 'kind', 'label', 'amount', 'currency', 'rule_id', 'rule_version', 'rule_rate_bp', 'seal'];

export interface Head {
	day: string;
	n: number;
	head: string;
}

export type Finding =
	| { kind: 'changed'; line: number; entry: string }
	| { kind: 'removed' | 'twice'; line: number }
	| { kind: 'missing'; from: number; to: number }
	| { kind: 'rewritten'; day: string; from: number; to: number };

export interface ChainCheck {
	/** Up to which line a published head stands for the book. */
	proven: number;
	unsealed: number;
	findings: Finding[];
}

const hex = (bytes: ArrayBuffer) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const bytesOf = (text: string) => new Uint8Array((text.match(/../g) ?? []).map((pair) => parseInt(pair, 16)));
const sha256 = async (...parts: Uint8Array[]) => {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return hex(await crypto.subtle.digest('SHA-256', whole));
};
const utf8 = (text: string) => new TextEncoder().encode(text);

/** "day number head" on each line; # begins a remark. */
export function readHeads(text: string): Head[] {
	return text
		.split('\n')
		.map((line) => (line.split('#', 1)[0] ?? '').trim().split(/\s+/))
		.filter((parts) => parts.length === 3)
		.map(([day = '', n = '0', head = '']) => ({ day, n: Number(n), head }))
		.sort((a, b) => a.n - b.n);
}

function rowsOf(csv: string): Record<string, string>[] {
	const [head = '', ...lines] = csv.replace(/^\ufeff/, '').split(/\r?\n/).filter(Boolean);
	const names = cells(head);
	return lines.map((line) => Object.fromEntries(cells(line).map((cell, at) => [names[at] ?? '', cell])));
}

const linkOf = (before: string, row: Record<string, string>) => {
	const time = `${new Date(row.time ?? '').toISOString().slice(0, 19)}Z`;
	return sha256(utf8([before, ...HASHED.map((name) => (name === 'time' ? time : (row[name] ?? '')))].join('\n')));
};

/** Each line of a downloaded book against its link, and the links against the published heads. */
export async function checkChain(csv: string, heads: readonly Head[]): Promise<ChainCheck> {
	const rows = rowsOf(csv);
	const chained = rows.filter((row) => row.link).sort((a, b) => Number(a.n) - Number(b.n));
	const links = new Map<number, string>();
	const findings: Finding[] = [];
	let last = 0;
	let before = FIRST;
	for (const row of chained) {
		const line = Number(row.n);
		if (line <= last) {
			findings.push({ kind: 'twice', line });
			continue;
		}
		for (let missing = last + 1; missing < line; missing++) findings.push({ kind: 'removed', line: missing });
		if (line === last + 1 && (await linkOf(before, row)) !== row.link) findings.push({ kind: 'changed', line, entry: row.id ?? '' });
		before = row.link ?? '';
		links.set(line, before);
		last = line;
	}
	let proven = 0;
	for (const head of heads) {
		if (links.get(head.n) === head.head) proven = head.n;
		else if (head.n > last) findings.push({ kind: 'missing', from: last + 1, to: head.n });
		else findings.push({ kind: 'rewritten', day: head.day, from: proven + 1, to: head.n });
	}
	return { proven, unsealed: rows.length - chained.length, findings };
}

export interface Proof {
	days: { day: string; from_id: number; upto_id: number; count: number; root: string; before: string; head: string }[];
	entries: { id: number; day: string; text: string; before: string; path: [string, string][] }[];
}

/** Every entry of a proof against the head that was published for its day. */
export async function checkProof(proof: Proof, published: readonly Head[]): Promise<{ entries: number; day: string; head: string; holds: boolean }> {
	let holds = proof.entries.length > 0;
	for (const day of proof.days) {
		const head = await sha256(bytesOf(day.before), utf8(`${day.day} ${String(day.from_id)} ${String(day.upto_id)} ${String(day.count)} `), bytesOf(day.root));
		if (head !== day.head || published.find((it) => it.day === day.day)?.head !== head) holds = false;
	}
	for (const entry of proof.entries) {
		let hash = await sha256(bytesOf(entry.before), utf8(entry.text));
		for (const [side, other] of entry.path) hash = side === 'left' ? await sha256(bytesOf(other), bytesOf(hash)) : await sha256(bytesOf(hash), bytesOf(other));
		if (proof.days.find((day) => day.day === entry.day)?.root !== hash) holds = false;
	}
	const newest = proof.days.at(-1);
	return { entries: proof.entries.length, day: newest?.day ?? '', head: newest?.head ?? '', holds };
}
