"""The view answers as a plain look through all incidents would, and is rebuilt to equality."""

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.marking import Marking
from trucewatch.core.place import Places, sample_points
from trucewatch.core.records import Casualties, Decision, Incident, PlaceRecord, Status, Verdict, VerdictWord
from trucewatch.core.times import DAY_NS, HOUR_NS
from trucewatch.evidence import Config, Log, LogReader, Record, View, to_body

NOON_NS = 1648814400 * 10**9  # 2022-04-01T12:00:00Z


def exact(lon_deg: float, lat_deg: float, radius_m: float) -> PlaceRecord:
    return PlaceRecord("exact", lon_deg, lat_deg, radius_m, None, None, None, lon_deg, lat_deg, radius_m)


NOWHERE = PlaceRecord(None, None, None, None, None, None, None, None, None, None)


def log_incidents(log: Log, *incidents: Incident, marking: Marking = Marking.PUBLIC) -> None:
    log.append_many([Record("incident", to_body(incident), marking=marking) for incident in incidents])


@pytest.fixture
def day(desk: Any, make: Any) -> Any:
    """Four incidents, one of them in two versions, one without a place, with everything said about them."""
    at = {"t_start_ns": NOON_NS, "t_end_ns": NOON_NS + HOUR_NS}
    verdict = Verdict("armistice", "2.1", "incident", "I0001", VerdictWord.BREACH, 0.75, "inside", {"mass": 0.9})
    decision = Decision("I0001", 2, Status.VERIFIED, "seen on film", "first signer", "ab", NOON_NS, "cd")
    issue = Issue("shots.csv", IssueKind.REJECTED, "2202-02-03", "a date", "row left out", 4)
    with desk.open() as log:
        sha = log.put_blob(b"time,lon,lat\n12:00,38.5,48.7\n").file_sha256
        body = {"file_sha256": sha, "file_name": "patrol 7.csv"}
        (file,) = log.append_many([Record("file", body, marking=Marking.INTERNAL)])
        log.append_segment("segment", make.shots(5, sha), make.schema, (file.leaf,), Marking.INTERNAL)
        log_incidents(log, make.incident(1, place=exact(38.5, 48.7, 500), **at))
        log_incidents(log, make.incident(2, place=exact(39.02, 48.7, 20_000), **at),
                      make.incident(3, place=NOWHERE, **at), marking=Marking.INTERNAL)  # fmt: skip
        log_incidents(log, make.incident(1, version=2, place=exact(38.9, 48.9, 500), **at))
        log_incidents(log, make.incident(4, place=exact(38.5, 48.7, 500), t_start_ns=NOON_NS + DAY_NS,
                                         t_end_ns=NOON_NS + DAY_NS))  # fmt: skip
        log.append_many([Record("verdict", to_body(verdict)), Record("decision", to_body(decision)),
                         Record("issue", issue.as_dict()), Record("run", {"t_ns": NOON_NS})])  # fmt: skip
    return desk


@pytest.fixture
def view(day: Any) -> Iterator[View]:
    with View.rebuild(day.folder) as view:
        yield view


def test_a_view_rebuilt_from_the_log_equals_the_one_kept_up_to_date(desk: Any, make: Any, tmp_path: Path) -> None:
    with desk.open() as log, View(tmp_path / "kept.sqlite") as kept:
        for start in range(0, 30, 10):
            log.append_many([make.record(n) for n in range(start, start + 10)])
            log_incidents(log, make.incident(start, version=2), make.incident(5, version=start + 3))
            kept.update(log.reader())
        with View.rebuild(desk.folder) as rebuilt:
            assert rebuilt.dump() == kept.dump()
            assert len(rebuilt.dump()["incidents"]) == 36


def test_a_deleted_view_comes_back_equal(day: Any) -> None:
    with View.rebuild(day.folder) as view:
        before = view.dump()
    (day.folder / "view.sqlite").unlink()
    with View.rebuild(day.folder) as view:
        assert view.dump() == before


def test_a_changed_view_is_put_right_by_rebuilding(day: Any) -> None:
    with View.rebuild(day.folder) as view:
        before = view.dump()
    with sqlite3.connect(day.folder / "view.sqlite") as other:
        other.execute("UPDATE incidents SET p_real = 0")
    other.close()
    with View.rebuild(day.folder) as view:
        assert view.dump() == before


def test_a_view_of_another_log_begins_anew(day: Any, make: Any, tmp_path: Path) -> None:
    with View(tmp_path / "kept.sqlite") as view:
        view.update(LogReader(day.folder))
        other = type(day)(tmp_path / "other")
        with other.open(seed=3) as log:
            log.append_many([make.record(n) for n in range(20)])
        view.update(LogReader(other.folder))
        with View.rebuild(other.folder) as rebuilt:
            assert view.dump() == rebuilt.dump()


def test_a_file_that_is_no_view_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "view.sqlite").write_bytes(b"no database, only words" * 100)
    with pytest.raises(CommandError, match="delete it"):
        View(tmp_path / "view.sqlite")


def test_nothing_new_changes_nothing(view: View, day: Any) -> None:
    before = view.dump()
    assert view.update(LogReader(day.folder)) == 0
    assert view.dump() == before


def test_only_the_newest_version_is_flagged(view: View) -> None:
    flags = {(r["incident_id"], r["version"]): r["latest"] for r in view.rows("incidents")}
    assert flags == {("I0001", 1): 0, ("I0001", 2): 1, ("I0002", 1): 1, ("I0003", 1): 1, ("I0004", 1): 1}


def test_every_kind_of_record_has_its_table(view: View) -> None:
    counts = {name: len(rows) for name, rows in view.dump().items()}
    assert counts == {"leaves": 11, "incidents": 5, "sources": 5, "verdicts": 1, "decisions": 1, "issues": 1,
                      "files": 1, "segments": 1, "records": 1, "place_time": 4, "meta": 2}  # fmt: skip


def test_a_sealed_record_stays_a_leaf_without_a_row(day: Any) -> None:
    with day.open(seed=2) as log:
        log.destroy_key(3, "consent withdrawn")
    with View.rebuild(day.folder) as view:
        assert "I0002" not in {row["incident_id"] for row in view.rows("incidents")}
        assert [row["leaf"] for row in view.rows("leaves", "NOT readable")] == [3]


def test_a_view_forgets_a_body_whose_key_was_destroyed_after_it_was_taken_in(day: Any) -> None:
    with View.rebuild(day.folder) as view:
        assert view.rows("files")
        with day.open(seed=2) as log:
            log.destroy_key(0, "consent withdrawn")
        view.update(LogReader(day.folder))
        assert view.rows("files") == []
        with View.rebuild(day.folder, day.folder / "again.sqlite") as again:
            assert again.dump() == view.dump()
    assert b"patrol 7" not in (day.folder / "view.sqlite").read_bytes()


def test_an_incident_is_found_where_its_place_lies(view: View) -> None:
    hits = view.incidents_in(38, 48, 39, 49, NOON_NS, NOON_NS + DAY_NS)
    assert (hits.incident_id, hits.version, hits.mass.tolist()) == (["I0001"], [2], [1.0])


def test_a_place_on_the_edge_counts_with_its_share(day: Any) -> None:
    with View.rebuild(day.folder, config=Config(min_mass=0.3)) as view:
        hits = view.incidents_in(38, 48, 39, 49, NOON_NS, NOON_NS + DAY_NS)
    assert sorted(hits.incident_id) == ["I0001", "I0002"]
    assert hits.mass[hits.incident_id.index("I0002")] == pytest.approx(
        0.44, abs=0.05
    )  # Φ(−0.157): 1.46 km beyond the edge, σ = 9.3 km


def test_an_unknown_place_is_counted_and_never_placed(view: View) -> None:
    assert view.incidents_in(-180, -90, 180, 90, NOON_NS, NOON_NS + HOUR_NS).unplaced == 1
    assert view.incidents_in(-180, -90, 180, 90, NOON_NS + DAY_NS, NOON_NS + 2 * DAY_NS).unplaced == 0


def test_an_instant_belongs_to_the_day_that_it_begins(view: View) -> None:
    around = (38, 48, 39, 49)
    assert view.incidents_in(*around, NOON_NS + DAY_NS, NOON_NS + 2 * DAY_NS).incident_id == ["I0004"]
    assert "I0004" not in view.incidents_in(*around, NOON_NS, NOON_NS + DAY_NS).incident_id


def test_old_versions_are_found_when_asked_for(view: View) -> None:
    hits = view.incidents_in(38.4, 48.6, 38.6, 48.8, NOON_NS, NOON_NS + HOUR_NS, latest=False)
    assert list(zip(hits.incident_id, hits.version, strict=True)) == [("I0001", 1)]


def test_a_geometry_inside_the_box_narrows_the_answer(view: View) -> None:
    triangle = Polygon([(38, 48), (39, 48), (38, 49)])
    whole = view.incidents_in(38, 48, 39, 49, NOON_NS, NOON_NS + HOUR_NS, geometry=box(38, 48, 39, 49))
    assert whole.incident_id == ["I0001"]
    assert view.incidents_in(38, 48, 39, 49, NOON_NS, NOON_NS + HOUR_NS, geometry=triangle).incident_id == []


def test_a_box_upside_down_is_refused(view: View) -> None:
    with pytest.raises(CommandError, match="upside down"):
        view.incidents_in(39, 48, 38, 49, NOON_NS, NOON_NS + HOUR_NS)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[View, list[Incident]]]:
    """Three hundred incidents of every kind of place over ten days."""
    rng, folder = np.random.default_rng(4), tmp_path_factory.mktemp("many")
    incidents = [
        Incident(f"I{n:04d}", 1, None, Status.RECORDED, t0, t0 + length, None, 0.5, place, Casualties(), ())
        for n, (t0, length, place) in enumerate(_drawn(rng, 300))
    ]
    entropy = random.Random(4).randbytes  # noqa: S311  # a test, not a secret
    with Log.open(folder, Ed25519PrivateKey.from_private_bytes(bytes(32)), lambda: NOON_NS, entropy) as log:
        log_incidents(log, *incidents)
    with View.rebuild(folder) as view:
        yield view, incidents


def _drawn(rng: np.random.Generator, count: int) -> Iterator[tuple[int, int, PlaceRecord]]:
    for _ in range(count):
        kind = str(rng.choice(["exact", "ellipse", "pixel", "sector", "settlement"]))
        lon, lat, small = rng.uniform(36, 40), rng.uniform(47, 50), rng.uniform(100, 20_000)
        place = PlaceRecord(kind, lon, lat, small, small * 2, rng.uniform(0, 360), 60.0, lon, lat, small)
        yield NOON_NS + int(rng.integers(0, 10 * DAY_NS)), int(rng.integers(0, DAY_NS)), place


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lon=st.floats(35, 40), lat=st.floats(46, 50), width=st.floats(0, 3), day=st.floats(-1, 11), days=st.floats(0, 4))
def test_the_answer_is_that_of_a_plain_look_through_all(
    many: tuple[View, list[Incident]], lon: float, lat: float, width: float, day: float, days: float
) -> None:
    view, incidents = many
    t0, t1 = NOON_NS + int(day * DAY_NS), NOON_NS + int((day + days) * DAY_NS)
    hits = view.incidents_in(lon, lat, lon + width, lat + width, t0, t1)
    expected = {i.incident_id for i in incidents
                if _during(i, t0, t1) and _mass(i.place, lon, lat, width) >= 0.5}  # fmt: skip
    assert set(hits.incident_id) == expected


def _during(incident: Incident, t0: int, t1: int) -> bool:
    start, end = incident.t_start_ns, incident.t_end_ns
    return start < t1 and (end > t0 or start == end >= t0)


def _mass(place: PlaceRecord, lon: float, lat: float, width: float) -> float:
    p = Places.of(place.kind or "", place.lon_deg, place.lat_deg, place.size1_m, place.size2_m, place.bearing_deg,
                  place.width_deg)  # fmt: skip
    x, y = sample_points(p)
    return float(((x >= lon) & (x <= lon + width) & (y >= lat) & (y <= lat + width)).mean())
