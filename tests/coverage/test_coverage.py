"""What could have been seen: five-number cases a sensor engineer can check by hand."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.columns import Schema
from trucewatch.core.errors import ConfigError
from trucewatch.core.issue import IssueKind
from trucewatch.core.sight import CoverageShare, Sight
from trucewatch.core.tables import COVERAGE
from trucewatch.core.times import HOUR_NS
from trucewatch.coverage import Config, build

AREA = shapely.box(36.0, 48.0, 37.0, 49.0)
WEST, EAST = shapely.box(36.0, 48.0, 36.5, 49.0), shapely.box(36.5, 48.0, 37.0, 49.0)
DAY = (0, 24 * HOUR_NS)


def look(schema: Schema = COVERAGE, **given_values: Any) -> pa.Table:
    """One row: a camera that sees the western half for the first twelve hours, and misses nothing."""
    values: dict[str, Any] = {
        "source": "duty_log", "file_sha256": "0" * 64, "row": 1, "t_start_ns": 0, "t_end_ns": 12 * HOUR_NS,
        "asset": "camera 1", "asset_kind": "camera", "side": "west", "working": True, "p_detect": 1.0,
        "geometry": shapely.to_wkb(WEST),
    }  # fmt: skip
    return schema.table({k: [v] for k, v in {**values, **given_values}.items()})


def fraction(*tables: pa.Table) -> float:
    return build(tables, {}, {}, DAY)[0].fraction(AREA, *DAY)


def test_one_camera_for_half_the_day_over_half_the_area_sees_a_quarter() -> None:
    assert fraction(look()) == pytest.approx(0.25)


def test_a_camera_that_sees_half_of_what_happens_sees_half_of_that() -> None:
    assert fraction(look(p_detect=0.5)) == pytest.approx(0.125)


def test_two_assets_on_one_place_miss_only_what_both_miss() -> None:
    both = fraction(look(p_detect=0.6), look(asset="camera 2", p_detect=0.5))
    assert both == pytest.approx((1 - 0.4 * 0.5) / 4)


def test_an_asset_logged_twice_is_not_independent_of_itself() -> None:
    assert fraction(look(p_detect=0.6), look(p_detect=0.6, row=2)) == pytest.approx(0.6 / 4)


def test_overlapping_hours_of_one_asset_count_once() -> None:
    later = look(t_start_ns=6 * HOUR_NS, t_end_ns=18 * HOUR_NS)
    assert fraction(look(), later) == pytest.approx(18 / 24 / 2)


def test_an_interval_is_cut_exactly_at_the_period() -> None:
    coverage = build([look()], {}, {}, DAY)[0]
    assert coverage.fraction(WEST, 11 * HOUR_NS, 13 * HOUR_NS) == pytest.approx(0.5)


def test_an_asset_that_does_not_work_sees_nothing_and_is_reported() -> None:
    coverage, _, issues = build([look(working=False, reason="jammed")], {}, {}, DAY)
    assert coverage.fraction(AREA, *DAY) == 0.0
    assert [(d.asset_kind, d.reason, d.intervals, d.hours) for d in coverage.downtime] == [("camera", "jammed", 1, 12)]
    assert "12.0 h" in str(issues[0])


def test_where_a_log_says_both_not_working_holds() -> None:
    jammed = look(working=False, t_start_ns=3 * HOUR_NS, t_end_ns=6 * HOUR_NS)
    assert fraction(look(), jammed) == pytest.approx(9 / 24 / 2)


def test_another_camera_keeps_seeing_while_one_is_jammed() -> None:
    jammed = look(working=False, asset="camera 2")
    assert fraction(look(), jammed) == pytest.approx(0.25)


def test_a_probability_that_nobody_stated_counts_as_nothing_and_is_an_issue() -> None:
    coverage, _, issues = build([look(p_detect=None)], {}, {}, DAY)
    assert coverage.fraction(AREA, *DAY) == 0.0
    assert issues[0].kind is IssueKind.DOUBTFUL


@pytest.mark.parametrize(
    "bad",
    [
        {"t_end_ns": 0},
        {"p_detect": 1.5},
        {"geometry": b"no polygon"},
        {"geometry": shapely.to_wkb(shapely.Point(36.2, 48.5))},
    ],
    ids=["ends before it starts", "probability over one", "no geometry", "a point"],
)
def test_a_bad_row_is_an_issue_and_its_good_neighbour_goes_on(bad: dict[str, Any]) -> None:
    coverage, _, issues = build([look(**bad, row=7), look(asset="camera 2", row=8)], {}, {}, DAY)
    assert coverage.fraction(AREA, *DAY) == pytest.approx(0.25)
    assert [(i.kind, i.row) for i in issues] == [(IssueKind.REJECTED, 7)]


def test_without_any_table_nothing_is_known_and_nothing_was_seen() -> None:
    coverage, report, issues = build([], {"zone": AREA}, {"west": WEST}, DAY)
    assert coverage.fraction(AREA, *DAY) == 0.0
    assert [(s.area, s.side, s.fraction) for s in report.shares] == [("zone", None, None), ("zone", "west", None)]
    assert np.isnan(report.cell_fraction).all()
    assert coverage.reason is not None
    assert "nothing is known" in coverage.reason
    assert len(issues) == 1


def test_a_place_that_nobody_looked_at_has_a_known_fraction_of_zero() -> None:
    _, report, _ = build([look()], {"zone": EAST}, {}, DAY)
    assert share(report.shares, "zone", None, "all").fraction == 0.0


def share(shares: tuple[CoverageShare, ...], area: str, side: str | None, kind: str) -> CoverageShare:
    return next(s for s in shares if (s.area, s.side, s.asset_kind) == (area, side, kind))


def test_shares_are_given_for_each_side_and_each_kind_and_for_all() -> None:
    flight = look(asset="uav 1", asset_kind="uav", geometry=shapely.to_wkb(AREA), p_detect=0.5)
    shares = build([look(), flight], {"zone": AREA}, {"west": WEST, "east": EAST}, DAY)[1].shares
    assert share(shares, "zone", "west", "camera").fraction == pytest.approx(0.5)
    assert share(shares, "zone", "east", "camera").fraction == pytest.approx(0.0)
    assert share(shares, "zone", "east", "all").fraction == pytest.approx(0.25)
    assert share(shares, "zone", "west", "all").fraction == pytest.approx(0.5)
    assert share(shares, "zone", None, "uav").fraction == pytest.approx(0.25)
    assert share(shares, "zone", None, "all").assets == 2
    assert share(shares, "zone", None, "all").area_km2 == pytest.approx(8217.6, rel=1e-4)  # pyproj Geod


def test_satellite_passes_in_the_period_are_counted() -> None:
    passes = [look(asset="N", asset_kind="satellite", t_start_ns=h * HOUR_NS, t_end_ns=h * HOUR_NS + HOUR_NS // 12)
              for h in (1, 12, 30)]  # fmt: skip
    shares = build(passes, {"zone": AREA}, {}, DAY)[1].shares
    assert share(shares, "zone", None, "satellite").passes == 2
    assert share(shares, "zone", None, "satellite").fraction == pytest.approx(2 / 12 / 24 / 2)


def test_the_grid_of_a_report_has_ten_kilometre_cells_inside_the_areas() -> None:
    report = build([look()], {"zone": AREA}, {}, DAY)[1]
    assert report.cell_km == 10.0
    west = report.cell_lon_deg < 36.3
    north = (report.cell_lat_deg > 48.1) & (report.cell_lat_deg < 48.9)
    inside = west & north & (report.cell_lon_deg > 36.1)
    assert report.cell_fraction[inside] == pytest.approx(0.5)
    assert report.cell_fraction[report.cell_lon_deg > 36.7] == pytest.approx(0.0)


def test_coverage_finer_than_ten_kilometres_cannot_be_asked_for() -> None:
    with pytest.raises(ConfigError, match="at least 10"):
        Config(report_cell_km=2.0)


def test_a_corridor_drawn_as_a_line_is_a_narrow_band() -> None:
    coverage = build([look()], {}, {}, DAY)[0]
    assert coverage.fraction(shapely.LineString([(36.25, 48.5), (36.75, 48.5)]), *DAY) == pytest.approx(0.25, abs=0.01)


def test_an_empty_geometry_and_an_empty_period_are_answered_plainly() -> None:
    coverage = build([look()], {}, {}, DAY)[0]
    assert coverage.fraction(shapely.Polygon(), *DAY) == 0.0
    with pytest.raises(ValueError, match="needed a positive one"):
        coverage.fraction(AREA, 5, 5)


def test_coverage_answers_as_the_protocol_of_sight() -> None:
    sight: Sight = build([look()], {}, {}, DAY)[0]
    assert 0.0 <= sight.fraction(AREA, *DAY) <= 1.0


looks = st.tuples(
    st.integers(0, 20), st.integers(1, 24), st.floats(0, 1), st.floats(35.5, 36.8), st.floats(47.8, 48.8)
)  # fmt: skip


def table_of(rows: list[tuple[int, int, float, float, float]]) -> list[pa.Table]:
    return [
        look(asset=f"camera {i}", t_start_ns=a * HOUR_NS, t_end_ns=(a + n) * HOUR_NS, p_detect=p,
             geometry=shapely.to_wkb(shapely.box(x, y, x + 0.6, y + 0.4)))
        for i, (a, n, p, x, y) in enumerate(rows)
    ]  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.lists(looks, min_size=1, max_size=6), looks)
def test_one_more_asset_never_lowers_what_is_seen(rows: list[tuple[Any, ...]], more: tuple[Any, ...]) -> None:
    less, greater = fraction(*table_of(rows)), fraction(*table_of([*rows, more]))
    assert 0.0 <= less <= greater + 1e-12 <= 1.0 + 2e-12


@settings(max_examples=30, deadline=None)
@given(st.lists(looks, min_size=2, max_size=6))
def test_the_order_of_the_rows_does_not_matter(rows: list[tuple[Any, ...]]) -> None:
    tables = table_of(rows)
    assert fraction(*tables) == pytest.approx(fraction(*reversed(tables)), abs=1e-12)
