import { lazy } from '#lib/api/call.ts';
import { booking } from '#lib/services/checkout.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ booking: lazy(booking(params.id, params.line)) });
