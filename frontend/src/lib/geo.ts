/** How far apart two places are. */
export interface Spot {
	latitude?: number | null | undefined;
	longitude?: number | null | undefined;
}

/** Great-circle metres between two places; null where one of them is unknown. */
export function metresBetween(one: Spot, other: Spot): number | null {
	if (one.latitude == null || one.longitude == null || other.latitude == null || other.longitude == null) return null;
	const rad = (degrees: number) => (degrees * Math.PI) / 180;
	const [dy, dx] = [rad(other.latitude - one.latitude), rad(other.longitude - one.longitude)];
	const h = Math.sin(dy / 2) ** 2 + Math.cos(rad(one.latitude)) * Math.cos(rad(other.latitude)) * Math.sin(dx / 2) ** 2;
	return 2 * 6_371_000 * Math.asin(Math.sqrt(h));
}
