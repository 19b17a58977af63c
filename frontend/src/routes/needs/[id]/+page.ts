import { lazy } from '#lib/api/call.ts';
import { need } from '#lib/services/need.service.ts';
import { session } from '#lib/state/session.svelte.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = ({ params }) => ({ need: lazy(session.ready().then(() => need(params.id))) });
