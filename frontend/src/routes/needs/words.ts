import { m } from '#lib/paraglide/messages.js';
import type { Tone } from '#lib/ui/Badge.svelte';

const STATUS: Record<string, [() => string, Tone]> = {
	open: [m.need_open, 'warm'],
	taken: [m.need_taken, 'warn'],
	offered: [m.need_offered, 'good'],
	closed: [m.need_closed, 'plain']
};

const CLOSED: Record<string, () => string> = {
	solved: m.need_closed_solved,
	withdrawn: m.need_closed_withdrawn,
	not_possible: m.need_closed_not_possible,
	removed: m.need_closed_removed
};

export const needStatus = (status: string): string => (STATUS[status]?.[0] ?? m.need_closed)();
export const needTone = (status: string): Tone => STATUS[status]?.[1] ?? 'plain';
export const closedAs = (reason: string): string => (CLOSED[reason] ?? m.need_closed)();
