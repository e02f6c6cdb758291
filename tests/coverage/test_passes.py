"""Passes read off detections are a lower bound of what was imaged."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.tables import OBSERVATIONS
from trucewatch.core.times import DAY_NS, HOUR_NS, SECOND_NS
from trucewatch.coverage import Config, build, passes_from_detections

MINUTE_NS = 60 * SECOND_NS
CONFIG = Config()


def detections(t_ns: list[int], lon: list[float], lat: list[float], **more: Any) -> pa.Table:
    start = np.array(t_ns)
    values = {
        "source": "firms", "file_sha256": "0" * 64, "row": np.arange(1, len(t_ns) + 1), "state": "accepted",
        "project": "firms", "group": "firms:N", "t_start_ns": start, "t_end_ns": start + MINUTE_NS,
        "place_kind": "pixel", "lon_deg": lon, "lat_deg": lat, "size1_m": 375.0, "size2_m": 375.0, "class": "thermal",
    }  # fmt: skip
    return OBSERVATIONS.table({**values, **more})


def test_detections_a_few_minutes_apart_are_one_pass_and_hours_apart_two() -> None:
    table = detections([0, 3 * MINUTE_NS, 12 * HOUR_NS], [36.0, 37.0, 36.5], [48.0, 48.0, 48.5])
    passes = passes_from_detections(table)
    assert passes.num_rows == 2
    assert integers(passes, "t_end_ns").tolist() == [4 * MINUTE_NS, 12 * HOUR_NS + MINUTE_NS]


def test_two_satellites_at_one_time_are_two_passes() -> None:
    table = detections([0, 0], [36.0, 36.1], [48.0, 48.1], group=["firms:N", "firms:N20"])
    assert strings(passes_from_detections(table), "asset").tolist() == ["firms:N", "firms:N20"]


def test_the_footprint_holds_every_detection_and_little_more() -> None:
    table = detections([0, 0, 0], [36.0, 37.0, 36.5], [48.0, 48.0, 48.6])
    shape = shapely.from_wkb(passes_from_detections(table).column("geometry")[0].as_py())
    assert shapely.contains_xy(shape, [36.0, 37.0, 36.5], [48.0, 48.0, 48.6]).all()
    assert not shapely.contains_xy(shape, 36.0, 48.6)


def test_a_pass_speaks_for_the_half_day_before_it() -> None:
    passes = passes_from_detections(detections([20 * HOUR_NS], [36.0], [48.0]))
    spot = shapely.Point(36.0, 48.0).buffer(0.001)
    coverage = build([passes], {}, {}, (0, DAY_NS))[0]
    assert coverage.fraction(spot, 9 * HOUR_NS, 19 * HOUR_NS) == pytest.approx(CONFIG.p_detect_pass)
    assert coverage.fraction(spot, 0, 7 * HOUR_NS) == 0.0


def test_a_date_without_a_time_is_one_look_at_an_unknown_time_of_that_day() -> None:
    table = detections([0, 0, DAY_NS], [36.0, 36.2, 36.0], [48.0, 48.0, 48.0],
                       t_end_ns=np.array([DAY_NS, DAY_NS, 2 * DAY_NS]), group="firms")  # fmt: skip
    passes = passes_from_detections(table)
    assert integers(passes, "t_start_ns").tolist() == [0, DAY_NS]
    assert integers(passes, "t_end_ns").tolist() == [DAY_NS, 2 * DAY_NS]
    assert numbers(passes, "p_detect") == pytest.approx([CONFIG.p_detect_day] * 2)


def test_two_passes_see_about_what_a_day_sees() -> None:
    assert 1 - (1 - CONFIG.p_detect_pass) ** 2 == pytest.approx(CONFIG.p_detect_day, abs=0.001)


def test_reports_and_unknown_places_are_no_passes() -> None:
    assert passes_from_detections(detections([0], [36.0], [48.0], **{"class": "explosion"})).num_rows == 0
    assert passes_from_detections(detections([0], [36.0], [48.0], place_kind=None)).num_rows == 0
    assert passes_from_detections(OBSERVATIONS.empty()).num_rows == 0


def test_half_a_year_over_a_country_is_counted(shared_data: Any) -> None:
    """The list of summer 2023 has detections at 684 times that lie more than a quarter of an hour apart."""
    import pyarrow.csv as pc

    path = shared_data / "firms" / "viirs_snpp_ukraine_2023-02_2023-08.csv"
    words = pc.ConvertOptions(column_types={"acq_date": pa.string(), "acq_time": pa.int64()})
    firms = pc.read_csv(path, convert_options=words)
    days = firms.column("acq_date").to_numpy().astype("datetime64[D]").astype(np.int64)
    hhmm = firms.column("acq_time").to_numpy()
    t_ns = days * DAY_NS + (hhmm // 100) * HOUR_NS + (hhmm % 100) * MINUTE_NS
    lon, lat = firms.column("longitude").to_numpy(), firms.column("latitude").to_numpy()
    passes = passes_from_detections(detections(t_ns.tolist(), lon, lat))
    times = np.unique(t_ns)
    assert passes.num_rows == 1 + int((np.diff(times) > 900 * SECOND_NS).sum()) == 684
