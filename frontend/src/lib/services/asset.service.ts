/** The asset register: what staff keep of a space beyond booking, and the whole of it as a file. */
import { take } from '#lib/api/call.ts';
import { changeAsset, getAsset, importAssets, listAssets } from '#lib/api/generated/sdk.gen.ts';
import type { ChangedAsset } from '#lib/api/generated/types.gen.ts';

export const assets = (community: string) => take(listAssets({ path: { community } }));
export const asset = (space_id: string) => take(getAsset({ path: { space_id } }));
export const editAsset = (space_id: string, body: ChangedAsset) => take(changeAsset({ path: { space_id }, body }));
export const takeIn = (community: string, csv: string, dry_run: boolean) => take(importAssets({ path: { community }, body: { csv, dry_run } }));

/** The text of a file that a spreadsheet wrote: UTF-8, or what Chinese spreadsheets write without asking. */
export function textOf(bytes: ArrayBuffer): string {
	try {
		return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		return new TextDecoder('gb18030').decode(bytes);
	}
}
