/** What stands in inputs and what it means: wall-clock times and amounts, both ways. */

/** The zone of the communities. */
const ZONE = 'Asia/Shanghai';

/** The instant of a wall-clock time ("2026-11-22T14:00" or a bare day) in `zone`. */
export function fromWall(local: string, zone = ZONE): string {
	const asUtc = Date.parse(`${local.length === 10 ? `${local}T00:00` : local}Z`);
	const shown = (at: number) => Date.parse(`${toWall(new Date(at).toISOString(), zone)}Z`);
	const guess = asUtc - (shown(asUtc) - asUtc);
	return new Date(guess - (shown(guess) - asUtc)).toISOString();
}

/** The other way round, as an input of type datetime-local wants it. */
export function toWall(iso: string, zone = ZONE): string {
	const parts = new Intl.DateTimeFormat('en-GB', {
		timeZone: zone,
		year: 'numeric',
		month: '2-digit',
		day: '2-digit',
		hour: '2-digit',
		minute: '2-digit',
		hourCycle: 'h23'
	}).formatToParts(new Date(iso));
	const part = (type: string) => parts.find((it) => it.type === type)?.value ?? '00';
	return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

/** "12.5" → 1250 minor units, without floating point; null for what is no amount. */
export function parseMoney(text: string): number | null {
	const found = /^\s*(\d{1,7})(?:[.。](\d{1,2}))?\s*$/.exec(text.normalize('NFKC'));
	return found ? Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0')) : null;
}

/** 1250 → "12.50", as it stands in an input. */
export function moneyInput(minor: number): string {
	return `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
}
