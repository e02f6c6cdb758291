"""What a kind of rule offers to the room."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from trucewatch.core.agreement import Notice, Provision, Zone
from trucewatch.terms.areas import Area, Span
from trucewatch.terms.chances import Chances
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.schema import Entry
from trucewatch.terms.source import Path

__all__ = ["Complaint", "Rule", "Zones"]

Zones = Mapping[str, Zone]
Complaint = tuple[Path, str, str, str]  # path below `parameters`, found, needed, fix


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of rule.

    kind        its name in `rule:` of a clause
    parameters  the keys that a clause of this kind may have
    check       what is wrong in a clause that its keys alone do not show
    areas       where and when the clause applies
    subjects    the areas with their hours about which a verdict is given even without an incident; none for a rule
                that only speaks about incidents
    chances     how probably each incident engages it
    """

    kind: str
    parameters: type[Entry]
    check: Callable[[Provision, Zones], Iterator[Complaint]]
    areas: Callable[[Provision, Zones, Span], list[Area]]
    subjects: Callable[[Provision, Zones, Span], list[Area]]
    chances: Callable[[Provision, Zones, Sequence[Area], Sequence[Notice], Evidence], Chances]
