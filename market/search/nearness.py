"""What lies near the searcher is lifted: near a position that was sent with the question, else near the middle of their community."""

from typing import Any

from tantivy import Query as Match

from market.search.index import FACET_FIELDS, NEVER, SCHEMA, place_term
from market.search.rules import RINGS, Query, distance_m

MAX_PLACES = 20_000
CACHED_SPOTS = 512
Spot = tuple[float, float]


def metres_to(spot: Spot, place: str) -> int:
    """From a (latitude, longitude) to a value of the field `place`; NEVER where that is no place."""
    if place == place_term(None, None):
        return NEVER
    latitude, longitude = place.split(",")
    return distance_m(spot, (float(latitude), float(longitude)))


class Nearness:
    """The places of one commit of the index, and which of them are near."""

    def __init__(self, searcher: Any) -> None:
        self._searcher = searcher
        self._places: list[str] | None = None
        self._middles: dict[str, Spot | None] = {}
        self._lifts: dict[Spot, list[Any]] = {}

    def lifts(self, query: Query) -> list[Any]:
        """Matches that lift what is near; none when nobody said where they are."""
        spot = query.spot or (self._middle(query.home) if query.home is not None else None)
        if spot is None:
            return []
        if (known := self._lifts.get(spot)) is None:
            if len(self._lifts) >= CACHED_SPOTS:
                self._lifts.clear()
            known = self._lifts[spot] = self._around(spot)
        return known

    def _around(self, spot: Spot) -> list[Any]:
        if self._places is None:
            self._places = [place for place, _ in self._counted(Match.all_query())]
        far = {place: metres_to(spot, place) for place in self._places}
        rings = ((worth, [place for place, metres in far.items() if metres <= within]) for within, worth in RINGS)
        return [
            Match.const_score_query(Match.term_set_query(SCHEMA, "place", places), worth)
            for worth, places in rings
            if places
        ]

    def _middle(self, community: str) -> Spot | None:
        """Where the things of a community are on average."""
        if community not in self._middles:
            here = Match.term_query(SCHEMA, FACET_FIELDS["community"], community, "basic")
            spots = [(*map(float, place.split(",")), count) for place, count in self._counted(here) if place]
            whole = sum(count for _, _, count in spots)
            middle = (
                (sum(spot[0] * spot[2] for spot in spots) / whole, sum(spot[1] * spot[2] for spot in spots) / whole)
                if whole
                else None
            )
            self._middles[community] = middle
        return self._middles[community]

    def _counted(self, match: Any) -> list[tuple[str, int]]:
        asked = {"places": {"terms": {"field": "place", "size": MAX_PLACES, "segment_size": MAX_PLACES}}}
        buckets = self._searcher.aggregate(match, asked)["places"]["buckets"]
        return [(bucket["key"], bucket["doc_count"]) for bucket in buckets]
