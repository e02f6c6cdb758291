"""The few things with consequences: incidents, verdicts and decisions; frozen, each with its reasons and parents."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "OWN_WITNESSES",
    "Allegation",
    "Casualties",
    "Decision",
    "Incident",
    "PlaceRecord",
    "SourceRef",
    "Status",
    "Verdict",
    "VerdictWord",
]


OWN_WITNESSES = ("observer",)  # projects whose groups saw with their own eyes, independently of one another


@dataclass(frozen=True, slots=True)
class SourceRef:
    """One source row behind an incident.

    segment, segment_row   where our own copy of the row lies; None before it was logged
    p_link                 probability that the row is of this incident
    """

    source: str
    file_sha256: str
    row: int
    native_key: str | None
    project: str
    group: str
    p_link: float
    segment: str | None = None
    segment_row: int | None = None


@dataclass(frozen=True, slots=True)
class Casualties:
    """Killed and injured as ranges; None where nobody said anything."""

    killed_low: int | None = None
    killed_high: int | None = None
    injured_low: int | None = None
    injured_high: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """A place distribution by kind, with its summary beside it (parameters as in core/place.py)."""

    kind: str | None
    lon_deg: float | None
    lat_deg: float | None
    size1_m: float | None
    size2_m: float | None
    bearing_deg: float | None
    width_deg: float | None
    summary_lon_deg: float | None
    summary_lat_deg: float | None
    radius90_m: float | None
    parts: str | None = None


class Status(StrEnum):
    """Where an incident stands; only people move it beyond `recorded`."""

    RECORDED = "recorded"
    VERIFIED = "verified"
    NOT_A_VIOLATION = "not_a_violation"
    INCONCLUSIVE = "inconclusive"
    MERGED = "merged"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Incident:
    """One happening: one place and time distribution and at least one source.

    incident_id   drawn from the first record that founded it; never changes
    version       1, 2, ...; `supersedes` is the version before, None for the first
    p_real        probability that something of this class happened there and then
    sources       strongest link first
    merged_into   id of the incident that took this one in
    split_from    id of the incident this one came out of
    """

    incident_id: str
    version: int
    supersedes: int | None
    status: Status
    t_start_ns: int
    t_end_ns: int
    cls: str | None
    p_real: float
    place: PlaceRecord
    casualties: Casualties
    sources: tuple[SourceRef, ...]
    weapon: str | None = None
    damage: str | None = None
    count: float | None = None
    count_unit: str | None = None
    merged_into: str | None = None
    split_from: str | None = None

    @property
    def independent_groups(self) -> int:
        """Number of independent sources: a project counts once, each of the mission's own witnesses by itself."""
        return len({s.group if s.project in OWN_WITNESSES else s.project for s in self.sources})


@dataclass(frozen=True, slots=True)
class Allegation:
    """What somebody says that somebody did: it may be repeated, and its place and time may be unknown.

    allegation_id  drawn from the first record that says it
    party          who alleges it; `against` who is said to have done it, None where it says nobody
    t_*_ns         None where no time is given
    copies         records that say the very same
    """

    allegation_id: str
    party: str
    against: str | None
    reference: str | None
    t_start_ns: int | None
    t_end_ns: int | None
    place: PlaceRecord
    cls: str | None
    source: SourceRef
    weapon: str | None = None
    count: float | None = None
    count_unit: str | None = None
    copies: int = 1


class VerdictWord(StrEnum):
    """The four things that can be said about a clause."""

    BREACH = "breach"
    NO_BREACH = "no_breach"
    UNDECIDED = "undecided"
    UNOBSERVED = "unobserved"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A proposal about one subject under one clause; never a finding.

    subject_kind  incident, allegation or period (an area or corridor in its hours)
    p             probability that the clause is engaged, given the record; None where nothing can be said
    numbers       what the reason rests on, by name with unit
    conditional   the verdict for each party where responsibility is unknown: {party: word}
    """

    agreement: str
    clause: str
    subject_kind: str
    subject: str
    verdict: VerdictWord
    p: float | None
    reason: str
    numbers: Mapping[str, float | int | str] = field(default_factory=dict)
    conditional: Mapping[str, str] = field(default_factory=dict)
    hypothetical: bool = False
    incident_version: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a named person decided about an incident; two different names make it final."""

    incident_id: str
    incident_version: int
    status: Status
    reason: str
    signer: str
    public_key: str
    t_ns: int
    signature: str
