"""An invented day on an invented line, labelled synthetic, as a reader would meet it."""

import sys
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Force, Party, Provision, Zone
from trucewatch.core.country import country_outline, neighbours
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.marking import Marking
from trucewatch.core.records import Casualties, Incident, PlaceRecord, SourceRef, Status, Verdict, VerdictWord
from trucewatch.core.sight import CoverageReport, CoverageShare
from trucewatch.core.tables import IMPEDIMENTS, OBSERVATIONS
from trucewatch.core.times import DAY_NS, HOUR_NS, parse_instant
from trucewatch.report import (
    Checkpoint,
    CorridorRow,
    DailyReport,
    DayCoverage,
    FlashNote,
    InputFile,
    MapLayers,
    PlaceLabel,
    Versions,
    figures,
)

START = parse_instant("2030-05-03T00:00:00+03:00")
LINE = shapely.LineString([(36.7, 47.4), (37.1, 47.7), (37.3, 47.75), (37.6, 48.1), (37.9, 48.2), (38.2, 48.55)])
CLASSES = ("explosion", "shot", "burst", "projectile", "fire", "civilian_damage", "overflight", "thermal", None)
AREAS = ("North", "Centre", "South")
TOWNS = (("Oakbridge", 37.2, 47.95), ("Millford", 37.75, 48.35), ("Saltmarsh", 37.85, 47.7), ("Stonegate", 36.95, 47.5))


@dataclass(frozen=True)
class Contact:
    """A contact line with the fields that the map needs."""

    source: str
    as_of_ns: int
    line: BaseGeometry
    disputed: BaseGeometry | None


def make_agreement(force: Force = Force.INVENTED) -> Agreement:
    """An agreement with a line, a buffer on each side, and three clauses."""
    buffer = LINE.buffer(0.09)
    zones = (
        Zone("line", "line", LINE, ("annex A",) * 6, name="Line"),
        Zone("buffer", "area", buffer, ("annex A",) * shapely.get_num_coordinates(buffer), name="Buffer zone"),
    )
    common = {"rule": "no_fire", "phase": None, "binds": ("west", "east"), "acts": ("fire_event",),
              "effective_from_ns": START - 30 * DAY_NS, "effective_to_ns": None}  # fmt: skip
    clauses = (
        Provision("A-1", "Article 1: no fire in the buffer zone", domain="land", zones=("buffer",), **common),
        Provision("A-2", "Article 2: no flights over the line", domain="air", zones=("line",), **common),
        Provision("A-3", "Article 3: no new works", domain="land", zones=("buffer",), **common),
    )
    return Agreement(
        "example", "Example armistice", force, (Party("west", "Western party"), Party("east", "Eastern party")),
        "Europe/Kyiv", START - 30 * DAY_NS, None, zones, clauses, (), ("invented",), "9f" * 32,
        "invented to show how a report looks",
    )  # fmt: skip


def make_incident(k: int, rng: np.random.Generator, hours: float = 24.0) -> Incident:
    """The k-th invented incident, near the line."""
    at = LINE.interpolate(rng.uniform(), normalized=True)
    lon, lat = at.x + rng.normal(0, 0.07), at.y + rng.normal(0, 0.05)
    radius = float(rng.choice([60.0, 350.0, 2400.0]))
    start = START + int(rng.uniform(0, hours) * HOUR_NS) // 60_000_000_000 * 60_000_000_000
    hurt = rng.uniform() < 0.04
    casualties = Casualties(int(rng.integers(0, 2)), int(rng.integers(2, 4)), 1, None) if hurt else Casualties()
    cls = CLASSES[int(rng.integers(len(CLASSES)))]
    sources = tuple(
        SourceRef(s, f"{j:02x}" * 32, k + 1, f"{s}-{k}", s, f"{s}:{j}", round(float(rng.uniform(0.6, 1)), 3))
        for j, s in enumerate(("observer", "firms", "press")[: int(rng.integers(1, 4))])
    )
    place = PlaceRecord("exact", lon, lat, radius, None, 0.0, None, lon, lat, radius)
    return Incident(
        f"in{k:04x}c7", 1, None, Status.RECORDED, start, start + HOUR_NS, cls, round(float(rng.beta(3, 1.4)), 3), place,
        casualties, sources, weapon="mortar 120 mm" if cls == "explosion" else None,
        damage="roof of a school <b>damaged</b>" if cls == "civilian_damage" else None,
        count=float(rng.integers(1, 9)) if cls == "explosion" else None,
        count_unit="explosion" if cls == "explosion" else None,
    )  # fmt: skip


def make_verdict(incident: Incident, clause: str = "A-1") -> Verdict:
    """A proposal about an incident, worded as the room `terms` words it."""
    p = round(incident.p_real * 0.97, 3)
    word = VerdictWord.BREACH if p >= 0.8 else VerdictWord.UNDECIDED
    start = "If confirmed, would engage" if word is VerdictWord.BREACH else "Undecided under"
    reason = f"{start} clause {clause}: explosion in Buffer zone with probability {p:.2f}; hypothetical."
    return Verdict("example", clause, "incident", incident.incident_id, word, p, reason, {"p": p},
                   {"west": str(word), "east": str(word)}, True, 1)  # fmt: skip


def make_coverage() -> CoverageReport:
    """Shares by side, and cells of 10 km around the line, some of which nothing could see."""
    shares = []
    for area, km2 in (("Buffer zone", 3100.0), ("North", 2400.0), ("Centre", 2600.0), ("South", 2200.0)):
        for side, f in ((None, 0.24), ("west of the line", 0.37), ("east of the line", 0.11)):
            shares.append(CoverageShare(area, side, "all", f, km2 if side is None else km2 / 2, 9))
    shares.append(CoverageShare("Buffer zone", None, "patrol", 0.08, 3100.0, 4))
    shares.append(CoverageShare("Buffer zone", None, "satellite", 0.03, 3100.0, 2, passes=6))
    lon, lat = (a.ravel() for a in np.meshgrid(np.arange(36.5, 38.5, 0.134), np.arange(47.2, 48.8, 0.09)))
    near = shapely.distance(LINE, shapely.points(lon, lat))
    fraction = np.clip(0.9 - 2.6 * near, 0, 1) * (lon < 38.1)
    return CoverageReport(tuple(shares), 10.0, lon, lat, fraction)


def make_observations(n: int) -> object:
    """Observations of three sources."""
    kind = np.arange(n) % 3
    words = {"source": ("observer", "firms", "press"), "means": ("heard", "imaged", "reported"),
             "count_unit": ("explosion", "pixel", "report")}  # fmt: skip
    columns = {name: [w[k] for k in kind] for name, w in words.items()}
    return OBSERVATIONS.table(columns | {
        "file_sha256": "ab" * 32, "row": np.arange(n) + 1, "state": ["duplicate" if k % 29 == 0 else "accepted" for k in
        range(n)], "project": columns["source"], "group": columns["source"], "t_start_ns": START,
        "t_end_ns": START + HOUR_NS, "count": np.ones(n)})  # fmt: skip


def make_impediments() -> object:
    """A denial and a jamming, recorded by patrols."""
    return IMPEDIMENTS.table({
        "source": "duty", "file_sha256": "cd" * 32, "row": [1, 2],
        "t_start_ns": [START + 9 * HOUR_NS, START + 14 * HOUR_NS],
        "t_end_ns": [START + 11 * HOUR_NS, START + 15 * HOUR_NS], "kind": ["denial", "jamming"],
        "means": ["patrol", "uav"], "agent": ["armed men at a checkpoint", None],
        "text": ["turned back twice", "lost the link for an hour"]})  # fmt: skip


ISSUES = (
    Issue("fires.csv", IssueKind.REJECTED, "latitude 95.2", "a latitude between −90 and 90", "the row is left out", 17),
    Issue("fires.csv", IssueKind.DUPLICATE, "a row equal to row 3", "distinct rows", "it is counted once", 18),
    Issue("form.csv", IssueKind.DOUBTFUL, "sector “SEE”", "a compass word", "the place stays unknown", 4),
)
LAYERS = MapLayers(
    country_outline(), tuple(neighbours().values()),
    (Contact("map one", START, LINE, LINE.interpolate(0.5, normalized=True).buffer(0.12)),),
    tuple(PlaceLabel(*t) for t in TOWNS), "Natural Earth",
)  # fmt: skip


def make_day(n: int = 140, days: int = 1, **changes: object) -> DailyReport:
    """A whole report."""
    rng = np.random.default_rng(7)
    incidents = tuple(make_incident(k, rng, 24.0 * days) for k in range(n))
    verdicts = [make_verdict(i) for i in incidents if i.cls in ("explosion", "shot", "burst")]
    verdicts.append(Verdict("example", "A-3", "period", "Buffer zone", VerdictWord.UNOBSERVED, None,
                            "Nothing can be said of clause A-3 in Buffer zone: no incident is known and only 3% of its "
                            "area and time could have been seen; hypothetical.", {}, {}, True))  # fmt: skip
    area_of = {i.incident_id: AREAS[k % 3] for k, i in enumerate(incidents)}
    describe = {i.incident_id: f"about {4 + k % 9} km north of {TOWNS[k % 4][0]}" for k, i in enumerate(incidents)}
    before = replace(figures(incidents[: n * 2 // 3], area_of, 5, 0.31), expected=n * 0.4)
    day = DailyReport(
        make_agreement(), Marking.PUBLIC, True, (START, START + days * DAY_NS), START + days * DAY_NS + 2 * HOUR_NS,
        incidents, tuple(verdicts), {"A-1": n, "A-2": n, "A-3": n}, make_observations(3 * n), make_impediments(),
        make_coverage(), ISSUES, (InputFile("hub_north.csv", "ab" * 32, "observer_form", 60, 1, True),
                                  InputFile("fires.csv", "cd" * 32, "firms_csv", 250, 2, True)),
        Versions("1", "0.1.0", "77" * 32),
        Checkpoint("example.invalid/log", 4211, "q0x" * 14 + "=", "example+1a2b3c4d"),
        (START - days * DAY_NS, START), before, LAYERS, area_of, describe, (),
        tuple(DayCoverage(START + k * DAY_NS, passes=4 + k % 3) for k in range(days) if k % 5 != 4),
        {"sense": 1.204, "fuse": 0.611},
    )  # fmt: skip
    return replace(day, **changes)


CORRIDOR = CorridorRow("HC-16", "Saltmarsh → Oakbridge", START + 9 * HOUR_NS, START + 17 * HOUR_NS, "Agreed",
                       "disputed", "undecided", 0.41, 2, 0.2)  # fmt: skip


def make_flash(incident: Incident, **changes: object) -> FlashNote:
    """What a flash note says beside its incident."""
    note = FlashNote(
        make_agreement(), Marking.COMMISSION, True, START + 12 * HOUR_NS, (make_verdict(incident),),
        ("heard", "imaged"), 0.24, Versions("1", "0.1.0", "77" * 32), "Centre",
        "about 6 km north of Oakbridge", None, LAYERS,
    )  # fmt: skip
    return replace(note, **changes)


@pytest.fixture(scope="session")
def invented() -> ModuleType:
    """The builders of this file, for tests that need a variation."""
    return sys.modules[__name__]


@pytest.fixture(scope="session")
def day() -> DailyReport:
    """One synthetic day with 140 incidents."""
    return make_day()


@pytest.fixture(scope="session")
def long_day() -> DailyReport:
    """Forty synthetic days with 4,000 incidents and a corridor."""
    return make_day(4000, 40, corridors=(CORRIDOR,))
