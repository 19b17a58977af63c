/** Who bears or gets what, with the name in the language of the page. */
import { getLocale } from '#lib/paraglide/runtime.js';

export const shareLines = <Share extends { label: string; label_en?: string | null }>(shares: readonly Share[]) =>
	shares.map((share) => ({ ...share, label: (getLocale() === 'en' && share.label_en) || share.label }));
