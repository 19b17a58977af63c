/** How the register says what state an asset is in, how large a complex is, and what is wrong with a line. */
import type { Asset } from '#lib/api/generated/types.gen.ts';
import { m } from '#lib/paraglide/messages.js';

export const ASSET_STATES = ['in_use', 'idle', 'closed'] as const;
export const SIZES = ['area', 'community', 'station'] as const;

const STATES: Record<Asset['state'], () => string> = { in_use: m.asset_in_use, idle: m.asset_idle, closed: m.asset_closed };
export const assetState = (state: Asset['state']) => STATES[state]();

const SIZE_WORDS: Record<(typeof SIZES)[number], () => string> = { area: m.asset_size_area, community: m.asset_size_community, station: m.asset_size_station };
export const sizeName = (size: (typeof SIZES)[number]) => SIZE_WORDS[size]();

const COLUMNS: Record<string, () => string> = {
	register_no: m.asset_number,
	kind: m.field_space_kind,
	complex_size: m.asset_size,
	name: m.field_space_name,
	name_en: m.field_name_en,
	parent: m.asset_parent,
	area_m2: m.field_area,
	capacity: m.field_capacity,
	floor: m.field_floor,
	address: m.field_place,
	is_step_free: m.space_step_free,
	equipment: m.field_equipment,
	state: m.asset_state,
	rate: m.field_rate,
	hours: m.field_hours,
	contact: m.asset_contact,
	house_rules: m.asset_house_rules,
	ownership_no: m.asset_paper,
	line: m.asset_fault_whole_line,
	file: m.asset_fault_file
};
export const columnName = (column: string) => COLUMNS[column]?.() ?? column;

const FAULTS: [RegExp, () => string][] = [
	[/must not be empty|a new space needs it|is missing/, m.asset_fault_empty],
	[/must be one of/, m.asset_fault_word],
	[/must be (a|like)/, m.asset_fault_form],
	[/stands/, m.asset_fault_double],
	[/cannot be changed/, m.asset_fault_fixed],
	[/no number of|contains itself/, m.asset_fault_parent],
	[/only a complex/, m.asset_fault_size],
	[/is no column/, m.asset_fault_column],
	[/cells instead|is not CSV|more than/, m.asset_fault_shape]
];
export const faultText = (message: string) => FAULTS.find(([pattern]) => pattern.test(message))?.[1]() ?? m.field_error_invalid();
