/** A sketch of where a place lies; apart from `geo`, so that pages that only tell a distance do not load it. Pure. */
import { metresBetween, type Spot } from '#lib/geo.ts';

export interface Sketch<T> {
	place: { x: number; y: number };
	others: { of: T; x: number; y: number; anchor: 'start' | 'middle' | 'end' }[];
	/** A length that can be read off: so many metres are so wide. */
	bar: { metres: number; width: number };
}

const FAR_METRES = 20_000;
const LEAST_METRES = 400;
const BARS = [100, 200, 500, 1000, 2000, 5000, 10_000];

/** A place among others that are near, north up, drawn to scale in a box with room for names; null where its spot is not known. */
export function sketch<T extends Spot>(place: Spot, others: readonly T[], { width, height }: { width: number; height: number }): Sketch<T> | null {
	const { latitude, longitude } = place;
	if (latitude == null || longitude == null) return null;
	const metres = 6_371_000 * (Math.PI / 180);
	const near = others.flatMap((of) =>
		of.latitude == null || of.longitude == null || (metresBetween(place, of) ?? FAR_METRES) >= FAR_METRES
			? []
			: [{ of, east: (of.longitude - longitude) * metres * Math.cos((latitude * Math.PI) / 180), north: (of.latitude - latitude) * metres }]
	);
	if (!near.length) return null;
	const [easts, norths] = [[0, ...near.map((it) => it.east)], [0, ...near.map((it) => it.north)]];
	const middle = (values: number[]) => (Math.min(...values) + Math.max(...values)) / 2;
	const span = (values: number[]) => Math.max(LEAST_METRES, Math.max(...values) - Math.min(...values));
	const scale = Math.min((width - 96) / span(easts), (height - 96) / span(norths));
	const x = (east: number) => Math.round(width / 2 + (east - middle(easts)) * scale);
	const y = (north: number) => Math.round(height / 2 - (north - middle(norths)) * scale);
	const anchor = (at: number) => (at < width / 4 ? 'start' : at > (3 * width) / 4 ? 'end' : 'middle');
	const bar = [...BARS].reverse().find((each) => each * scale <= width / 3) ?? BARS[0] ?? 100;
	return {
		place: { x: x(0), y: y(0) },
		others: near.map((it) => ({ of: it.of, x: x(it.east), y: y(it.north), anchor: anchor(x(it.east)) })),
		bar: { metres: bar, width: Math.round(bar * scale) }
	};
}
