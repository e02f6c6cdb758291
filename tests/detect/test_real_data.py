"""The thermal detector on real fires: known plants, a peacetime year held out, and the spring of 2022."""

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from trucewatch.core.columns import numbers
from trucewatch.detect import detect, learn

# Places of plants, from public maps.
PLANTS = {
    "Azovstal": (37.605, 47.095),
    "Ilyich": (37.565, 47.155),
    "Kryvyi Rih": (33.395, 47.875),
    "Zaporizhzhia": (35.160, 47.867),
    "Kamianske": (34.640, 48.530),
    "Alchevsk": (38.755, 48.460),
}


@pytest.fixture(scope="module")
def every_fire(shared_data, fires):
    paths = sorted((shared_data / "fires_daily").glob("*.csv"))
    if not paths:
        pytest.skip("fires_daily is not here")
    table = pa.concat_tables([pa.csv.read_csv(p) for p in paths], promote_options="permissive")
    day = table.column("ACQ_DATE").to_numpy().astype("datetime64[D]")
    return fires(table.column("LONGITUDE").to_numpy(), table.column("LATITUDE").to_numpy(), day.astype(np.int64))


@pytest.fixture(scope="module")
def year(every_fire):
    start = every_fire.column("t_start_ns").to_numpy().astype("datetime64[ns]")
    return start.astype("datetime64[Y]").astype(np.int64) + 1970


@pytest.fixture(scope="module")
def p_by_year(every_fire, year):
    """Probabilities of 2021 and of 2022, each scored by a baseline that never saw them."""
    found = {}
    for scored in (2021, 2022):
        baseline = learn(every_fire.filter(pa.array((year < 2022) & (year != scored))))
        found[scored] = numbers(detect(every_fire.filter(pa.array(year == scored)), baseline)[0], "p_anomaly")
    return found


def test_known_plants_are_recognised_as_persistent_sources(every_fire, year):
    sites = learn(every_fire.filter(pa.array(year < 2022))).sites
    assert sites.covered_years == 7
    for name, (lon, lat) in PLANTS.items():
        near = np.hypot((sites.lon_deg - lon) * 0.67, sites.lat_deg - lat) < 0.015  # 1.7 km: plants are that wide
        assert near.any(), name


def test_few_detections_of_a_peacetime_year_held_out_are_called_anomalies(p_by_year):
    """Measured: mean 0.011, one in 700 above one half, none above 0.9."""
    assert p_by_year[2021].mean() < 0.02
    assert (p_by_year[2021] > 0.5).mean() < 0.005
    assert (p_by_year[2021] > 0.9).mean() < 0.001


def test_many_detections_of_the_spring_of_2022_are_called_anomalies(p_by_year):
    """Measured: mean 0.20, one in ten above 0.9."""
    assert p_by_year[2022].mean() > 10 * p_by_year[2021].mean()
    assert (p_by_year[2022] > 0.9).mean() > 0.05


def test_anomalies_of_the_spring_of_2022_lie_where_there_was_fighting(every_fire, year, p_by_year):
    """The east against the west of the country, April to June. Measured: mean 0.51 against 0.12."""
    spring = every_fire.filter(pa.array(year == 2022))
    lon, lat = numbers(spring, "lon_deg"), numbers(spring, "lat_deg")
    late = spring.column("t_start_ns").to_numpy().astype("datetime64[ns]") >= np.datetime64("2022-04-01")
    p = p_by_year[2022]
    front, west = late & (lon > 36.5) & (lat > 47.8), late & (lon < 30)
    assert p[front].mean() > 0.4
    assert p[west].mean() < 0.16
