"""What may stand in an agreement's files: the keys and their types."""

from typing import Any, Literal, get_args

from pydantic import Field

from trucewatch.core.entries import Entry

__all__ = [
    "ACTIVITIES",
    "DOMAINS",
    "CircleEntry",
    "CorridorsEntry",
    "Domain",
    "NoticeEntry",
    "PartyEntry",
    "PhaseEntry",
    "ProvisionEntry",
    "TermsEntry",
    "ZoneEntry",
    "ZoneProperties",
]

# Words of the notices table.
Activity = Literal["exercise", "demining", "repair", "controlled_detonation", "flight", "other"]
ACTIVITIES: tuple[str, ...] = get_args(Activity)
Domain = Literal["land", "air", "sea", "energy"]
DOMAINS: tuple[str, ...] = get_args(Domain)

Word = Field(min_length=1)


class PartyEntry(Entry):
    """A party."""

    id: str = Word
    name: str = Word


class PhaseEntry(Entry):
    """A phase; the phases follow each other without a gap. It switches its domains on, or all where it names none."""

    id: str = Word
    start: str = Field(alias="from")
    end: str | None = Field(default=None, alias="to")
    domains: list[Domain] | None = Field(default=None, min_length=1)


class ProvisionEntry(Entry):
    """A clause.

    acts          classes of the class tree; may be left out where the kind of rule has acts of its own
    objects       object classes: every zone of such a class is one of the clause's zones
    notice_hours  how long before its start an activity must be notified to be an exception
    """

    id: str = Word
    text_reference: str = Word
    rule: str
    domain: Domain
    phase: str | None = None
    binds: list[str] = Field(min_length=1)
    acts: list[str] = Field(default_factory=list)
    zones: list[str] = Field(default_factory=list)
    objects: list[str] = Field(default_factory=list)
    effective_from: str | None = None
    effective_to: str | None = None
    exceptions: list[Activity] = Field(default_factory=list)
    notice_hours: float | None = Field(default=None, ge=0)
    parameters: dict[str, Any] = Field(default_factory=dict)


class CorridorsEntry(Entry):
    """The pattern of the clauses made from a list of corridors, one a corridor."""

    id_prefix: str = Word
    text_reference: str = Word
    rule: str
    domain: Domain
    binds: list[str] = Field(min_length=1)
    acts: list[str] = Field(min_length=1)
    in_force_when_proposer: list[str] = Field(min_length=1)
    parameters: dict[str, Any] = Field(default_factory=dict)


class CircleEntry(Entry):
    """A round place."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    radius_m: float = Field(gt=0)


class NoticeEntry(Entry):
    """A notified activity, in a zone or a circle, and when it was notified."""

    party: str
    activity: Activity
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    notified: str | None = None
    zone: str | None = None
    circle: CircleEntry | None = None
    source: str = Word


class ZoneEntry(Entry):
    """A zone that needs no drawing: the outline of the country, given at run time."""

    id: str = Word
    kind: Literal["country"]
    name: str | None = None
    geometry: Literal["country"]
    source: str = Word


class TermsEntry(Entry):
    """The whole of terms.yaml."""

    format: Literal[1]
    title: str = Word
    force: Literal["in_force", "hypothetical", "invented"]
    force_reason: str = Word
    time_zone: str
    effective_from: str
    effective_to: str | None = None
    sources: list[str] = Field(min_length=1)
    parties: list[PartyEntry] = Field(min_length=1)
    phases: list[PhaseEntry] = Field(default_factory=list)
    zones: list[ZoneEntry] = Field(default_factory=list)
    provisions: list[ProvisionEntry] = Field(default_factory=list)
    corridors: CorridorsEntry | None = None
    notices: list[NoticeEntry] = Field(default_factory=list)


class ZoneProperties(Entry):
    """The properties of a feature of zones.geojson."""

    id: str = Word
    kind: Literal["area", "line", "corridor", "point"]
    name: str | None = None
    object_class: str | None = Field(default=None, min_length=1)
    valid_from: str | None = None
    valid_to: str | None = None
    disputed_by: list[str] | None = None
    vertex_sources: str | list[str | None] | None = None
