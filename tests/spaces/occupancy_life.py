"""The life of spaces: the real service on one database, beside a model that keeps plain lists.

A hall with two rooms and a kiosk, with buffers; holds, bookings, classes, closures and leases of whole days, moved, cancelled, confirmed
late, shortened. After every act both must say the same: who got it, and, from time to time, all that is taken."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from market.db import Database
from market.spaces import service
from market.spaces.service import SlotTaken
from tests.factories import make_community, make_space

Pick = Callable[[int], int]
HOUR = timedelta(hours=1)
NAMES = ("hall", "left", "right", "kiosk")
INSIDE = {"hall": {"hall", "left", "right"}, "left": {"left"}, "right": {"right"}, "kiosk": {"kiosk"}}
FAMILY = {"hall": {"hall", "left", "right"}, "left": {"hall", "left"}, "right": {"hall", "right"}, "kiosk": {"kiosk"}}
BUFFERS = {"hall": (0, 0), "left": (15, 30), "right": (0, 15), "kiosk": (30, 0)}
DAYS = 3


@dataclass(frozen=True)
class Taken:
    """`lapsed`: a hold whose time is over; it is in nobody's way, and its owner has it until somebody takes the time."""

    space: str
    kind: str
    starts: datetime
    ends: datetime
    status: str

    @property
    def period(self) -> tuple[datetime, datetime]:
        before, after = BUFFERS[self.space] if self.kind in {"booking", "session"} else (0, 0)
        return self.starts - timedelta(minutes=before), self.ends + timedelta(minutes=after)

    def overlaps(self, other: "Taken") -> bool:
        (low, high), (from_, to) = self.period, other.period
        return low < to and from_ < high


@dataclass
class Model:
    """What is taken, by group, as plain as can be."""

    groups: dict[UUID, Taken] = field(default_factory=dict)

    def is_free(self, wish: Taken, but: UUID | None = None) -> bool:
        return not any(
            each.overlaps(wish) and INSIDE[each.space] & INSIDE[wish.space]
            for group, each in self.groups.items()
            if group != but and each.status in {"held", "active"}
        )

    def sweep(self, wish: Taken) -> None:
        """Holds that are over in the way of who takes something in the family are gone for good."""
        for group, each in self.groups.items():
            if each.status == "lapsed" and each.overlaps(wish) and INSIDE[each.space] & FAMILY[wish.space]:
                self.groups[group] = replace(each, status="released")


@dataclass
class Life:
    """One run: `pick(n)` draws a number below n."""

    db: Database
    spaces: dict[str, UUID]
    pick: Pick
    base: datetime
    model: Model = field(default_factory=Model)
    done: int = 0

    def wish(self, kind: str, status: str = "active") -> Taken:
        space = NAMES[self.pick(4)]
        if kind == "lease":
            starts = self.base + timedelta(days=self.pick(DAYS))
            return Taken(space, kind, starts, starts + timedelta(days=1 + self.pick(2)), status)
        starts = self.base + HOUR * self.pick(24 * DAYS)
        return Taken(space, kind, starts, starts + HOUR * (1 + self.pick(4)), status)

    def any_group(self) -> UUID | None:
        known = list(self.model.groups)
        return known[self.pick(len(known))] if known else None

    async def take(self, kind: str) -> None:
        """A class, a closure or a lease takes its time, or does not get it."""
        wish = self.wish(kind)
        expected = self.model.is_free(wish)
        try:
            async with self.db.transaction() as tx:
                group = await service.occupy(
                    tx, space_id=self.spaces[wish.space], starts_at=wish.starts, ends_at=wish.ends, kind=kind  # type: ignore[arg-type]  # one of the kinds
                )  # fmt: skip
        except SlotTaken:
            assert not expected, f"refused what was free: {wish}"
            return
        assert expected, f"given what was taken: {wish}"
        self.model.sweep(wish)
        self.model.groups[group] = wish

    async def hold(self) -> None:
        """A hold, sometimes one whose time is over at once."""
        lapsed = self.pick(4) == 0
        wish = self.wish("booking", "lapsed" if lapsed else "held")
        expected = self.model.is_free(wish)
        until = datetime.now(UTC) + timedelta(hours=-1 if lapsed else 5)
        try:
            async with self.db.transaction() as tx:
                assert await service.is_free(
                    tx, space_id=self.spaces[wish.space], starts_at=wish.starts, ends_at=wish.ends
                ) is expected  # fmt: skip
                group = await service.hold(
                    tx, space_id=self.spaces[wish.space], starts_at=wish.starts, ends_at=wish.ends, held_until=until
                )
        except SlotTaken:
            assert not expected, f"refused what was free: {wish}"
            return
        assert expected, f"given what was taken: {wish}"
        self.model.sweep(wish)
        self.model.groups[group] = wish

    async def confirm(self) -> None:
        """The payment came, in time, late, or after somebody else took it."""
        group = self.any_group()
        if group is None or self.model.groups[group].kind != "booking":
            return
        known = self.model.groups[group]
        won = {"active": True, "held": True, "lapsed": True}.get(known.status, self.model.is_free(known))
        async with self.db.transaction() as tx:
            assert await service.confirm(tx, group_id=group) is won, known
        if known.status == "released":
            self.model.sweep(known)
        if won:
            self.model.groups[group] = replace(known, status="active")

    async def release(self) -> None:
        """Cancelled, perhaps twice."""
        group = self.any_group()
        if group is None:
            return
        async with self.db.transaction() as tx:
            await service.release(tx, group_id=group)
        self.model.groups[group] = replace(self.model.groups[group], status="released")

    async def move(self) -> None:
        """To another time or room: the old one stays when the new one is taken (B22)."""
        group = self.any_group()
        if group is None or self.model.groups[group].kind not in {"booking", "closure"}:
            return
        known = self.model.groups[group]
        wish = self.wish(known.kind)
        expected = known.status == "active" and self.model.is_free(wish, but=group)
        try:
            async with self.db.transaction() as tx:
                new = await service.move(
                    tx, group_id=group, space_id=self.spaces[wish.space], starts_at=wish.starts, ends_at=wish.ends, kind=known.kind  # type: ignore[arg-type]  # one of the kinds
                )  # fmt: skip
        except SlotTaken:
            assert not expected, f"refused to move {known} to {wish}"
            return
        assert expected, f"moved {known} to {wish}"
        self.model.groups[group] = replace(known, status="released")
        self.model.sweep(wish)
        self.model.groups[new] = wish

    async def shorten(self) -> None:
        """A lease ends earlier; the rest is free at once."""
        group = self.any_group()
        if group is None or self.model.groups[group].kind != "lease":
            return
        known = self.model.groups[group]
        ends = known.starts + HOUR * (1 + self.pick(40))
        async with self.db.transaction() as tx:
            await service.shorten(tx, group_id=group, ends_at=ends)
        if known.status == "active" and ends < known.ends:
            self.model.groups[group] = replace(known, ends=ends)

    async def act(self, number: int) -> None:
        """One act of ACTS, and from time to time a look at everything."""
        await ACTS[number](self)
        self.done += 1
        if self.done % 25 == 0:
            await self.compare()

    async def compare(self) -> None:
        """The database has what the model has, on the asked space and on each inside it."""
        async with self.db.read() as tx:
            rows = await tx.fetch(
                "SELECT group_id, space_id, is_primary, status, held_until <= now() AS is_over, starts_at, ends_at FROM occupancies"
            )
        by_id = {space_id: name for name, space_id in self.spaces.items()}
        found: dict[UUID, set[str]] = {}
        for row in rows:
            found.setdefault(row["group_id"], set()).add(by_id[row["space_id"]])
            known = self.model.groups[row["group_id"]]
            status = "lapsed" if row["status"] == "held" and row["is_over"] else row["status"]
            assert (status, row["starts_at"], row["ends_at"]) == (known.status, known.starts, known.ends), known
            assert not row["is_primary"] or by_id[row["space_id"]] == known.space
        assert found == {group: INSIDE[each.space] for group, each in self.model.groups.items()}


ACTS: tuple[Callable[[Life], object], ...] = (
    Life.hold,
    Life.hold,
    Life.hold,
    Life.confirm,
    Life.confirm,
    Life.move,
    Life.move,
    Life.release,
    Life.release,
    Life.shorten,
    lambda life: life.take("session"),
    lambda life: life.take("closure"),
    lambda life: life.take("lease"),
)  # type: ignore[assignment]  # each is awaited


async def build(db: Database) -> dict[str, UUID]:
    """The hall, its rooms and the kiosk."""
    await make_community(db, time_zone="Etc/UTC")
    made: dict[str, UUID] = {}
    for name in NAMES:
        before, after = BUFFERS[name]
        parent = made["hall"] if name in {"left", "right"} else None
        made[name] = await make_space(
            db, name, parent_id=parent, buffer_before_min=before, buffer_after_min=after, min_length_min=60
        )
    return made


def tomorrow() -> datetime:
    """A midnight far enough ahead that nothing is over while the test runs."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=5)
