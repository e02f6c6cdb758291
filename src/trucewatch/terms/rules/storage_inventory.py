"""Weapons stay in their storage sites, and inspections find them there."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from pydantic import Field

from trucewatch.core.agreement import Inspection, Provision
from trucewatch.core.entries import Entry
from trucewatch.core.times import DAY_NS, format_ns
from trucewatch.terms.areas import Area
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.rule import Complaint, Finding, Rule, Zones
from trucewatch.terms.rules import no_fire_area
from trucewatch.terms.situation import Facts

__all__ = ["RULE"]

_TOLD = 3  # inspections named in a sentence; the numbers count all of them


class Parameters(Entry):
    """What a clause on storage sites says.

    every_days  the longest time that may pass without an inspection; without it one in the period is enough
    """

    every_days: float | None = Field(default=None, gt=0)


def _parameters(clause: Provision) -> Parameters:
    return Parameters.model_validate(dict(clause.parameters))


def _check(clause: Provision, zones: Zones) -> Iterator[Complaint]:
    for zone_id in clause.zones:
        if zone_id in zones and zones[zone_id].kind != "area":
            yield (), f"zone {zone_id!r} of kind {zones[zone_id].kind}", "the storage site as an area", "draw the site"


def _find(clause: Provision, _zones: Zones, subject: Area, facts: Facts, _evidence: Evidence) -> Finding:
    start, end = subject.bounds_ns
    own = sorted((i for i in facts.inspections if i.site in subject.zones), key=lambda i: i.t_start_ns)
    inside = [i for i in own if i.t_start_ns < end and i.t_end_ns >= start]
    bounds = [_bounds(i) for i in inside]
    low, high = (max((b[k] for b in bounds), default=0.0) for k in (0, 1))
    unwatched = _unwatched(own, start, end, _parameters(clause).every_days)
    numbers = {"inspections": len(inside), "unwatched": round(unwatched, 4), **_numbers(inside)}
    looked = unwatched <= 0 and any(i.access != "denied" for i in inside)
    return Finding(low, high, _reason(subject, inside, bounds, unwatched), numbers, looked=looked)


def _numbers(inside: Sequence[Inspection]) -> dict[str, float | int | str]:
    """By weapon the greatest numbers that one inspection found missing or could not verify, and denials."""
    numbers: dict[str, float | int | str] = {}
    for weapon in sorted({i.weapon or "unnamed" for i in inside}):
        own = [i for i in inside if (i.weapon or "unnamed") == weapon]
        numbers[f"missing:{weapon}"] = max(_missing(i) or 0.0 for i in own)
        numbers[f"not_verified:{weapon}"] = max(i.not_verified or 0.0 for i in own)
        numbers[f"denied:{weapon}"] = sum(i.access == "denied" for i in own)
    return numbers


def _missing(i: Inspection) -> float | None:
    """The number that was surely missing: as counted, or what neither was seen nor remained to be verified."""
    if i.missing is not None or i.declared is None or i.present is None or i.not_verified is None:
        return i.missing
    return max(0.0, i.declared - i.present - i.not_verified)


def _bounds(i: Inspection) -> tuple[float, float]:
    """The least and the greatest probability that a weapon was gone, given what an inspection found."""
    missing = _missing(i)
    if missing is not None and missing > 0:
        return 1.0, 1.0
    all_there = i.declared is not None and i.present is not None and i.present >= i.declared
    settled = i.access != "denied" and not i.not_verified and (missing is not None or all_there)
    return 0.0, 0.0 if settled else 1.0


def _unwatched(own: Sequence[Inspection], start_ns: int, end_ns: int, every_days: float | None) -> float:
    """The share of the period without an inspection where one was due; where nobody was let in, nobody looked."""
    looks = sorted({i.t_start_ns for i in own if i.access != "denied" and i.t_start_ns < end_ns})
    inside = [t for t in looks if t >= start_ns]
    if every_days is None:
        return 0.0 if inside else 1.0
    before = [t for t in looks if t < start_ns][-1:] or [start_ns]
    allowed_ns = every_days * DAY_NS
    late = [(max(a + allowed_ns, start_ns), b) for a, b in pairwise([*before, *inside, end_ns])]
    return sum(max(0.0, b - a) for a, b in late) / (end_ns - start_ns)


def _reason(
    subject: Area, inside: Sequence[Inspection], bounds: Sequence[tuple[float, float]], unwatched: float
) -> str:
    if not inside:
        return f"no inspection of {subject.name} is known in the period"
    worst = max(bounds)
    telling = [i for i, b in zip(inside, bounds, strict=True) if b == worst]
    told = "; ".join(_told(i) for i in telling[:_TOLD])
    more = f"; and {len(telling) - _TOLD} more" if len(telling) > _TOLD else ""
    late = f"; an inspection was due in {unwatched:.0%} of the period" if unwatched > 0 else ""
    return f"in {subject.name} {told}{more}{late}"


def _told(i: Inspection) -> str:
    """What one inspection found, in words: `2 of 12 D-30 missing on 2026-03-03T08:00:00Z (report 4)`."""
    weapons, of = i.weapon or "weapons", "" if i.declared is None else f" of {i.declared:g}"
    missing = _missing(i)
    if missing is not None and missing > 0:
        said = f"{missing:g}{of} {weapons} missing"
    elif i.access == "denied":
        said = f"access to {weapons} denied"
    elif i.not_verified:
        said = f"{i.not_verified:g}{of} {weapons} could not be verified"
    elif _bounds(i)[1] > 0:
        said = f"{weapons} not counted against what is declared"
    else:
        said = f"no {weapons} missing" if i.present is None else f"{i.present:g}{of} {weapons} present"
    return f"{said} on {format_ns(i.t_start_ns)} ({i.source})"


_AREA = no_fire_area.RULE
RULE = Rule(
    "storage_inventory", Parameters, _check, _AREA.areas, _AREA.subjects, _AREA.chances, _find, about_incidents=False,
    acts=("weapon_presence",),
)  # fmt: skip
