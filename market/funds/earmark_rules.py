"""Money that was given for a purpose is only spent on it (pure)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Earmark:
    """Minor units given for a purpose, and how much of it was set aside or spent for it."""

    purpose: str
    given: int
    used: int

    @property
    def left(self) -> int:
        """What waits for the purpose; nothing where more was spent for it than is left of what was given (a bank took a gift back)."""
        return max(0, self.given - self.used)


def earmarked_part(amount: int, purpose: str, earmarks: list[Earmark], *, held: int) -> int | None:
    """How much of `amount` for `purpose` is taken from gifts for it; None when the rest would come out of gifts for something else.

    `held` is what the fund has, released or not. Gifts for the purpose go first, so that free money stays free."""
    own = sum(each.left for each in earmarks if each.purpose == purpose)
    others = sum(each.left for each in earmarks if each.purpose != purpose)
    part = min(amount, own)
    return part if held - amount >= others + own - part else None


def giveable_back(purpose: str | None, earmarks: list[Earmark], *, held: int) -> int:
    """How much of a gift for `purpose` could be given back, of `held` that the fund has: nothing that was given for something else.

    A gift for a purpose also needs that much left of what was given for it; one without needs free money."""
    others = sum(each.left for each in earmarks if each.purpose != purpose)
    free = max(0, held - others)
    if purpose is None:
        return free
    return min(free, sum(each.left for each in earmarks if each.purpose == purpose))
