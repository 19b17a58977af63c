"""The life of spaces: the real service on one database, beside a model that keeps plain lists.

A hall with two rooms and a kiosk, with buffers; holds, bookings, classes, closures and leases of whole days, moved, cancelled, confirmed
late, shortened. Time passes: who booked checks in and out at the door, and where the space says so the rest of a booking to which
nobody came is freed. After every act both must say the same: who got it, and, from time to time, all that is taken."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from market.checkout import doors, no_shows, settlement
from market.checkout.door_schemas import DoorVisit
from market.db import Database
from market.spaces import service
from market.spaces.service import SlotTaken
from seeds.clock import Clock
from tests.factories import make_community, make_person, make_space

Pick = Callable[[int], int]
HOUR = timedelta(hours=1)
NAMES = ("hall", "left", "right", "kiosk")
INSIDE = {"hall": {"hall", "left", "right"}, "left": {"left"}, "right": {"right"}, "kiosk": {"kiosk"}}
FAMILY = {"hall": {"hall", "left", "right"}, "left": {"hall", "left"}, "right": {"hall", "right"}, "kiosk": {"kiosk"}}
BUFFERS = {"hall": (0, 0), "left": (15, 30), "right": (0, 15), "kiosk": (30, 0)}
DAYS = 3
RELEASES_NO_SHOWS = {"left", "kiosk"}
QUARTER = timedelta(minutes=15)
# Holds of a life are over at once or never, however its time passes.
NEVER = timedelta(days=60)


@dataclass(frozen=True)
class Taken:
    """`lapsed`: a hold whose time is over; it is in nobody's way, and its owner has it until somebody takes the time. `code` is what
    a confirmed booking is checked in with; `gone` says how it ended early: somebody left, or nobody came."""

    space: str
    kind: str
    starts: datetime
    ends: datetime
    status: str
    code: str = ""
    came: bool = False
    gone: Literal["", "left", "nobody came"] = ""

    @property
    def period(self) -> tuple[datetime, datetime]:
        before, after = BUFFERS[self.space] if self.kind in {"booking", "session"} else (0, 0)
        if self.gone == "nobody came":
            after = 0  # nothing is to be tidied up
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
    clock: Clock
    now: datetime
    doors: dict[str, str]
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
                    tx, space_id=self.spaces[wish.space], starts_at=wish.starts, ends_at=wish.ends, kind=kind
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
        until = self.base - NEVER if lapsed else self.base + NEVER
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
        if known.came or known.gone:
            return  # it was paid before
        is_over = known.ends <= self.now
        won = known.status != "released" or (not is_over and self.model.is_free(known))
        async with self.db.transaction() as tx:
            assert await service.confirm(tx, group_id=group) is won, known
        if known.status == "released" and not is_over:
            self.model.sweep(known)
        if won:
            code = known.code or await self.sell(group, known)
            self.model.groups[group] = replace(known, status="active", code=code)

    async def sell(self, group: UUID, known: Taken) -> str:
        """What checkout keeps of a paid booking, as far as the door asks for it; the code."""
        code = settlement.voucher_code()
        async with self.db.transaction() as tx:
            order = await tx.fetchval(
                "INSERT INTO orders (person_id, status, pay_by, currency, payable_minor, paid_at) "
                "SELECT id, 'paid', 'desk', 'CNY', 0, now() FROM persons LIMIT 1 RETURNING id"
            )
            line = await tx.fetchval(
                "INSERT INTO order_lines (order_id, position, kind, item_kind, community_id, time_zone, seller, space_id, occupancy_group, "
                "title, starts_at, ends_at, attendees, quantity, list_minor, payable_minor) "
                "SELECT $1, 0, 'space', 'space', community_id, 'Etc/UTC', '', id, $3, '', $4, $5, 1, 1, 0, 0 FROM spaces WHERE id = $2 "
                "RETURNING id",
                order, self.spaces[known.space], group, known.starts, known.ends,
            )  # fmt: skip
            await tx.execute(
                "INSERT INTO vouchers (line_id, order_id, community_id, code, status) "
                "SELECT $1, $2, community_id, $3, 'issued' FROM order_lines WHERE id = $1",
                line, order, code,
            )  # fmt: skip
        return code

    def any_sold(self) -> UUID | None:
        sold = [group for group, each in self.model.groups.items() if each.code and each.status == "active"]
        return sold[self.pick(len(sold))] if sold else None

    async def time_passes(self) -> None:
        """A quarter of an hour, or some; often to where a booking begins."""
        group = self.any_sold()
        known = self.model.groups[group].starts if group is not None and self.pick(2) else None
        self.now = max(known or self.now, self.now) + QUARTER * self.pick(5)
        await self.clock.set(self.now)

    async def check_in(self) -> None:
        """At the door of the space or of a room in it: a quarter before the start at the earliest, and as long as it lasts."""
        group = self.any_sold()
        if group is None:
            return
        known = self.model.groups[group]
        is_time = known.starts - QUARTER <= self.now < known.ends
        await self.at_the_door(group, known, "in", may=is_time and known.gone == "")
        self.model.groups[group] = replace(known, came=known.came or (is_time and known.gone == ""))

    async def check_out(self) -> None:
        """Who has come in leaves before the end: the rest is free, with the buffer after it."""
        group = self.any_sold()
        if group is None:
            return
        known = self.model.groups[group]
        leaves = known.came and known.gone == "" and known.starts < self.now < known.ends
        await self.at_the_door(group, known, "out", may=leaves or known.gone == "left")
        if leaves:
            self.model.groups[group] = replace(known, ends=self.now, gone="left")

    async def at_the_door(self, group: UUID, known: Taken, action: Literal["in", "out"], *, may: bool) -> None:
        inside = sorted(INSIDE[known.space])
        door = inside[self.pick(len(inside))]
        wish = DoorVisit(action, key=self.doors[door], code=known.code)
        try:
            await doors.visit(self.db, actor=None, address=uuid4().hex, space_id=self.spaces[door], wish=wish)
        except doors.NotNow:
            assert not may, f"turned away at {self.now}: {action} {known}"
            return
        assert may, f"let {action} at {self.now}: {known}"

    async def nobody_came(self) -> None:
        """The job looks: bookings that began a quarter ago and nobody has come to are over, where the space says so."""
        due = {
            group for group, each in self.model.groups.items()
            if each.code and each.status == "active" and each.space in RELEASES_NO_SHOWS and not each.came and each.gone == ""
            and each.starts + QUARTER <= self.now < each.ends
        }  # fmt: skip
        assert await no_shows.free_no_shows(self.db) == len(due)
        for group in due:
            self.model.groups[group] = replace(self.model.groups[group], ends=self.now, gone="nobody came")

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
        if known.came or known.gone:
            return  # checkout moves nothing that has begun to be used
        wish = replace(self.wish(known.kind), code=known.code)
        expected = known.status == "active" and self.model.is_free(wish, but=group)
        try:
            async with self.db.transaction() as tx:
                new = await service.move(
                    tx, group_id=group, space_id=self.spaces[wish.space], starts_at=wish.starts, ends_at=wish.ends, kind=known.kind
                )  # fmt: skip
                await tx.execute(
                    "UPDATE order_lines SET occupancy_group = $2, space_id = $3, starts_at = $4, ends_at = $5 WHERE occupancy_group = $1",
                    group, new, self.spaces[wish.space], wish.starts, wish.ends,
                )  # fmt: skip
        except SlotTaken:
            assert not expected, f"refused to move {known} to {wish}"
            return
        assert expected, f"moved {known} to {wish}"
        self.model.groups[group] = replace(known, status="released", code="")
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
                "SELECT group_id, space_id, is_primary, status, held_until <= now() AS is_over, starts_at, ends_at, lower(period) AS low, "
                "upper(period) AS high, left_at, no_show_at FROM occupancies"
            )
        by_id = {space_id: name for name, space_id in self.spaces.items()}
        found: dict[UUID, set[str]] = {}
        for row in rows:
            found.setdefault(row["group_id"], set()).add(by_id[row["space_id"]])
            known = self.model.groups[row["group_id"]]
            status = "lapsed" if row["status"] == "held" and row["is_over"] else row["status"]
            assert (status, row["starts_at"], row["ends_at"]) == (known.status, known.starts, known.ends), known
            assert (row["low"], row["high"]) == known.period, known
            assert (row["left_at"] is not None, row["no_show_at"] is not None) == (
                known.gone == "left",
                known.gone == "nobody came",
            )
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
    Life.time_passes,
    Life.time_passes,
    Life.check_in,
    Life.check_in,
    Life.check_out,
    Life.nobody_came,
    Life.nobody_came,
    lambda life: life.take("session"),
    lambda life: life.take("closure"),
    lambda life: life.take("lease"),
)


async def build(db: Database) -> dict[str, UUID]:
    """The hall, its rooms and the kiosk, and somebody who books."""
    await make_community(db, time_zone="Etc/UTC")
    await make_person(db)
    made: dict[str, UUID] = {}
    for name in NAMES:
        before, after = BUFFERS[name]
        parent = made["hall"] if name in {"left", "right"} else None
        made[name] = await make_space(
            db, name, parent_id=parent, buffer_before_min=before, buffer_after_min=after, min_length_min=60
        )
    async with db.transaction() as tx:
        await tx.execute("UPDATE spaces SET releases_no_shows = name = ANY($1)", sorted(RELEASES_NO_SHOWS))
    return made


async def begin(clock: Clock, spaces: dict[str, UUID], pick: Pick) -> Life:
    """A new life in spaces that nobody has."""
    base = tomorrow()
    await clock.set(base)
    async with clock.db.transaction() as tx:
        await tx.execute("TRUNCATE occupancies, orders CASCADE")
        doors_of = {row["name"]: row["door_key"] for row in await tx.fetch("SELECT name, door_key FROM spaces")}
    return Life(clock.db, spaces, pick, base, clock, base, doors_of)


def tomorrow() -> datetime:
    """A midnight far enough ahead that nothing is over while the test runs."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=5)
