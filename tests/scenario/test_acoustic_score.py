"""Origins against sounds whose truth is known."""

import numpy as np
import pytest

from trucewatch.core.tables import ORIGINS
from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import offset_lonlat
from trucewatch.scenario import SOUNDS, score_sounds

LON, LAT, NOON_S = 37.5, 48.0, 1_800_000_000


def placed(east_m, north_m=0.0):
    n = len(east_m)
    return offset_lonlat(np.full(n, LON), np.full(n, LAT), np.array(east_m, dtype=float), np.broadcast_to(north_m, n))


def sounds(*rows, cls="explosion"):
    """Sounds: (seconds after noon, metres to the east, nodes that heard it)."""
    seconds, east_m, nodes = zip(*rows, strict=True)
    lon, lat = placed(east_m)
    return SOUNDS.table({"truth_id": "T1", "class": cls, "t_ns": [(NOON_S + s) * SECOND_NS for s in seconds],
                         "lon_deg": lon, "lat_deg": lat, "nodes": list(nodes)}, rows=len(rows))  # fmt: skip


def origins(*rows, sigma_m=50.0):
    """Origins: (seconds after noon, metres to the east)."""
    seconds, east_m = zip(*rows, strict=True) if rows else ((), ())
    lon, lat = placed(east_m) if rows else ([], [])
    return ORIGINS.table({
        "event": np.arange(len(rows)), "t_ns": np.array([(NOON_S + s) * SECOND_NS for s in seconds], dtype=np.int64),
        "lon_deg": lon, "lat_deg": lat, "cov_ee_m2": sigma_m**2, "cov_en_m2": 0.0, "cov_nn_m2": sigma_m**2, "p": 0.9,
        "reason": "", "arrivals": 6, "triggers": [[k] for k in range(len(rows))],
    }, rows=len(rows))  # fmt: skip


def test_a_sound_is_found_by_an_origin_near_it_in_place_and_time():
    score = score_sounds(sounds((0, 0, 8), (60, 0, 8)), origins((0, 100), (61, -300)))
    assert (score.found, score.right, score.f1) == (2, 2, 1.0)
    assert score.median_m == pytest.approx(200, abs=1)


@pytest.mark.parametrize("origin", [(0, 501), (2.1, 0)], ids=["too far", "too late"])
def test_an_origin_beyond_500_m_or_2_s_is_wrong_and_its_sound_missed(origin):
    score = score_sounds(sounds((0, 0, 8)), origins(origin))
    assert (score.heard, score.found, score.origins, score.right, score.f1) == (1, 0, 1, 0, 0.0)


def test_an_origin_of_a_sound_that_too_few_heard_counts_neither_way():
    score = score_sounds(sounds((0, 0, 8), (60, 0, 4)), origins((0, 0), (60, 0)))
    assert (score.heard, score.origins, score.right, score.neither, score.f1) == (1, 1, 1, 1, 1.0)


def test_two_origins_of_one_sound_are_one_right_and_one_wrong():
    score = score_sounds(sounds((0, 0, 8)), origins((0, 10), (0.5, 40)))
    assert (score.found, score.origins, score.right) == (1, 2, 1)
    assert score.f1 == pytest.approx(2 / 3)


def test_a_further_round_of_a_burst_counts_neither_way():
    score = score_sounds(sounds((0, 0, 8), cls="burst"), origins((0, 10), (0.5, 40)))
    assert (score.found, score.origins, score.neither, score.f1) == (1, 1, 1, 1.0)


def test_an_ellipse_holds_what_lies_within_its_ninety_percent():
    """A round Gaussian holds 90 % within σ √(2 ln 10) = 2.146 σ."""
    inside, outside = (score_sounds(sounds((0, 0, 8)), origins((0, e), sigma_m=100.0)) for e in (214, 216))
    assert (inside.in_ellipse, outside.in_ellipse) == (1, 0)


def test_a_network_that_placed_nothing_missed_everything():
    score = score_sounds(sounds((0, 0, 8)), origins())
    assert (score.f1, score.median_m) == (0.0, None)
    assert "found 0 of 1" in score.table()


def test_nothing_to_hear_and_nothing_placed_has_no_grade():
    assert score_sounds(SOUNDS.empty(), ORIGINS.empty()).f1 is None


def test_the_table_and_the_json_say_the_same():
    score = score_sounds(sounds((0, 0, 8)), origins((0, 100)))
    assert "F1             1.00 (found 1 of 1" in score.table()
    assert score.as_dict()["median_m"] == pytest.approx(100, abs=1)
