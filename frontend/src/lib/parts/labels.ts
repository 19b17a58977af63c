/** The words for the fixed values of the API. */
import { named } from '#lib/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { routes } from '#lib/routes.ts';
import type { IconName } from '#lib/ui/icons.ts';

type Words = Record<string, () => string>;

const LISTING_WORDS: Words = {
	class: m.kind_class,
	meal: m.kind_meal,
	appointment: m.kind_appointment,
	voucher: m.kind_voucher,
	free: m.kind_free
};

const SPACE_KINDS: Words = {
	room: m.space_kind_room,
	stall: m.space_kind_stall,
	pitch: m.space_kind_pitch,
	shop: m.space_kind_shop,
	kiosk: m.space_kind_kiosk,
	ad_site: m.space_kind_ad_site,
	parking: m.space_kind_parking,
	complex: m.space_kind_complex
};

const REDUCTIONS: Words = {
	resident_price: m.reduction_resident_price,
	subsidy: m.reduction_subsidy,
	coupon: m.reduction_coupon,
	pass: m.reduction_pass,
	off_peak: m.reduction_off_peak,
	tariff_resident: m.reduction_tariff_resident,
	tariff_low_fee: m.reduction_tariff_low_fee,
	tariff_public_benefit: m.reduction_tariff_public_benefit,
	tariff_partner_basic: m.reduction_tariff_partner,
	tariff_partner_skill: m.reduction_tariff_partner,
	tariff_partner_startup: m.reduction_tariff_partner
};

const AUDIENCES: Words = {
	everybody: m.audience_everybody,
	resident: m.audience_resident,
	low_fee: m.audience_low_fee,
	public_benefit: m.audience_public_benefit,
	partner_basic: m.audience_partner_basic,
	partner_skill: m.audience_partner_skill,
	partner_startup: m.audience_partner_startup
};

const PRICE_PARTS: Words = {
	hour: m.part_hour,
	half_day: m.part_half_day,
	day: m.part_day,
	week: m.part_week,
	month: m.part_month,
	fixed: m.part_fixed,
	minimum: m.part_minimum,
	off_peak: m.part_off_peak,
	peak: m.part_peak
};

const LINE_PROBLEMS: Words = {
	sold_out: m.problem_sold_out,
	slot_taken: m.problem_slot_taken,
	not_for_sale: m.problem_not_for_sale,
	sale_ended: m.problem_sale_ended,
	closed: m.problem_closed,
	residents_only: m.problem_residents_only,
	partners_only: m.problem_partners_only,
	not_eligible: m.problem_not_eligible,
	pass_not_usable: m.problem_pass_not_usable,
	limit_reached: m.problem_limit_reached,
	ask_apart: m.problem_ask_apart
};

const RULES: Words = {
	service_turnover: m.rule_service_turnover,
	room_rent: m.rule_room_rent,
	stall_rent: m.rule_stall_rent,
	advertising: m.rule_advertising,
	donation: m.rule_donation
};

const ENTRY_KINDS: Words = { ...RULES, grant: m.entry_grant, distribution: m.entry_distribution, spending: m.entry_spending, relief: m.entry_relief, other: m.entry_other };

const GROUPS: Words = { elder: m.group_elder, disabled: m.group_disabled, bereaved: m.group_bereaved, destitute: m.group_destitute };

const ICONS: Record<string, IconName> = { class: 'book', meal: 'meal', appointment: 'calendar', voucher: 'ticket', free: 'heart' };

const say = (words: Words, key: string) => words[key]?.() ?? key;

export const LISTING_KINDS = Object.keys(LISTING_WORDS);
export const listingKind = (kind: string) => say(LISTING_WORDS, kind);
/** The kind of an order line: of a listing, or a space. */
export const itemKind = (kind: string) => (kind === 'space' ? m.kind_space() : kind === 'pass' ? m.kind_pass() : say(LISTING_WORDS, kind));
export const SPACE_KIND_NAMES = ['room', 'stall', 'pitch', 'shop', 'kiosk', 'ad_site', 'parking', 'complex'] as const;
export type SpaceKind = (typeof SPACE_KIND_NAMES)[number];
export const spaceKind = (kind: string) => say(SPACE_KINDS, kind);
export const reductionReason = (reason: string) => say(REDUCTIONS, reason);
const BEARERS: Words = { partner: m.bearer_partner, platform: m.bearer_platform };
/** Who bears a reduction: the seller, the community, or a pool by its name. */
export const bearerName = (reduction: { borne_by: string; label?: string; label_en?: string | null }) =>
	reduction.label ? named({ name: reduction.label, name_en: reduction.label_en }) : (BEARERS[reduction.borne_by.split(':')[0] ?? ''] ?? m.bearer_community)();
export const audienceName = (audience: string) => say(AUDIENCES, audience);
/** What a part of a price is: off-peak or peak hours, else its unit. */
export const pricePart = (part: { unit: string; peak: string }) => say(PRICE_PARTS, part.peak || part.unit);
export const lineProblem = (problem: string) => LINE_PROBLEMS[problem]?.() ?? m.problem_not_for_sale();
export const ruleSource = (source: string) => say(RULES, source);
/** The kind of an entry of a fund, where it says more than its label. */
/** Every kind of entry in the order of the books. */
export const entryKinds = Object.keys(ENTRY_KINDS);
export const entryKind = (kind: string) => ENTRY_KINDS[kind]?.() ?? '';
const ROLES: Record<string, () => string> = { clerk: m.role_clerk, director: m.role_director, street: m.role_street };
export const staffRole = (role: string) => say(ROLES, role);
export const GROUP_NAMES = Object.keys(GROUPS);
export const groupName = (group: string) => say(GROUPS, group);
/** The icon that stands for a thing without a photo. */
export const kindIcon = (kind: string, listing?: string | null): IconName =>
	kind === 'space' ? 'door' : kind === 'partner' ? 'shop' : (ICONS[listing ?? ''] ?? 'book');

/** A share goes to `fund:<slug>`, `partner:<slug>`…; funds and partners have a page. */
export function recipientHref(to: string): string | undefined {
	const [kind, slug] = to.split(':', 2);
	if (!slug) return undefined;
	if (kind === 'fund') return routes.fund(slug);
	return kind === 'partner' ? routes.partner(slug) : undefined;
}
