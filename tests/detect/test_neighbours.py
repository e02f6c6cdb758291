"""Companions in space and time against plain counting."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.detect.neighbours import Points, companions
from trucewatch.physics.geodesy import distance_m

rows = st.lists(
    st.tuples(st.floats(35.0, 35.3), st.floats(48.0, 48.2), st.integers(100, 110), st.integers(0, 1)),
    min_size=1, max_size=40,
)  # fmt: skip


def points_of(some):
    lon, lat, day, source = np.array(some, dtype=float).reshape(-1, 4).T
    return Points(lon, lat, day.astype(np.int64), source.astype(np.int64))


@settings(max_examples=40, deadline=None)
@given(some=rows)
def test_it_counts_what_plain_counting_counts(some):
    p = points_of(some)
    n = len(p.day)
    away = distance_m(p.lon_deg[:, None], p.lat_deg[:, None], p.lon_deg, p.lat_deg)
    near = (away <= 5000) & (p.source[:, None] == p.source)
    edge = np.abs(away - 5000) < 25  # local plane against the ellipsoid
    step = np.abs(p.day[:, None] - p.day)
    found = companions(p, p, np.ones(n, bool), 5000.0, 3)
    for i in np.flatnonzero(~(edge & (step <= 3)).any(axis=1)):
        assert found.same_day[i] == np.count_nonzero(near[i] & (step[i] == 0)) - 1
        others = near[i] & (step[i] > 0) & (step[i] <= 3)
        assert found.other_days[i] == len(np.unique(p.day[others]))


def test_a_target_that_is_not_of_the_field_is_not_left_out():
    here, field = points_of([(35, 48, 100, 0)]), points_of([(35.001, 48, 100, 0), (35, 48.001, 101, 0)])
    found = companions(here, field, np.array([False]), 5000.0, 10)
    assert (found.same_day[0], found.other_days[0]) == (1, 1)


def test_many_on_one_other_day_are_one_other_day():
    field = points_of([(35, 48, 100, 0)] + [(35.001, 48, 102, 0)] * 5)
    found = companions(field.take(np.array([0])), field, np.array([True]), 5000.0, 10)
    assert (found.same_day[0], found.other_days[0]) == (0, 1)


@pytest.mark.parametrize(("targets", "field"), [(0, 3), (3, 0), (0, 0)])
def test_nothing_has_no_companions(targets, field):
    some = points_of([(35, 48, 100, 0)] * 3)
    found = companions(some.take(np.arange(targets)), some.take(np.arange(field)), np.zeros(targets, bool), 5000.0, 10)
    assert found.same_day.tolist() == [field] * targets
