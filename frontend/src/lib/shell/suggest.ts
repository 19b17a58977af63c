/** What the search box proposes: past searches of this device and the server's answers as one list. */
import type { Suggestion } from '#lib/api/generated/types.gen.ts';
import { m } from '#lib/paraglide/messages.js';
import { routes } from '#lib/routes.ts';
import type { IconName } from '#lib/ui/icons.ts';

export interface Proposal {
	text: string;
	kind: 'past' | 'category' | 'service' | 'space' | 'partner';
	href: string;
}

const PAST_WHILE_TYPING = 2;
const MOST = 8;

function hrefOf(found: Suggestion): string {
	if (found.kind === 'category') return routes.search({ category: found.id ?? '' });
	if (found.kind === 'partner') return routes.partner(found.id ?? '');
	if (found.kind === 'space') return routes.space(found.id ?? '');
	return routes.listing(found.id ?? '');
}

/** Past searches first, few of them once something is typed; nothing twice. */
export function proposals(typed: string, past: readonly string[], found: readonly Suggestion[], name: (it: Suggestion) => string): Proposal[] {
	const list: Proposal[] = past.slice(0, typed.trim() ? PAST_WHILE_TYPING : MOST).map((text) => ({ text, kind: 'past', href: routes.search({ q: text }) }));
	for (const each of typed.trim() ? found : []) {
		if (each.id) list.push({ text: name(each), kind: each.kind as Proposal['kind'], href: hrefOf(each) });
	}
	const seen = new Set<string>();
	return list.filter((it) => !seen.has(it.kind + it.text) && seen.add(it.kind + it.text)).slice(0, MOST);
}

const LOOK: Record<Proposal['kind'], [IconName, () => string]> = {
	past: ['clock', m.suggest_past],
	category: ['filter', m.suggest_category],
	service: ['ticket', m.kind_service],
	space: ['door', m.kind_space],
	partner: ['shop', m.kind_partner]
};

export const proposalIcon = (kind: Proposal['kind']): IconName => LOOK[kind][0];
export const proposalKind = (kind: Proposal['kind']): string => LOOK[kind][1]();
