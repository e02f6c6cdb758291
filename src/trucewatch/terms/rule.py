"""What a kind of rule offers to the room."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from trucewatch.core.agreement import Provision, Zone
from trucewatch.core.entries import Entry
from trucewatch.core.yaml_files import Path
from trucewatch.terms.areas import Area, Span
from trucewatch.terms.chances import Chances
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.situation import Facts

__all__ = ["Complaint", "Finding", "Rule", "Zones"]

Zones = Mapping[str, Zone]
Complaint = tuple[Path, str, str, str]  # path below `parameters`, found, needed, fix


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule finds about one of its subjects, where that is more than the most probable incident in it.

    low, high  bounds of the probability that the clause is engaged
    reason     a clause of a sentence: what was found, with its numbers
    by_party   bounds by party where they differ; else low and high hold for every party that is bound
    looked     whether somebody looked: True, False, or None where the coverage decides
    """

    low: float
    high: float
    reason: str
    numbers: Mapping[str, float | int | str] = field(default_factory=dict)
    by_party: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    looked: bool | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of rule.

    kind             its name in `rule:` of a clause
    parameters       the keys that a clause of this kind may have
    check            what is wrong in a clause that its keys alone do not show
    areas            where and when the clause applies
    subjects         the areas with their hours about which a verdict is given even without an incident; none for a
                     rule that only speaks about incidents
    chances          how probably each incident engages it
    find             what is found about a subject; None where the most probable incident in it says all
    about_incidents  whether an incident by itself can engage it (one of many under a limit cannot)
    acts             classes that engage a clause of this kind which names none
    alone            whether its answer rests on incidents in its areas and windows only, each by itself; else it is
                     given all incidents, wherever they lie
    """

    kind: str
    parameters: type[Entry]
    check: Callable[[Provision, Zones], Iterator[Complaint]]
    areas: Callable[[Provision, Zones, Span], list[Area]]
    subjects: Callable[[Provision, Zones, Span], list[Area]]
    chances: Callable[[Provision, Zones, Sequence[Area], Facts, Evidence], Chances]
    find: Callable[[Provision, Zones, Area, Facts, Evidence], Finding] | None = None
    about_incidents: bool = True
    acts: tuple[str, ...] = ()
    alone: bool = True
