"""Rotation arithmetic: how many it takes to keep one in place, and how long a force can be held."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from trucewatch.core.errors import ConfigError
from trucewatch.pledges.gaps import GapTable
from trucewatch.pledges.gaps_standing import unit_of
from trucewatch.pledges.requirements import number

__all__ = ["Ratio", "RotationConfig", "RotationRow", "hold_months", "rotation", "rotation_rows"]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many are needed in all for one in place: 1 means no reserve."""

    in_all: Decimal
    source: str


# Sources: domain notes on contribution, each a press or secondary figure, hence a parameter and not a constant.
RATIOS = (
    Ratio(Decimal(1), "no reserve: everybody is in place"),
    Ratio(Decimal(3), "three shifts, as reported (weak source): https://codingbutler.com, 2026-05-19"),
    Ratio(
        Decimal(4), "64,000 in place said to need 256,000 (copy of a press report): https://news-pravda.com, 2025-04-30"
    ),
    Ratio(Decimal(5), "five brigades planned for one in place: https://defense-and-freedom.blogspot.com, October 2010"),
)


@dataclass(frozen=True)
class RotationConfig:
    """The ratios to show, the first of which `usual` names the default, and how long one tour lasts."""

    ratios: tuple[Ratio, ...] = RATIOS
    usual: Decimal = Decimal(3)
    tour_months: Decimal = Decimal(6)

    def __post_init__(self) -> None:
        for ratio in self.ratios:
            if not (ratio.in_all.is_finite() and ratio.in_all >= 1):
                raise ConfigError(f"found the rotation ratio {ratio.in_all}; needed 1 or more; 3 keeps one of three")
        if not (self.tour_months.is_finite() and self.tour_months > 0):
            raise ConfigError(f"found a tour of {self.tour_months} months; needed more than 0; 6 is usual")


@dataclass(frozen=True, slots=True)
class RotationRow:
    """What one ratio makes of a pool and of a requirement.

    needed        in all, to keep what is required in place
    sustained     in place without end, out of the pool; high None where the pool is open or unknown
    held_months   how long the whole requirement can be kept in place; None (low or high): without end, or unknown
    endless       whether the pool keeps it without end: (on its low end, on its high end)
    """

    ratio: Ratio
    required: tuple[Decimal | None, Decimal | None]
    pool: tuple[Decimal, Decimal | None]
    needed: tuple[Decimal | None, Decimal | None]
    sustained: tuple[Decimal, Decimal | None]
    held_months: tuple[Decimal | None, Decimal | None]
    endless: tuple[bool, bool]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order, ranges as [low, high]."""
        ranges = {
            name: _pair(getattr(self, name)) for name in ("required", "pool", "needed", "sustained", "held_months")
        }
        return {
            "ratio": number(self.ratio.in_all), "source": self.ratio.source, **ranges, "endless": list(self.endless),
        }  # fmt: skip


def hold_months(pool: Decimal, required: Decimal, in_all: Decimal, tour_months: Decimal) -> Decimal | None:
    """Return how long `required` can be kept in place from `pool`; None without end.

    Tours are staggered, everybody serves one tour and then rests `in_all` - 1 tours: a pool of `in_all` times the
    requirement lasts for ever, a smaller one pool / required tours, and one below the requirement not a day.
    """
    if pool >= in_all * required:
        return None
    return pool / required * tour_months if pool >= required else Decimal(0)


def rotation(
    required: tuple[Decimal | None, Decimal | None], pool: tuple[Decimal, Decimal | None], config: RotationConfig
) -> tuple[RotationRow, ...]:
    """Return for each ratio what is needed in all, what the pool sustains, and how long it holds the requirement.

    required, pool  low and high; a high pool of None is open or unknown
    """
    return tuple(_row(ratio, required, pool, config.tour_months) for ratio in config.ratios)


def _row(
    ratio: Ratio, required: tuple[Decimal | None, Decimal | None], pool: tuple[Decimal, Decimal | None], tour: Decimal
) -> RotationRow:
    least, most = required
    low, high = pool
    worst = None if most is None else hold_months(low, most, ratio.in_all, tour)
    best = None if high is None or least is None else hold_months(high, least, ratio.in_all, tour)
    endless = (most is not None and worst is None, high is not None and least is not None and best is None)
    needed = tuple(None if x is None else x * ratio.in_all for x in required)
    sustained = (low / ratio.in_all, None if high is None else high / ratio.in_all)
    return RotationRow(ratio, required, pool, (needed[0], needed[1]), sustained, (worst, best), endless)


def rotation_rows(table: GapTable, config: RotationConfig) -> tuple[dict[str, Any], ...]:
    """Return the rotation of every need counted in persons, under every band; what is offered is read as the pool."""
    rows: list[dict[str, Any]] = []
    for row in table.rows:
        if unit_of(row.need.unit) == "persons":
            at = {"force": row.force_id, "phase": row.phase_id, "need": row.need.need_id, "band": row.band}
            pool = (row.covered_low, row.covered_high)
            found = rotation((row.need.low, row.need.high), pool, config)
            rows += [{**at, **r.as_dict(), "usual": r.ratio.in_all == config.usual} for r in found]
    return tuple(rows)


def _pair(ends: Sequence[Decimal | None]) -> list[int | float | None]:
    return [None if x is None else number(x.quantize(Decimal("0.01"))) for x in ends]
