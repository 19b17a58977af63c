/** Every address of the product is built here, and nowhere else. */

const id = encodeURIComponent;

export type SearchQuery = Partial<
	Record<'q' | 'kind' | 'listing_kind' | 'partner' | 'category' | 'community' | 'max_price' | 'free' | 'from' | 'to' | 'sort' | 'near' | 'people' | 'ignore' | 'weekdays' | 'time' | 'audience', string>
>;

/** What is looked for among free rooms: a day at the wall, a part of it, and what else the form asks. */
export type FreeQuery = Partial<Record<'day' | 'part' | 'minutes' | 'people' | 'kind' | 'most' | 'near', string>>;
/** `from` and `to` are days, the last not included; a weekday counts from Monday 0; `show` keeps only bookings that say something to a measure. */
export type UsageQuery = Partial<Record<'from' | 'to' | 'space' | 'kind' | 'weekday' | 'hour' | 'show', string>>;
/** Which entries of a fund are shown: a kind, and a period by days. */
export type BookFilter = Partial<Record<'kind' | 'from' | 'to', string>>;

function query(values: Record<string, string | undefined>): string {
	const params = new URLSearchParams();
	for (const [key, value] of Object.entries(values)) if (value) params.set(key, value);
	const text = params.toString();
	return text ? `?${text}` : '';
}

export const routes = {
	home: () => '/',
	search: (values: SearchQuery = {}) => `/search${query(values)}`,
	listing: (listing: string) => `/listings/${id(listing)}`,
	space: (space: string) => `/spaces/${id(space)}`,
	freeSpaces: (values: FreeQuery = {}) => `/spaces${query(values)}`,
	partner: (partner: string) => `/partners/${id(partner)}`,
	cart: () => '/cart',
	checkout: () => '/checkout',
	orders: () => '/orders',
	order: (order: string) => `/orders/${id(order)}`,
	moveBooking: (order: string, line: string) => `/orders/${id(order)}/move/${id(line)}`,
	/** `key` is what the poster carries; staff need none. */
	door: (space: string, key = '') => `/door/${id(space)}${query({ key })}`,
	vouchers: () => '/vouchers',
	funds: (community?: string) => `/funds${query({ community })}`,
	fund: (fund: string, filter: BookFilter = {}, part = '') => `/funds/${id(fund)}${query(filter)}${part && `#${part}`}`,
	give: (fund: string, campaign?: string) => `/funds/${id(fund)}/give${query({ campaign })}`,
	tenders: () => '/tenders',
	tender: (tender: string) => `/tenders/${id(tender)}`,
	needs: (values: Partial<Record<'community' | 'status' | 'mine', string>> = {}) => `/needs${query(values)}`,
	need: (need: string) => `/needs/${id(need)}`,
	newNeed: (values: Partial<Record<'title' | 'community' | 'called', string>> = {}) => `/needs/new${query(values)}`,
	report: (community: string, month: string) => `/reports/${id(community)}/${id(month)}`,
	fundSpending: (fund: string, request?: string) => `/funds/${id(fund)}/spending${request ? `#${id(request)}` : ''}`,
	signIn: (next?: string) => `/sign-in${query({ next })}`,
	signUp: (next?: string) => `/sign-up${query({ next })}`,
	reset: () => '/reset',
	account: () => '/account',
	family: () => '/account/family',
	cards: () => '/account/cards',
	giving: () => '/account/giving',
	year: (year?: string) => `/account/year${query({ year })}`,
	help: () => '/help',
	about: () => '/about',
	styleguide: () => '/styleguide',

	partnerHome: () => '/partner',
	partnerListings: (partner: string) => `/partner/${id(partner)}`,
	partnerNewListing: (partner: string) => `/partner/${id(partner)}/listings/new`,
	partnerListing: (partner: string, listing: string) => `/partner/${id(partner)}/listings/${id(listing)}`,
	partnerOrders: (partner: string) => `/partner/${id(partner)}/orders`,
	partnerMoney: (partner: string) => `/partner/${id(partner)}/money`,
	partnerStatement: (partner: string, month: string) => `/partner/${id(partner)}/money/${id(month)}`,
	partnerLeases: (partner: string) => `/partner/${id(partner)}/leases`,
	partnerCoupons: (partner: string) => `/partner/${id(partner)}/coupons`,
	partnerCards: (partner: string) => `/partner/${id(partner)}/cards`,
	partnerTeachers: (partner: string) => `/partner/${id(partner)}/teachers`,
	partnerTenders: (partner: string) => `/partner/${id(partner)}/tenders`,
	partnerTender: (partner: string, tender: string) => `/partner/${id(partner)}/tenders/${id(tender)}`,
	partnerRedeem: (partner: string) => `/partner/${id(partner)}/redeem`,

	staffHome: () => '/staff',
	staffCommunity: (community: string) => `/staff/${id(community)}`,
	staffAssets: (community: string) => `/staff/${id(community)}/assets`,
	staffNewSpace: (community: string) => `/staff/${id(community)}/spaces/new`,
	staffSpace: (community: string, space: string) => `/staff/${id(community)}/spaces/${id(space)}`,
	staffSpacePrices: (community: string, space: string) => `/staff/${id(community)}/spaces/${id(space)}/prices`,
	staffSpaceTerms: (community: string, space: string) => `/staff/${id(community)}/spaces/${id(space)}/terms`,
	staffApprovals: (community: string) => `/staff/${id(community)}/approvals`,
	staffHolidays: (community: string) => `/staff/${id(community)}/holidays`,
	staffResidency: (community: string) => `/staff/${id(community)}/residency`,
	staffDesk: (community: string) => `/staff/${id(community)}/desk`,
	staffSales: (community: string, order?: string) => `/staff/${id(community)}/sales${query({ order })}`,
	staffPayouts: (community: string) => `/staff/${id(community)}/payouts`,
	staffPayoutRun: (community: string, run: string) => `/staff/${id(community)}/payouts/${id(run)}`,
	staffCases: (community: string) => `/staff/${id(community)}/cases`,
	staffUtilisation: (community: string, values: UsageQuery = {}) => `/staff/${id(community)}/utilisation${query(values)}`,
	staffLeases: (community: string) => `/staff/${id(community)}/leases`,
	staffTimeline: (community: string, values: Partial<Record<'from' | 'days', string>> = {}) => `/staff/${id(community)}/timeline${query(values)}`,
	staffTenders: (community: string) => `/staff/${id(community)}/tenders`,
	staffNewTender: (community: string) => `/staff/${id(community)}/tenders/new`,
	staffTender: (community: string, tender: string) => `/staff/${id(community)}/tenders/${id(tender)}`,
	staffUses: (community: string, values: UsageQuery = {}) => `/staff/${id(community)}/utilisation/uses${query(values)}`,
	staffIdleHours: (community: string) => `/staff/${id(community)}/utilisation/idle`,
	staffSearch: (community: string, days?: string) => `/staff/${id(community)}/search${query({ days })}`,
	staffTeam: (community: string) => `/staff/${id(community)}/team`,
	staffSpending: (community: string) => `/staff/${id(community)}/spending`,
	staffNewSpending: (community: string) => `/staff/${id(community)}/spending/new`,
	staffSpendingRequest: (community: string, request: string) => `/staff/${id(community)}/spending/${id(request)}`,
	staffCloses: (community: string) => `/staff/${id(community)}/closes`,
	staffRules: (community: string) => `/staff/${id(community)}/rules`,
	staffGifts: (community: string) => `/staff/${id(community)}/gifts`,
	staffSubsidies: (community: string) => `/staff/${id(community)}/subsidies`,
	staffCoupons: (community: string) => `/staff/${id(community)}/coupons`,
	staffPlans: (community: string) => `/staff/${id(community)}/plans`,
	staffQuestions: (community: string) => `/staff/${id(community)}/questions`
} as const;

/** Files that the API serves; plain links, so that the browser downloads or draws them. */
export const files = {
	books: (fund: string, format: 'csv' | 'json' | 'journal' | 'beancount', filter: BookFilter = {}) => `/api/funds/${id(fund)}/books.${format}${query(filter)}`,
	feed: (fund: string) => `/api/funds/${id(fund)}/feed.atom`,
	badge: (fund: string, lang = '') => `/api/funds/${id(fund)}/badge.svg${query({ lang })}`,
	embed: (fund: string, lang = '') => `/embed/funds/${id(fund)}${query({ lang })}`,
	heads: (fund: string) => `/api/funds/${id(fund)}/heads.txt`,
	ledgerHeads: () => '/api/ledger/heads.txt',
	proof: (order: string) => `/api/orders/${id(order)}/proof.json`,
	monthReport: (community: string, month: string, lang: string) => `/api/communities/${id(community)}/reports/${id(month)}/file.pdf${query({ lang })}`,
	voucherQr: (code: string) => `/api/vouchers/${id(code)}/qr.svg`,
	/** The QR code of a page of ours. */
	linkQr: (path: string) => `/api/qr.svg${query({ path })}`,
	orderCalendar: (order: string) => `/api/orders/${id(order)}/calendar.ics`,
	doorPoster: (space: string) => `/api/spaces/${id(space)}/door-poster.pdf`,
	spaceCalendar: (space: string) => `/api/spaces/${id(space)}/calendar.ics`,
	statement: (partner: string, month: string, format: 'csv' | 'pdf', lang?: string) => `/api/partners/${id(partner)}/statements/${id(month)}/file.${format}${query({ lang })}`,
	leasePaper: (paper: string) => `/api/lease-documents/${id(paper)}/file`,
	assets: (community: string) => `/api/communities/${id(community)}/assets/file.csv`,
	tenderProtocol: (tender: string) => `/api/tenders/${id(tender)}/protocol.json`,
	utilisation: (community: string, by: string, values: UsageQuery) => `/api/communities/${id(community)}/utilisation/file.csv${query({ by, ...values })}`,
	export: () => '/api/me/export'
} as const;

/** A number that a telephone can dial. */
export const telephone = (phone: string) => `tel:${phone.replace(/[^+\d]/g, '')}`;

/** Only a path of our own may be the place to go on to after signing in. */
export function safeNext(next: string | null): string {
	return next && /^\/(?![/\\])/.test(next) ? next : routes.home();
}
