"""Bad input of a network: named, set aside and counted; good triggers go on."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.errors import ConfigError
from trucewatch.core.issue import IssueKind
from trucewatch.core.tables import NODES, TRIGGERS
from trucewatch.core.times import SECOND_NS, parse_instant
from trucewatch.locate.checks import CheckConfig, checked
from trucewatch.physics.geodesy import offset_lonlat

NOON = parse_instant("2026-03-14T12:00:00Z")
REFERENCE = {"source": "network", "file_sha256": "0" * 64}
EAST_M = np.array([0.0, 4_000.0, 8_000.0, 300.0, 4_400.0, 7_900.0, 100.0, 4_100.0])
NORTH_M = np.array([0.0, 700.0, -300.0, 4_100.0, 3_800.0, 4_300.0, 8_200.0, 7_700.0])


def network(east_m=EAST_M, north_m=NORTH_M, names=None) -> pa.Table:
    lon, lat = offset_lonlat(37.0, 48.0, np.asarray(east_m, dtype=float), np.asarray(north_m, dtype=float))
    names = names or [f"n{i}" for i in range(len(lon))]
    rows = np.arange(1, len(lon) + 1)
    return NODES.table({**REFERENCE, "row": rows, "node": names, "lon_deg": lon, "lat_deg": lat})


def heard(at_s, nodes, **columns) -> pa.Table:
    """Triggers so many seconds after noon at these nodes."""
    t_ns = NOON + np.rint(np.asarray(at_s, dtype=float) * SECOND_NS).astype(np.int64)
    rows = np.arange(1, len(t_ns) + 1)
    return TRIGGERS.table({**REFERENCE, "row": rows, "t_ns": t_ns, "node": nodes, **columns}, rows=len(t_ns))


def said(found, *words: str) -> list:
    return [i for i in found.issues if all(w in f"{i.found} {i.needed} {i.action}" for w in words)]


def test_good_triggers_pass_without_an_issue():
    found = checked(heard([0, 3.2, 7.9], ["n0", "n1", "n2"], amplitude_pa=[0.4, 0.2, 0.1]), network())
    assert found.rows.tolist() == [0, 1, 2]
    assert found.node.tolist() == [0, 1, 2]
    assert found.issues == ()
    assert not found.collinear


def test_triggers_out_of_order_are_sorted_and_counted_once():
    found = checked(heard([5, 1, 9, 2], ["n0", "n1", "n2", "n3"]), network())
    assert found.rows.tolist() == [1, 3, 0, 2]
    (issue,) = found.issues
    assert issue.found.startswith("2 triggers earlier")


def test_a_repeated_trigger_counts_once():
    found = checked(heard([1, 1, 2], ["n0", "n0", "n0"]), network())
    assert found.rows.tolist() == [0, 2]
    (issue,) = found.issues
    assert issue.kind is IssueKind.DUPLICATE
    assert issue.row == 2


def test_p_and_s_at_one_instant_are_no_repetition():
    found = checked(heard([1, 1], ["n0", "n0"], phase=["P", "S"]), network())
    assert found.rows.tolist() == [0, 1]


def test_triggers_of_unknown_nodes_are_set_aside_and_the_nodes_named():
    found = checked(heard([1, 2, 3], ["n0", "ghost", "n1"]), network())
    assert found.rows.tolist() == [0, 2]
    assert said(found, "1 triggers", "ghost", "add the nodes")


def test_an_unknown_phase_is_set_aside_and_no_phase_is_acoustic():
    found = checked(heard([1, 2, 3], ["n0", "n1", "n2"], phase=["Love", None, "infrasound"]), network())
    assert found.rows.tolist() == [1, 2]
    assert said(found, "Love", "acoustic, infrasound, P, S")


def test_triggers_in_the_future_are_set_aside_where_somebody_says_what_time_it_is():
    later = heard([1, 600], ["n0", "n1"])
    assert checked(later, network(), now_ns=NOON + 60 * SECOND_NS).rows.tolist() == [0]
    assert checked(later, network()).rows.tolist() == [0, 1]


def test_a_clock_that_was_never_set_is_set_aside():
    found = checked(heard([1, 1 - NOON / SECOND_NS], ["n0", "n1"]), network())
    assert found.rows.tolist() == [0]
    assert said(found, "before 1990")


def test_one_instant_at_all_nodes_is_a_reset_of_clocks():
    names = [f"n{i}" for i in range(8)]
    found = checked(heard([*np.linspace(0, 30, 8), *np.full(8, 40.0)], names * 2), network())
    assert found.rows.tolist() == list(range(8))
    assert said(found, "8 triggers at one instant", "12:00:40.000Z at 8 nodes", "resets of clocks")


def test_nodes_on_a_circle_hear_the_shot_in_its_middle_at_one_instant():
    turn = np.linspace(0, 2 * np.pi, 6, endpoint=False)
    ring = network(3_000 * np.cos(turn), 3_000 * np.sin(turn))
    assert len(checked(heard([9.0] * 6, [f"n{i}" for i in range(6)]), ring).rows) == 6


def test_a_reset_of_a_fifth_of_a_large_network_is_found():
    rng = np.random.default_rng(1)
    east, north = rng.uniform(0, 60_000, (2, 100))
    at = np.sort(rng.uniform(0, 600, 3_000))
    nodes = rng.integers(0, 100, 3_000)
    together = np.arange(20)
    triggers = heard([*at, *np.full(20, 333.0)], [f"n{i}" for i in (*nodes, *together)])
    found = checked(triggers, network(east, north))
    assert len(found.rows) in (2_999, 3_000)  # a stray trigger of that millisecond may go with them
    assert said(found, "at one instant")


def test_dense_fire_is_no_reset_of_clocks():
    rng = np.random.default_rng(2)
    east, north = rng.uniform(0, 60_000, (2, 100))
    triggers = heard(np.sort(rng.uniform(0, 60, 9_000)), [f"n{i}" for i in rng.integers(0, 100, 9_000)])
    assert not said(checked(triggers, network(east, north)), "at one instant")


def test_whole_seconds_are_named_and_a_shot_in_them_is_no_reset_of_clocks():
    rng = np.random.default_rng(3)
    near = np.argsort(np.hypot(EAST_M - 4_000, NORTH_M - 4_000))[:5]
    stray = rng.integers(0, 3_000, 120)
    triggers = heard([*stray, *np.full(5, 1_000)], [f"n{i}" for i in (*rng.integers(0, 8, 120), *near)])
    found = checked(triggers, network(EAST_M / 3, NORTH_M / 3))
    assert said(found, "times in steps of 1 s")
    assert not said(found, "at one instant")


@pytest.mark.parametrize("loudness", [np.inf, -0.2, 0.0])
def test_an_impossible_loudness_is_left_unknown_and_the_trigger_kept(loudness):
    found = checked(heard([1, 2, 3], ["n0", "n1", "n2"], amplitude_pa=[0.2, loudness, 0.1]), network())
    np.testing.assert_array_equal(numbers(found.triggers, "amplitude_pa"), [0.2, np.nan, 0.1])
    (issue,) = found.issues
    assert issue.row == 2


def test_a_loudness_that_is_no_number_is_left_unknown():
    table = heard([1, 2, 3], ["n0", "n1", "n2"])
    at = table.schema.get_field_index("amplitude_pa")
    table = table.set_column(at, table.schema.field(at), pa.array([0.2, float("nan"), None]))
    found = checked(table, network())
    assert found.triggers.column("amplitude_pa").null_count == 2
    assert said(found, "1 triggers with an impossible amplitude_pa")


@pytest.mark.parametrize(("given_deg", "kept_deg"), [(-41.8, 318.2), (360.0, 0.0), (359.9, 359.9), (400.0, np.nan)])
def test_a_bearing_is_turned_into_the_circle_or_left_unknown(given_deg, kept_deg):
    found = checked(heard([1, 2, 3], ["n0", "n1", "n2"], back_azimuth_deg=[given_deg, 1.0, 2.0]), network())
    assert numbers(found.triggers, "back_azimuth_deg")[0] == pytest.approx(kept_deg, nan_ok=True)


def test_a_node_that_fires_a_thousand_times_a_minute_is_set_aside_for_these_minutes_and_named():
    mad = np.linspace(0, 59.9, 1_000)
    others = np.arange(200.0)
    triggers = heard([*mad, *others], ["n3"] * 1_000 + [f"n{i % 8}" for i in range(200)])
    found = checked(triggers, network())
    kept = strings(found.triggers, "node")
    early = integers(found.triggers, "t_ns") < NOON + 60 * SECOND_NS
    assert "n3" not in kept[early]
    assert "n3" in kept[~early]
    assert said(found, "node n3", "1,0", "look at the node")


def test_two_nodes_at_one_place_are_named_and_kept():
    found = checked(heard([1, 2], ["n0", "n2"]), network([0, 4_000, 1], [0, 4_000, 1]))
    assert found.network.num_rows == 3
    assert found.shared[0] == found.shared[2] >= 0
    assert found.shared[1] == -1
    assert said(found, "one place: n0, n2")


def test_nodes_in_one_line_are_named_and_flagged():
    step = np.arange(6) * 4_000.0
    found = checked(heard([1], ["n0"]), network(step * 0.8, step * 0.6))
    assert found.collinear
    assert said(found, "6 nodes in one line")


def test_a_front_of_two_rows_is_no_line():
    step = np.arange(10) * 4_000.0
    assert not checked(heard([1], ["n0"]), network(step, (np.arange(10) % 2) * 1_500.0)).collinear


def test_with_two_nodes_there_are_no_events():
    found = checked(heard([1, 2], ["n0", "n1"]), network([0, 4_000], [0, 500]))
    assert found.triggers.num_rows == 0
    assert said(found, "2 nodes and 2 triggers", "there are no events")


def test_two_arrays_with_bearings_are_enough():
    triggers = heard([1, 2], ["n0", "n1"], phase="infrasound", back_azimuth_deg=[10.0, 350.0])
    assert checked(triggers, network([0, 4_000], [0, 500])).triggers.num_rows == 2


def test_an_empty_hour_is_named_and_is_not_compliance():
    found = checked(heard([0, 10, 4_000], ["n0", "n1", "n2"]), network())
    assert said(found, "no trigger of any node from 2026-03-14T12:00:10.000Z to 2026-03-14T13:06:40.000Z",
                "silence is not compliance")  # fmt: skip


def test_many_empty_hours_are_counted_together():
    found = checked(heard(np.arange(12) * 4_000.0, ["n0"] * 12), network())
    assert len(said(found, "silence is not compliance")) == 6
    assert said(found, "6 more such stretches")


def test_a_node_that_sends_nothing_while_its_like_do_is_named():
    triggers = heard(np.arange(210.0), [f"n{i % 7}" for i in range(210)])
    found = checked(triggers, network())
    assert found.quiet.tolist() == [False] * 7 + [True]
    assert said(found, "1 nodes that sent nothing (n7)")


def test_a_node_that_is_listed_twice_stands_where_the_last_row_says():
    twice = network([0, 4_000, 8_000, 500], [0, 4_000, 0, 500], ["a", "b", "c", "a"])
    found = checked(heard([1], ["a"]), twice)
    assert strings(found.network, "node").tolist() == ["b", "c", "a"]
    assert said(found, "1 nodes that a later row lists again (a)")


def test_nodes_without_a_possible_place_are_left_out():
    table = network()
    lat = numbers(table, "lat_deg").copy()
    lat[2] = 95.0
    table = NODES.table({**{n: table.column(n) for n in table.column_names}, "lat_deg": lat})
    found = checked(heard([1, 2], ["n0", "n2"]), table)
    assert found.network.num_rows == 7
    assert found.rows.tolist() == [0]


def test_nothing_at_all_is_no_crash():
    found = checked(TRIGGERS.empty(), NODES.empty())
    assert found.triggers.num_rows == 0
    assert said(found, "0 nodes and 0 triggers")


def test_limits_that_would_set_everything_aside_are_refused():
    with pytest.raises(ConfigError, match="most_per_min"):
        CheckConfig(most_per_min=0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**11), st.sampled_from(["n0", "n1", "n2", "n5", "ghost"]),
                  st.sampled_from([None, "P", "acoustic", "Q"]), st.sampled_from([None, -1.0, 0.3, np.inf])),
        max_size=60,
    )
)  # fmt: skip
def test_whatever_comes_in_what_is_left_is_in_order_known_once_and_believable(rows):
    t, nodes, phases, loudness = zip(*rows, strict=True) if rows else ((), (), (), ())
    triggers = heard(np.array(t) / SECOND_NS, list(nodes), phase=list(phases), amplitude_pa=list(loudness))
    found = checked(triggers, network())
    left_ns = integers(found.triggers, "t_ns")
    assert (np.diff(left_ns) >= 0).all()
    assert set(strings(found.triggers, "node").tolist()) <= {f"n{i}" for i in range(8)}
    np.testing.assert_array_equal(left_ns, integers(triggers, "t_ns")[found.rows])
    each = zip(left_ns, found.node, (w or "acoustic" for w in strings(found.triggers, "phase")), strict=True)
    assert len(set(each)) == len(left_ns)
    level = numbers(found.triggers, "amplitude_pa")
    assert (np.isnan(level) | ((level > 0) & np.isfinite(level))).all()
