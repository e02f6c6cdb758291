"""The agreement as nouns: parties, zones and provisions; read from files by the room `terms`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shapely.geometry.base import BaseGeometry

__all__ = ["Agreement", "Call", "Force", "Inspection", "Notice", "Party", "Provision", "Zone"]


class Force(StrEnum):
    """Whether the agreement binds anybody; all but IN_FORCE print HYPOTHETICAL on every page."""

    IN_FORCE = "in_force"
    HYPOTHETICAL = "hypothetical"
    INVENTED = "invented"


@dataclass(frozen=True, slots=True)
class Party:
    """A party to the agreement."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone or line with its validity.

    kind            area, point, line, corridor, country
    geometry        WGS84 lon lat
    vertex_sources  for each vertex, in order, who says so; None where nobody does
    disputed_by     parties that do not accept it
    valid_*_ns      ns UTC, half-open; None is open
    object_class    what stands there (school, hospital, storage, …), where it is an object of a class
    """

    id: str
    kind: str
    geometry: BaseGeometry
    vertex_sources: tuple[str | None, ...]
    valid_from_ns: int | None = None
    valid_to_ns: int | None = None
    disputed_by: tuple[str, ...] = ()
    name: str | None = None
    object_class: str | None = None

    @property
    def sourced(self) -> bool:
        """Whether every vertex names its source; without that the clause is undecided."""
        return bool(self.vertex_sources) and all(self.vertex_sources)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notified activity that an exception may rest on."""

    party: str
    activity: str
    t_start_ns: int
    t_end_ns: int
    geometry: BaseGeometry
    source: str
    t_notified_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call to the coordination mechanism.

    outcome  resolved, unsuccessful or unanswered; None where nobody recorded it
    """

    party: str
    t_start_ns: int
    t_end_ns: int
    outcome: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found at a storage site, for one kind of weapon; None where nobody counted.

    site    id of a zone
    access  granted, conditional, delayed or denied
    """

    site: str
    t_start_ns: int
    t_end_ns: int
    weapon: str | None
    declared: float | None
    present: float | None
    missing: float | None
    not_verified: float | None
    access: str
    source: str


@dataclass(frozen=True, slots=True)
class Provision:
    """One clause: a stable id, where its text stands, the kind of rule that tests it, and the rule's parameters.

    rule        name of a rule kind in terms.RULES
    domain      land, air, sea, energy
    binds       ids of the parties it binds
    acts        classes of core/classes.py that engage it
    exceptions  activities that, when notified, take an incident out of it
    not_in_force  why this clause bound nobody although the agreement may be in force; None where it did
    windows_ns    the times, inside effective_from..to, in which phases switch its domain on; () where that is always
    notice_lead_ns  how long before its start an activity must be notified to be an exception; None: any notice does
    """

    id: str
    text_reference: str
    rule: str
    domain: str
    phase: str | None
    binds: tuple[str, ...]
    acts: tuple[str, ...]
    zones: tuple[str, ...]
    effective_from_ns: int
    effective_to_ns: int | None
    exceptions: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    not_in_force: str | None = None
    windows_ns: tuple[tuple[int, int | None], ...] = ()
    notice_lead_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """A whole agreement.

    digest           SHA-256 over its files
    force_reason     why it has the force that it has, in the words of its file
    corridor_clause  pattern of the clauses that are made from a list of corridors, one a corridor; its `id` is a prefix
    """

    name: str
    title: str
    force: Force
    parties: tuple[Party, ...]
    time_zone: str
    effective_from_ns: int
    effective_to_ns: int | None
    zones: tuple[Zone, ...]
    provisions: tuple[Provision, ...]
    notices: tuple[Notice, ...]
    sources: tuple[str, ...]
    digest: str
    force_reason: str = ""
    corridor_clause: Provision | None = None

    @property
    def hypothetical(self) -> bool:
        """Whether every page must say HYPOTHETICAL."""
        return self.force is not Force.IN_FORCE

    def zone(self, zone_id: str) -> Zone:
        """Return the zone with this id; KeyError where there is none."""
        return next((z for z in self.zones if z.id == zone_id), None) or _missing(zone_id)


def _missing(zone_id: str) -> Zone:
    raise KeyError(zone_id)
