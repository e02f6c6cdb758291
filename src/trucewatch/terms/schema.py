"""What may stand in an agreement's files: the keys and their types."""

from typing import Any, Literal, get_args

from pydantic import Field

from trucewatch.core.entries import Entry

__all__ = [
    "ACTIVITIES",
    "CircleEntry",
    "CorridorsEntry",
    "NoticeEntry",
    "PartyEntry",
    "PhaseEntry",
    "ProvisionEntry",
    "TermsEntry",
    "ZoneEntry",
    "ZoneProperties",
]

Activity = Literal["exercise", "demining", "repair", "controlled_detonation", "other"]  # words of the notices table
ACTIVITIES: tuple[str, ...] = get_args(Activity)

Word = Field(min_length=1)


class PartyEntry(Entry):
    """A party."""

    id: str = Word
    name: str = Word


class PhaseEntry(Entry):
    """A phase; the phases follow each other without a gap."""

    id: str = Word
    start: str = Field(alias="from")
    end: str | None = Field(default=None, alias="to")


class ProvisionEntry(Entry):
    """A clause."""

    id: str = Word
    text_reference: str = Word
    rule: str
    domain: Literal["land", "air", "sea", "energy"]
    phase: str | None = None
    binds: list[str] = Field(min_length=1)
    acts: list[str] = Field(min_length=1)
    zones: list[str] = Field(min_length=1)
    effective_from: str | None = None
    effective_to: str | None = None
    exceptions: list[Activity] = Field(default_factory=list)
    parameters: dict[str, Any] = Field(default_factory=dict)


class CorridorsEntry(Entry):
    """The pattern of the clauses made from a list of corridors, one a corridor."""

    id_prefix: str = Word
    text_reference: str = Word
    rule: str
    domain: Literal["land", "air", "sea", "energy"]
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
    """A notified activity, in a zone or a circle."""

    party: str
    activity: Activity
    start: str = Field(alias="from")
    end: str = Field(alias="to")
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
    kind: Literal["area", "line", "corridor"]
    name: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    disputed_by: list[str] | None = None
    vertex_sources: str | list[str | None] | None = None
