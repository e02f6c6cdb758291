"""What is judged, and what comes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Call, Inspection, Notice
from trucewatch.core.issue import Issue
from trucewatch.core.records import Allegation, Incident, Verdict
from trucewatch.core.sight import Sight

__all__ = ["Facts", "Judgement", "Situation", "Tally"]


@dataclass(frozen=True)
class Facts:
    """What is known beside the incidents, for the rules that ask for it."""

    notices: tuple[Notice, ...] = ()
    calls: tuple[Call, ...] = ()
    inspections: tuple[Inspection, ...] = ()


@dataclass(frozen=True)
class Situation:
    """What is known about a period.

    sight        what could have been seen
    period_ns    start and end of the period, ns UTC, half-open
    notices      notified activities beside those of the agreement's own file
    country      outline for zones of kind `country`; None where it is not given
    allegations  what somebody says that somebody did; each gets verdicts of its own
    calls        calls to the coordination mechanism
    inspections  what was found at storage sites
    """

    incidents: tuple[Incident, ...]
    sight: Sight
    period_ns: tuple[int, int]
    notices: tuple[Notice, ...] = ()
    country: BaseGeometry | None = None
    allegations: tuple[Allegation, ...] = ()
    calls: tuple[Call, ...] = ()
    inspections: tuple[Inspection, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """Incidents judged under one clause, by verdict; `unconcerned` ones surely lie outside it and have no row."""

    clause: str
    incidents: int
    breach: int
    undecided: int
    no_breach: int
    unconcerned: int


class Judgement(NamedTuple):
    """Verdicts with their issues, and by clause how many incidents were judged.

    allegations  by clause, and by what was found of them, how many allegations were judged
    """

    verdicts: list[Verdict]
    issues: list[Issue]
    tallies: Mapping[str, Tally]
    allegations: Mapping[str, Mapping[str, int]] = MappingProxyType({})
