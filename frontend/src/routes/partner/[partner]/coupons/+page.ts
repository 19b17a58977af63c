import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { partnerCoupons } from '#lib/services/coupon.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ coupons: lazy(requireAccount().then(() => partnerCoupons(params.partner))) });
