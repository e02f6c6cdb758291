"""What each audience sees, how coarse it is, and that the search finds what must not be there."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.marking import Marking
from trucewatch.core.place import Places, mass_in
from trucewatch.core.records import Casualties, Incident, PlaceRecord, SourceRef, Status, Verdict, VerdictWord
from trucewatch.core.sight import CoverageReport, CoverageShare
from trucewatch.core.tables import COVERAGE, IMPEDIMENTS, NODES, OBSERVATIONS, SCHEMAS, TRIGGERS
from trucewatch.core.times import HOUR_NS, parse_instant
from trucewatch.physics.geodesy import distance_m
from trucewatch.physics.polygons import PolygonIndex
from trucewatch.release import (
    Config,
    Secrets,
    coarsen_places,
    coarsen_times,
    find_withheld,
    gather_secrets,
    may_see,
    redact_coverage,
    redact_incident,
    redact_incidents,
    redact_issues,
    redact_table,
    redact_verdict,
)

POST = (37.81234, 48.12345)
SECRETS = Secrets(
    ("CAM-07", "Hub North"), np.array([POST]), ("the witness saw two tanks move past the school at dusk",)
)


def observer_row(**changes: object) -> pa.Table:
    """One observation by a patrol, as an adapter writes it."""
    row = {
        "source": "observer", "file_sha256": "ab" * 32, "row": 1, "native_key": "patrol 3/17", "state": "accepted",
        "project": "observer", "group": "PATROL-3 Zolote", "t_start_ns": parse_instant("2030-05-01T10:12:30Z"),
        "t_end_ns": parse_instant("2030-05-01T10:13:30Z"), "place_kind": "sector", "lon_deg": POST[0],
        "lat_deg": POST[1], "asset": "PATROL-3", "text": "the witness saw two tanks move past the school at dusk",
    } | changes  # fmt: skip
    return OBSERVATIONS.table(row, 1)


def incident(lon: float = 37.9, lat: float = 48.2, radius90_m: float = 300.0, group: str = "PATROL-3") -> Incident:
    """One incident known from a patrol and a satellite."""
    place = PlaceRecord("exact", lon, lat, radius90_m, None, 0.0, None, lon, lat, radius90_m)
    sources = (
        SourceRef("observer", "ab" * 32, 1, "patrol 3/17", "observer", group, 0.9),
        SourceRef("firms", "cd" * 32, 7, "px7", "firms", "firms", 0.8),
    )
    start, end = parse_instant("2030-05-01T10:12:30Z"), parse_instant("2030-05-01T10:59:59Z")
    return Incident("i1", 1, None, Status.RECORDED, start, end, "explosion", 0.9, place, Casualties(), sources)


def test_every_audience_sees_the_public_and_only_its_own():
    for audience in Marking:
        assert may_see(audience, Marking.PUBLIC)
        assert may_see(audience, audience)
    assert not may_see(Marking.PARTIES, Marking.COALITION)
    assert not may_see(Marking.COALITION, Marking.PARTIES)
    assert not may_see(Marking.INTERNAL, Marking.SOURCE_PROTECTED)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
@pytest.mark.parametrize("audience", Marking)
def test_only_columns_that_the_audience_may_see_are_left(schema, audience):
    names = redact_table(schema.empty(), schema, audience).column_names
    assert names == [c.name for c in schema.columns if may_see(audience, c.marking)]


def test_a_patrol_is_named_in_no_column_of_the_public_table():
    public = redact_table(observer_row(), OBSERVATIONS, Marking.PUBLIC)
    assert "PATROL" not in str(public.to_pylist()).upper()
    assert public["native_key"].to_pylist() == [None]


def test_open_sources_keep_their_own_keys_in_public():
    public = redact_table(observer_row(source="cir", native_key="UW-12"), OBSERVATIONS, Marking.PUBLIC)
    assert public["native_key"].to_pylist() == ["UW-12"]


def test_a_row_is_public_only_with_its_hour():
    public = redact_table(observer_row(), OBSERVATIONS, Marking.PUBLIC)
    assert public["t_start_ns"].to_pylist() == [parse_instant("2030-05-01T10:00:00Z")]
    assert public["t_end_ns"].to_pylist() == [parse_instant("2030-05-01T11:00:00Z")]


def test_source_protected_audience_sees_the_table_unchanged():
    table = observer_row()
    assert redact_table(table, OBSERVATIONS, Marking.SOURCE_PROTECTED).equals(table)


def test_equal_groups_stay_equal_and_unequal_ones_unequal():
    incidents = [incident(group=g) for g in ("PATROL-3", "PATROL-3", "PATROL-4")]
    groups = [i.sources[0].group for i in redact_incidents(incidents, Marking.PUBLIC)]
    assert groups[0] == groups[1] != groups[2]
    assert incident().independent_groups == redact_incident(incident(), Marking.PUBLIC).independent_groups


def test_the_public_incident_is_a_cell_and_a_whole_hour():
    public = redact_incident(incident(), Marking.PUBLIC)
    assert public.place.kind == "pixel"
    assert public.place.size1_m >= 10_000
    assert public.place.size2_m >= 10_000
    assert public.place.radius90_m > 5_000
    assert (public.t_start_ns % HOUR_NS, public.t_end_ns % HOUR_NS) == (0, 0)
    assert public.t_start_ns <= incident().t_start_ns < incident().t_end_ns <= public.t_end_ns


def test_the_protected_key_is_withheld_and_the_open_one_kept():
    keys = [s.native_key for s in redact_incident(incident(), Marking.PUBLIC).sources]
    assert keys == [None, "px7"]


def test_the_internal_incident_keeps_its_place_and_time():
    internal = redact_incident(incident(), Marking.INTERNAL)
    assert internal.place == incident().place
    assert internal.t_start_ns == incident().t_start_ns


def test_an_unknown_place_stays_unknown():
    nowhere = incident(lon=np.nan, lat=np.nan, radius90_m=np.nan)
    assert redact_incident(nowhere, Marking.PUBLIC).place.kind is None


def test_nearby_positions_give_one_cell_so_that_releases_cannot_be_averaged():
    rng = np.random.default_rng(1)
    centre = redact_incident(incident(), Marking.PUBLIC).place
    lon, lat = centre.lon_deg + rng.normal(0, 0.003, 500), centre.lat_deg + rng.normal(0, 0.003, 500)
    cells = coarsen_places(lon, lat, np.full(500, 100.0), Config())
    assert len(np.unique(np.column_stack([cells.lon_deg, cells.lat_deg]), axis=0)) == 1


@given(
    lon=st.floats(-180, 179.999), lat=st.floats(-84, 84), radius=st.floats(0, 60_000), cell_km=st.sampled_from([10, 25])
)
@settings(max_examples=50)
def test_the_cell_is_large_enough_and_holds_the_place(lon, lat, radius, cell_km):
    config = Config(cell_km=cell_km)
    cells = coarsen_places(np.array([lon]), np.array([lat]), np.array([radius]), config)
    assert min(cells.north_south_m[0], cells.east_west_m[0]) >= cell_km * 999.9
    away = distance_m(np.array([lon]), np.array([lat]), cells.lon_deg, cells.lat_deg)[0]
    assert away <= np.hypot(cells.north_south_m, cells.east_west_m)[0] / 2 * 1.01
    assert cells.radius90_m[0] >= min(radius, 0.5 * cell_km * 1000)


def test_the_published_cell_holds_the_mass_of_a_wide_place():
    place = incident(radius90_m=8_000.0)
    cell = redact_incident(place, Marking.PUBLIC).place
    assert cell.size1_m >= 30_000
    half_lat, half_lon = cell.size1_m / 2 / 111_200, cell.size2_m / 2 / 74_000
    box = shapely.box(cell.lon_deg - half_lon, cell.lat_deg - half_lat, cell.lon_deg + half_lon,
                      cell.lat_deg + half_lat)  # fmt: skip
    mass = mass_in(Places.of("exact", 37.9, 48.2, 8_000.0), PolygonIndex([box]))
    assert mass[0, 0] > 0.9


@given(st.integers(-(10**18), 10**18), st.integers(0, 10**15))
@settings(max_examples=50)
def test_coarse_times_hold_the_exact_ones(start, length):
    low, high = coarsen_times(np.array([start]), np.array([start + length]), Config())
    assert low[0] <= start <= start + length <= high[0]
    assert high[0] - low[0] < length + 2 * HOUR_NS


def test_a_public_verdict_carries_no_metres():
    numbers = {"behind_baseline_m:east": 4300.0, "p_real": 0.9}
    reason = "If confirmed, would engage clause A-1: shot, 4.3 km behind the baseline and 12,300 m from the line."
    verdict = Verdict("a", "A-1", "incident", "i1", VerdictWord.BREACH, 0.9, reason, numbers)
    public = redact_verdict(verdict, Marking.PUBLIC)
    assert dict(public.numbers) == {"p_real": 0.9}
    assert public.reason.endswith("shot, 0 to 10 km behind the baseline and 10 to 20 km from the line.")
    assert redact_verdict(verdict, Marking.INTERNAL) == verdict


def coverage(cell_km: float) -> CoverageReport:
    """Two neighbouring cells and a large and a small area."""
    shares = (CoverageShare("country", "A", "all", 0.5, 9_000.0, 3), CoverageShare("bridge", None, "all", 1.0, 4.0, 1))
    return CoverageReport(shares, cell_km, np.array([37.92, 37.94]), np.array([48.2, 48.2]), np.array([1.0, 0.0]))


def test_public_coverage_is_averaged_to_ten_kilometres():
    public = redact_coverage(coverage(2.0), Marking.PUBLIC)
    assert public.cell_km == 10
    assert public.cell_fraction.tolist() == [0.5]


def test_public_coverage_hides_what_is_seen_of_a_small_area():
    public = redact_coverage(coverage(10.0), Marking.PUBLIC)
    assert [s.fraction for s in public.shares] == [0.5, None]


def test_internal_coverage_is_unchanged():
    report = coverage(2.0)
    assert redact_coverage(report, Marking.INTERNAL) is report


LON, LAT = POST
SPELLINGS = {
    "plain": f"{LAT}, {LON}",
    "three decimals": "48.123 N 37.812 E",
    "cut, not rounded": "lat=48.1234 lon=37.8123",
    "decimal comma": "48,12345; 37,81234",
    "JSON pair": "[37.81234,48.12345]",
    "CSV row": "7,firms,37.81234,48.12345,0.9",
    "exponent": "3.781234e1 4.812345e1",
    "letters before": "N48.1235E37.8123",
    "one coordinate, fine": "northing 48.12345",
    "seconds": "48°07'24.4\"N 37°48'44.4\"E",
    "minutes": "48°07.407' N, 37°48.740' E",
    "ten-millionths": '{"latE7":481234500,"lonE7":378123400}',
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_a_position_is_found_however_it_is_spelt(text):
    assert find_withheld(text.encode(), SECRETS) == ["position 0"]


@pytest.mark.parametrize("digits", [2, 3, 4, 5])
@pytest.mark.parametrize("spaced", [False, True])
def test_a_position_is_found_as_a_grid_reference(digits, spaced):
    import mgrs

    text = mgrs.MGRS().toMGRS(LAT, LON, MGRSPrecision=digits)
    if spaced:
        text = f"{text[:3]} {text[3:5]} {text[5 : 5 + digits]} {text[5 + digits :]}".lower()
    assert find_withheld(f"at {text}.".encode(), SECRETS) == ["position 0 as a grid reference"]


@pytest.mark.parametrize(
    "text",
    ["48.12 N 37.81 E", "48.123 of one, 37.9 of another", "48.2 37.9", "48.123" + " " * 300 + "37.812", "4812 3781"],
)
def test_coarse_or_unrelated_numbers_pass(text):
    assert find_withheld(text.encode(), SECRETS) == []


@pytest.mark.parametrize("text", ["seen by CAM-07", "cam_07", "<td>Cam 07</td>", "HUB&nbsp;NORTH", "hub%20north"])
def test_a_name_is_found_whatever_joins_its_parts(text):
    assert len(find_withheld(text.encode(), SECRETS)) == 1


@pytest.mark.parametrize("text", ["CAM-070", "webcam-07", "north of the hub"])
def test_other_names_pass(text):
    assert find_withheld(text.encode(), SECRETS) == []


def test_a_quotation_of_eight_words_is_found_even_when_escaped():
    assert find_withheld(b"... two tanks move past the\\u0020school at dusk", SECRETS) != []
    assert find_withheld(b"two tanks at dusk", SECRETS) == []


def test_a_protected_link_is_found():
    secrets = Secrets(texts=("https://example.org/post/123456",))
    assert find_withheld(b'<a href="https://example.org/post/123456">', secrets) != []


def parquet(**columns: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue()


def test_compressed_parquet_is_looked_into():
    assert find_withheld(parquet(who=["x", "CAM-07"]), SECRETS) == ["name 'CAM-07'"]
    assert find_withheld(parquet(a=[1.0, LAT], p=[0.5, 0.5], b=[2.0, LON]), SECRETS) == ["position 0"]
    assert find_withheld(parquet(a=[1.0, LAT], b=[LON, 2.0]), SECRETS) == []
    assert find_withheld(parquet(nested=[[{"at": json.dumps(POST)}]]), SECRETS) == ["position 0"]


def test_bytes_that_cannot_be_looked_into_do_not_pass():
    assert find_withheld(b"PK\x03\x04....", SECRETS) == ["bytes that cannot be searched (zip)"]


@given(st.binary(max_size=300))
@settings(max_examples=50)
def test_any_bytes_can_be_searched(data):
    if not data.startswith(b"PAR1"):
        assert isinstance(find_withheld(data, SECRETS), list)


def test_secrets_are_gathered_from_patrols_cameras_and_impediments_but_not_satellites():
    box = shapely.to_wkb(shapely.box(36.9, 47.9, 37.1, 48.1))
    common = {"source": "duty", "file_sha256": "00", "row": [1, 2], "t_start_ns": 0, "t_end_ns": 1}
    seen = COVERAGE.table(common | {"asset": ["CAM-07", "SAT-1"], "asset_kind": ["camera", "satellite"],
                                    "working": True, "geometry": [box, box]})  # fmt: skip
    stopped = IMPEDIMENTS.table(common | {"kind": "denial", "asset": ["P-9", None], "lon_deg": 36.5, "lat_deg": 47.5})
    secrets = gather_secrets({"coverage": [seen], "impediments": [stopped], "observations": [observer_row()]})
    assert secrets.names == ("CAM-07", "P-9", "PATROL-3")
    assert secrets.positions.tolist() == [[36.5, 47.5], pytest.approx([37.0, 48.0]), pytest.approx(POST)]
    assert len(secrets.texts) == 1


def test_nodes_are_secret_by_name_and_position_and_triggers_by_the_name_they_carry():
    reference = {"source": "nodes", "file_sha256": "ab", "row": [1]}
    nodes = NODES.table({**reference, "node": ["EAR-17"], "lon_deg": [37.41237], "lat_deg": [47.98766]})
    triggers = TRIGGERS.table({**reference, "node": ["EAR-99"], "t_ns": [0]})
    secrets = gather_secrets({"nodes": [nodes], "triggers": [triggers]})
    assert secrets.names == ("EAR-17", "EAR-99")
    assert secrets.positions.tolist() == [[37.41237, 47.98766]]
    told = Issue("triggers", IssueKind.DOUBTFUL, "the clock of EAR-17 1.3 s ahead", "true time", "corrected")
    (shown,) = redact_issues([told], Marking.PUBLIC, secrets)
    assert "EAR" not in str(shown)
    assert redact_issues([told], Marking.INTERNAL, secrets) == (told,)


def test_an_issue_that_quotes_a_camera_is_published_without_the_quotation():
    quoting = Issue("duty.csv", IssueKind.REJECTED, "status 'asleep' of CAM-07", "a known status", "row left out", 4)
    plain = Issue("fires.csv", IssueKind.REJECTED, "latitude 95", "-90..90", "row left out", 5)
    public = redact_issues((quoting, plain), Marking.PUBLIC, SECRETS)
    assert "CAM" not in str(public[0])
    assert (public[0].kind, public[0].row) == (quoting.kind, 4)
    assert public[1] == plain
    assert redact_issues((quoting,), Marking.INTERNAL, SECRETS) == (quoting,)


def test_what_is_released_to_the_public_passes_the_search():
    table = observer_row()
    secrets = gather_secrets({"observations": [table]})
    public = redact_table(table, OBSERVATIONS, Marking.PUBLIC)
    sink = io.BytesIO()
    pq.write_table(public, sink)
    assert find_withheld(sink.getvalue(), secrets) == []
    assert find_withheld(repr(redact_incident(incident(), Marking.PUBLIC)).encode(), secrets) == []
