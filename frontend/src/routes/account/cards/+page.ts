import { lazy } from '#lib/api/call.ts';
import { requireAccount } from '#lib/services/account.service.ts';
import { myCards } from '#lib/services/card.service.ts';
import type { PageLoad } from './$types';

export const load: PageLoad = () => ({ cards: lazy(requireAccount().then(() => myCards())) });
