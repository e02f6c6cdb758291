"""What a report is made of; the pipeline fills it from records that were redacted for the audience already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement
from trucewatch.core.issue import Issue
from trucewatch.core.marking import Marking
from trucewatch.core.records import Incident, Verdict
from trucewatch.core.sight import CoverageReport

__all__ = ["AlertPrecision", "AllegationRow", "Checkpoint", "Contact", "CorridorRow", "DailyReport", "DayCoverage",
           "DaySeries", "Figures", "FlashNote", "InputFile", "InspectionRow", "MapLayers", "NetworkFigures",
           "NetworkRow", "PlaceLabel", "Range", "SideBySide", "SourcePrecision", "Versions"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file that was read; `issues` counts those met in it."""

    name: str
    sha256: str
    format: str
    rows: int
    issues: int = 0
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """State of the log when the report was made; the root hash and the key id as the log's notes spell them."""

    origin: str
    size: int
    root_hash: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Versions:
    """What made the report."""

    schema: str
    program: str
    config_digest: str


@dataclass(frozen=True, slots=True)
class Range:
    """Persons, at least `low`, at most `high` (None: no upper bound is known), as stated in `stated` incidents."""

    low: int
    high: int | None
    stated: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of one period; the same function makes them for this one and the one before (figures.py).

    incidents        recorded, without merged and retired ones
    expected         sum of their probabilities of being real
    spread           standard deviation of the number of real ones, were they independent
    by_area          incidents by the name of the area
    impediments      recorded impediments; None where none were asked for
    seen             fraction of area × time that could be seen; None where unknown
    """

    incidents: int
    expected: float
    spread: float
    by_area: Mapping[str, int]
    killed: Range
    injured: Range
    impediments: int | None = None
    seen: float | None = None


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """What could be seen on one day that begins at `t_start_ns`: satellite passes, hours seen, or neither known."""

    t_start_ns: int
    passes: int | None = None
    hours_seen: float | None = None


@dataclass(frozen=True, slots=True)
class CorridorRow:
    """A corridor as it was reported to have gone, beside what the record says of its hours."""

    corridor: str
    route: str
    t_start_ns: int
    t_end_ns: int
    proposer: str | None
    reported_outcome: str | None
    verdict: str
    p: float | None
    incidents: int
    seen: float | None


@dataclass(frozen=True, slots=True)
class PlaceLabel:
    """A settlement to print on the map; the first ones have precedence."""

    name: str
    lon_deg: float
    lat_deg: float


class Contact(Protocol):
    """A contact line as of a time, by one source (core/contact.py)."""

    @property
    def source(self) -> str: ...
    @property
    def as_of_ns(self) -> int: ...
    @property
    def line(self) -> BaseGeometry: ...
    @property
    def disputed(self) -> BaseGeometry | None: ...


@dataclass(frozen=True, slots=True)
class MapLayers:
    """Background of the maps, lon lat WGS84; `source` says whose outlines and names these are."""

    outline: BaseGeometry | None = None
    neighbours: tuple[BaseGeometry, ...] = ()
    contact_lines: tuple[Contact, ...] = ()
    labels: tuple[PlaceLabel, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class SourcePrecision:
    """How precisely one source spoke in a period; no figure shows a place.

    records               accepted rows; `duplicates` repeat another one, `aside` speak of no happening
    texts                 independent groups among them: copies of one text or of one look count once
    placed                rows with a known place; of these half have a 90 % radius below radius50_m, nine in ten
                          below radius90_m
    hours50               median length of the interval in which it happened; dated: share of a day or longer
    expected              sum of the probabilities that its events are real
    joined                share of its events that another source joined in one incident; None where it has none
    """

    source: str
    records: int
    duplicates: int
    aside: int
    texts: int
    placed: int
    radius50_m: float | None
    radius90_m: float | None
    hours50: float | None
    dated: float | None
    expected: float
    joined: float | None


@dataclass(frozen=True, slots=True)
class AlertPrecision:
    """What one recorder of alerts gave: alerts, repeated rows, units, share of guessed ends, and the share of its
    alerts of whole regions that another recorder began within five minutes (None where there is none)."""

    recorder: str
    alerts: int
    duplicates: int
    regions: int
    guessed: float | None
    met: float | None


@dataclass(frozen=True, slots=True)
class DaySeries:
    """A number for each day; `unit` is texts, expected or alert_hours."""

    name: str
    unit: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """All sources of a period beside each other; edges_ns (n + 1,) bound the days of the series."""

    edges_ns: tuple[int, ...]
    sources: tuple[SourcePrecision, ...]
    alerts: tuple[AlertPrecision, ...]
    series: tuple[DaySeries, ...]


@dataclass(frozen=True, slots=True)
class AllegationRow:
    """An allegation beside what the record says of it.

    t_start_ns, t_end_ns  None where it gives no time
    where                 its place in words, coarse where the audience gets cells; None where it gives none
    clause, verdict, status, p  of the clause that it comes nearest to engaging
    """

    allegation_id: str
    reference: str | None
    party: str
    against: str | None
    t_start_ns: int | None
    t_end_ns: int | None
    where: str | None
    cls: str | None
    copies: int
    clause: str
    verdict: str
    status: str
    p: float | None


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """What an inspection of a storage site found; None where nobody counted."""

    site: str
    t_start_ns: int
    t_end_ns: int
    weapon: str | None
    declared: float | None
    present: float | None
    missing: float | None
    not_verified: float | None
    access: str


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """What an acoustic network heard of one class (None: unknown): volleys, how many of them are expected to be real,
    single sounds in them, and the nodes that heard one (median, most)."""

    cls: str | None
    volleys: int
    expected: float
    sounds: float
    nodes50: float
    nodes_most: int


@dataclass(frozen=True, slots=True)
class NetworkFigures:
    """What an acoustic network heard in a period; no figure names a node or shows a place.

    active               nodes that sent anything
    triggers, explained  triggers of the period, and how many of them an event explains
    incidents, alone     incidents that rest on the network, and those that rest on nothing else
    """

    nodes: int
    active: int
    triggers: int
    explained: int
    incidents: int
    alone: int
    rows: tuple[NetworkRow, ...]


@dataclass(frozen=True)
class DailyReport:
    """Everything that a daily report prints.

    period_ns        start and end, half-open; previous_period_ns likewise, None where there is none
    cut_off_ns       what arrived later is not in it
    judged           clause id → number of incidents tested under it
    background       events that are more likely background than a happening and founded no incident
    observations     the public or internal table, redacted; impediments likewise
    coverage         None where nothing is known of who could look
    area_of          incident id → name of its area
    describe         incident id → its place in words, coarse where the audience gets cells
    days             for the chart of periods longer than two days
    timings_s        stage → seconds
    beside           every source beside the others; None where none was asked for
    network          what the acoustic network heard; None where there is none
    """

    agreement: Agreement
    audience: Marking
    synthetic: bool
    period_ns: tuple[int, int]
    cut_off_ns: int
    incidents: tuple[Incident, ...]
    verdicts: tuple[Verdict, ...]
    judged: Mapping[str, int]
    observations: pa.Table
    impediments: pa.Table
    coverage: CoverageReport | None
    issues: tuple[Issue, ...]
    inputs: tuple[InputFile, ...]
    versions: Versions
    checkpoint: Checkpoint | None = None
    previous_period_ns: tuple[int, int] | None = None
    previous: Figures | None = None
    layers: MapLayers = field(default_factory=MapLayers)
    area_of: Mapping[str, str] = field(default_factory=dict)
    describe: Mapping[str, str] = field(default_factory=dict)
    corridors: tuple[CorridorRow, ...] = ()
    days: tuple[DayCoverage, ...] = ()
    timings_s: Mapping[str, float] = field(default_factory=dict)
    background: int = 0
    beside: SideBySide | None = None
    allegations: tuple[AllegationRow, ...] = ()
    inspections: tuple[InspectionRow, ...] = ()
    network: NetworkFigures | None = None


@dataclass(frozen=True, slots=True)
class FlashNote:
    """Everything beside the incident that a flash note prints.

    issued_ns   when it was written
    means       means of observation behind the incident
    seen        fraction of the area's time that could be seen, None where unknown
    """

    agreement: Agreement
    audience: Marking
    synthetic: bool
    issued_ns: int
    verdicts: tuple[Verdict, ...]
    means: tuple[str, ...]
    seen: float | None
    versions: Versions
    area: str | None = None
    describe: str | None = None
    checkpoint: Checkpoint | None = None
    layers: MapLayers = field(default_factory=MapLayers)
