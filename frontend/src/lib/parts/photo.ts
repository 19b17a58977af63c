/** Photos as the API sends them, in the shape PhotoFrame wants. */
import type { Photo } from '#lib/api/generated/types.gen.ts';
import type { PhotoSource } from '#lib/ui/PhotoFrame.svelte';

export function sourcesOf(photo: Photo | { [key: string]: unknown } | null | undefined): readonly PhotoSource[] {
	return ((photo?.['variants'] as PhotoSource[] | undefined) ?? []).filter((it) => typeof it.url === 'string');
}
