"""No more than so many acts in any window of so many hours."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from pydantic import Field

from trucewatch.core.agreement import Provision
from trucewatch.core.entries import Entry
from trucewatch.core.place import UNKNOWN
from trucewatch.core.times import HOUR_NS, format_ns
from trucewatch.terms.areas import Area
from trucewatch.terms.counts import act_counts
from trucewatch.terms.crowding import Acts, Crowd, crowd
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.rule import Complaint, Finding, Rule, Zones
from trucewatch.terms.rules import no_fire_area
from trucewatch.terms.situation import Facts

__all__ = ["RULE"]


class Parameters(Entry):
    """What a limit says.

    most      acts that are allowed in any window
    window_h  length of the window
    unit      incidents: each counts once; counted: each counts for the explosions, bursts, shots or projectiles that
              its sources counted, and for at least one where nobody did
    """

    most: int = Field(ge=0, le=10_000)  # beyond that the distribution of the number would be too long
    window_h: float = Field(gt=0)
    unit: Literal["incidents", "counted"] = "incidents"


def _parameters(clause: Provision) -> Parameters:
    return Parameters.model_validate(dict(clause.parameters))


def _check(clause: Provision, zones: Zones) -> Iterator[Complaint]:
    yield from no_fire_area.RULE.check(clause, zones)


def _find(clause: Provision, zones: Zones, subject: Area, facts: Facts, evidence: Evidence) -> Finding:
    p = _parameters(clause)
    chances = no_fire_area.RULE.chances(clause, zones, [subject], facts, evidence)
    placed = evidence.places.kind != UNKNOWN  # an incident without a place says nothing about this one
    low, high = chances.p.where(placed)
    start, end = (np.clip(t, *subject.bounds_ns) for t in (evidence.t_start_ns, evidence.t_end_ns))
    fewest, greatest = _numbers(p, evidence)
    found = crowd(Acts(low, fewest, start, end), Acts(high, greatest, start, end), round(p.window_h * HOUR_NS), p.most)
    unplaced = int((~placed & (chances.p.high > 0)).sum())
    return _finding(p, subject, found, int((high > 0).sum()), unplaced)


def _numbers(p: Parameters, evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest number (n,) of acts that each incident may stand for; nobody counted: any number."""
    if p.unit == "incidents":
        one = np.ones(len(evidence), np.int64)
        return one, one
    counts = act_counts(evidence)
    least, most = np.floor(np.nan_to_num(counts, nan=1.0)), np.ceil(np.nan_to_num(counts, nan=p.most + 1.0))
    return least.astype(np.int64), most.astype(np.int64)


def _finding(p: Parameters, subject: Area, found: Crowd, incidents: int, unplaced: int) -> Finding:
    what = "acts" if p.unit == "counted" else "incidents"
    reason = f"at most {p.most} {what} are allowed in any {p.window_h:g} h in {subject.name}; "
    numbers: dict[str, float | int | str] = {
        "most": p.most, "window_h": p.window_h, "incidents": incidents, "unplaced": unplaced,
    }  # fmt: skip
    if found.fullest_ns is None:
        reason += "no known incident can be one"
    else:
        begins = format_ns(found.fullest_ns)
        numbers |= {"fullest_from": begins, "expected_low": round(found.expected, 2)}
        reason += (
            f"more of them fall into one such window with probability {_range(found.low, found.high)}; "
            f"the fullest begins at {begins}, with at least {found.expected:.1f} expected in it"
        )
    if unplaced:
        reason += f"; {unplaced} incidents of unknown place are left out"
    return Finding(found.low, found.high, reason, numbers)


def _range(low: float, high: float) -> str:
    return f"{high:.2f}" if high - low < 0.005 else f"{low:.2f} to {high:.2f}"


_AREA = no_fire_area.RULE
RULE = Rule(
    "rate_over_window", Parameters, _check, _AREA.areas, _AREA.subjects, _AREA.chances, _find, about_incidents=False
)
