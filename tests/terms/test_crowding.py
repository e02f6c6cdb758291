"""Too many acts in one window: exact where nothing is open, true bounds elsewhere, against an independent monitor."""

import itertools
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.times import HOUR_NS
from trucewatch.terms.crowding import Acts, crowd

QUICK = settings(max_examples=50, deadline=None)


def acts(hours, p=1.0, number=1, length_h=0.0):
    """Acts at these hours, all with the same probability, number and length unless arrays are given."""
    start = np.asarray(hours, dtype=np.float64)
    end = start + length_h
    columns = np.broadcast_arrays(np.asarray(p, dtype=np.float64), np.asarray(number), start)
    return Acts(columns[0], columns[1], (start * HOUR_NS).astype(np.int64), (end * HOUR_NS).astype(np.int64))


def bounds(given_, most, width_h=24.0):
    found = crowd(given_, given_, round(width_h * HOUR_NS), most)
    return found.low, found.high


@pytest.mark.parametrize(("most", "p"), [(0, 1.0), (2, 1.0), (3, 0.0), (9, 0.0)])
def test_certain_instants_are_counted_exactly(most, p):
    assert bounds(acts([0, 5, 10, 30, 31]), most) == (p, p)


def test_a_window_is_half_open_so_an_act_a_whole_day_later_is_in_the_next():
    assert bounds(acts([0, 24]), 1) == (0.0, 0.0)
    assert bounds(acts([0, 23.999]), 1) == (1.0, 1.0)


def test_in_one_window_the_number_is_binomial():
    # 1 − (0.5⁴ + 4 · 0.5⁴) of four fair coins within three hours
    assert bounds(acts([0, 1, 2, 3], p=0.5), 1) == pytest.approx((11 / 16, 11 / 16))


def test_days_far_apart_are_independent():
    # Each of two days is too full with probability 1/4.
    assert bounds(acts([0, 1, 100, 101], p=0.5), 1) == pytest.approx((7 / 16, 7 / 16))


def test_an_interval_counts_with_its_share_inside_the_window():
    # The day that begins with the act at hour 0 holds 24 of the 48 hours of the other; the bound cuts those in pieces.
    both = acts([0.0, 0.0], length_h=np.array([0.0, 48.0]))
    low, high = bounds(both, 1)
    assert low == pytest.approx(0.5)
    assert 0.5 <= high <= 0.6


def test_an_act_that_counts_for_many_is_too_many_by_itself():
    assert bounds(acts([0], p=0.3, number=5), 4) == pytest.approx((0.3, 0.3))


def test_nothing_known_is_nothing_found():
    assert crowd(acts([]), acts([]), HOUR_NS, 0) == (0.0, 0.0, None, 0.0)


def test_the_fullest_window_and_what_is_expected_there_are_told():
    found = crowd(acts([0, 50, 51, 52], 0.5), acts([0, 50, 51, 52], 0.5), 24 * HOUR_NS, 1)
    assert found.fullest_ns == 50 * HOUR_NS
    assert found.expected == pytest.approx(1.5)


def truth(hours, p, number, most, width_h):
    """P(some window holds more than `most`) by listing which of the acts happened."""
    total = 0.0
    for happened in itertools.product([False, True], repeat=len(hours)):
        chance = math.prod(q if h else 1 - q for q, h in zip(p, happened, strict=True))
        kept = [(t, n) for t, n, h in zip(hours, number, happened, strict=True) if h]
        full = any(sum(n for t, n in kept if a <= t < a + width_h) > most for a, _ in kept)
        total += chance * full
    return total


listed = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([0.1, 0.5, 0.9, 1.0]), st.integers(1, 3)), min_size=1, max_size=7
)


@QUICK
@given(rows=listed, most=st.integers(0, 6), width_h=st.integers(1, 40))
def test_the_truth_lies_between_the_bounds(rows, most, width_h):
    hours, p, number = (list(c) for c in zip(*rows, strict=True))
    low, high = bounds(acts(hours, p, number), most, width_h)
    assert low - 1e-9 <= truth(hours, p, number, most, width_h) <= high + 1e-9


@QUICK
@given(
    rows=st.lists(st.tuples(st.floats(0, 60), st.floats(0, 30), st.sampled_from([0.3, 0.8, 1.0])), min_size=1,
                  max_size=8),
    most=st.integers(0, 4),
)  # fmt: skip
def test_acts_of_uncertain_time_drawn_by_chance_agree_with_the_bounds(rows, most):
    start, length, p = (np.array(c) for c in zip(*rows, strict=True))
    low, high = bounds(acts(start, p, length_h=length), most)
    rng, draws, full = np.random.default_rng(4), 1000, 0
    for _ in range(draws):
        hours = np.sort((start + length * rng.random(len(start)))[rng.random(len(start)) < p])
        full += bool(len(hours)) and int(np.max(np.searchsorted(hours, hours + 24) - np.arange(len(hours)))) > most
    assert low - 0.08 <= full / draws <= high + 0.08  # five standard errors of 1,000 draws


@QUICK
@given(rows=listed, most=st.integers(0, 5))
def test_a_higher_limit_or_a_shorter_window_is_never_passed_more_easily(rows, most):
    hours, p, number = (list(c) for c in zip(*rows, strict=True))
    here = bounds(acts(hours, p, number), most)
    higher, shorter = bounds(acts(hours, p, number), most + 1), bounds(acts(hours, p, number), most, 12.0)
    assert higher[0] <= here[0] + 1e-12
    assert higher[1] <= here[1] + 1e-12
    assert shorter[0] <= here[1] + 1e-12


@pytest.fixture(scope="module")
def monitor():
    """An independent monitor of signal temporal logic; skipped where it cannot be imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return pytest.importorskip("rtamt", exc_type=ImportError)


def formula(most, width):
    """More than `most` acts in some window of `width` samples: an act, and `most` more at growing distances in it."""
    ways = itertools.combinations(range(1, width), most)
    later = (" and ".join(["(act >= 1)", *(f"(eventually[{d}:{d}](act >= 1))" for d in way)]) for way in ways)
    return "eventually(" + " or ".join(f"({way})" for way in later) + ")"


def too_many_by_logic(monitor, trace, most, width):
    spec = monitor.StlDiscreteTimeSpecification()
    spec.declare_var("act", "float")
    spec.spec = formula(most, width)
    spec.parse()
    padded = [*trace, *([0] * width)]
    robustness = spec.evaluate({"time": list(range(len(padded))), "act": [float(a) for a in padded]})
    return robustness[0][1] >= 0


@pytest.mark.parametrize(("most", "width"), [(0, 3), (1, 2), (1, 5), (2, 4), (2, 6), (3, 6)])
def test_certain_acts_agree_with_a_monitor_of_temporal_logic(monitor, most, width):
    """Forty random traces of thirty hours for each limit: 240 in all."""
    rng = np.random.default_rng(most * 10 + width)
    found = []
    for _ in range(40):
        trace = rng.random(30) < rng.choice([0.02, 0.1, 0.3])
        ours = bounds(acts(np.flatnonzero(trace)), most, width)
        said = most < width and too_many_by_logic(monitor, trace, most, width)
        assert ours == (float(said), float(said)), trace.nonzero()
        found.append(said)
    assert len(set(found)) == 2  # both answers came up


@pytest.mark.parametrize(("most", "length_h"), [(10, 0.0), (1100, 0.2), (10, 24.0)])
def test_a_hundred_thousand_acts_can_be_weighed(most, length_h):
    rng = np.random.default_rng(1)
    many = acts(np.sort(rng.uniform(0, 90 * 24, 100_000)), 0.5, length_h=length_h)
    low, high = bounds(many, most)
    assert 0 <= low <= high <= 1
