/** Calendars kept elsewhere that block time of a space. */
import { take } from '#lib/api/call.ts';
import { addImport, dropImport, listImports, lookAtImport } from '#lib/api/generated/sdk.gen.ts';
import type { NewImport } from '#lib/api/generated/types.gen.ts';
import { m } from '#lib/paraglide/messages.js';

export const imports = (space_id: string) => take(listImports({ path: { space_id } }));
export const makeImport = (space_id: string, body: NewImport) => take(addImport({ path: { space_id }, body }));
export const lookNow = (space_id: string, import_id: string) => take(lookAtImport({ path: { space_id, import_id } }));
export const forgetImport = (space_id: string, import_id: string) => take(dropImport({ path: { space_id, import_id } }));

const MESSAGES: [RegExp, () => string][] = [
	[/public internet|address must|address is/, m.import_msg_network],
	[/too long/, m.import_msg_slow],
	[/too large/, m.import_msg_large],
	[/calendar/, m.import_msg_calendar]
];
/** Why a calendar could not be read, in the reader's language. */
export const importMessage = (message: string) => MESSAGES.find(([pattern]) => pattern.test(message))?.[1]() ?? m.import_msg_other();
