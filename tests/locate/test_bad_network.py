"""Bad input of a network through the whole association: clear Issues, no crash, no invented event."""

import numpy as np
import pytest
from tests.locate.test_checks import EAST_M, NORTH_M, heard, network

from trucewatch.core.columns import numbers
from trucewatch.core.tables import NODES, TRIGGERS
from trucewatch.locate import associate
from trucewatch.physics.geodesy import distance_m, offset_lonlat

SPEED_M_S = 340.0
SHOTS = [(0.0, 3_000.0, 3_000.0), (40.0, 6_000.0, 2_000.0), (90.0, 2_000.0, 6_500.0)]  # s, m east, m north
NAMES = [f"n{i}" for i in range(8)]
LINE_M = np.arange(8) * 2_000.0


def arrivals(east_m=EAST_M, north_m=NORTH_M, shots=SHOTS) -> list[float]:
    """Arrivals of three shots at every node, 20 ms of error, in the order of the nodes."""
    rng = np.random.default_rng(1)
    range_m = [np.hypot(east_m - x, north_m - y) for _, x, y in shots]
    times = [t + r / SPEED_M_S + rng.normal(0, 0.02, len(r)) for (t, *_), r in zip(shots, range_m, strict=True)]
    return [float(t) for one in times for t in one]


GOOD = arrivals()
MAD = np.linspace(0, 599, 10_000).tolist()
CASES = {
    "good": (heard(GOOD, NAMES * 3), network(), 3, ""),
    "out of order and repeated": (heard([*GOOD[::-1], *GOOD[:3]], [*(NAMES * 3)[::-1], *NAMES[:3]]), network(), 3,
                                  "3 triggers of a node and an instant that an earlier row has"),
    "unknown node": (heard([*GOOD, 5.0], [*NAMES * 3, "ghost"]), network(), 3, "nobody lists (ghost)"),
    "reset of clocks": (heard([*GOOD, *[200.0] * 8], NAMES * 4), network(), 3, "8 triggers at one instant"),
    "reset of clocks alone": (heard([200.0] * 8, NAMES), network(), 0, "8 triggers at one instant"),
    "impossible loudness": (heard(GOOD, NAMES * 3, amplitude_pa=[np.inf, -1.0] + [0.1] * 22), network(), 3,
                            "2 triggers with an impossible amplitude_pa"),
    "a thousand a minute": (heard([*GOOD, *MAD], NAMES * 3 + ["n3"] * 10_000), network(), 3, "node n3 with up to 1,0"),
    "two at one place": (heard(GOOD, NAMES * 3), network([*EAST_M[:7], EAST_M[0]], [*NORTH_M[:7], NORTH_M[0]]), 3,
                         "nodes at one place: n0, n7"),
    "in a line": (heard(arrivals(LINE_M, 0 * LINE_M), NAMES * 3), network(LINE_M, 0 * LINE_M), 0, "nodes in one line"),
    "two nodes": (heard(GOOD[:2], NAMES[:2]), network(EAST_M[:2], NORTH_M[:2]), 0, "2 nodes and 2 triggers"),
    "empty hours": (heard([*GOOD, *(t + 8_000 for t in GOOD)], NAMES * 6), network(), 6, "no trigger of any node from"),
    "no triggers": (TRIGGERS.empty(), network(), 0, "no trigger that could be used"),
    "nothing": (TRIGGERS.empty(), NODES.empty(), 0, "0 nodes and 0 triggers"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_named_and_the_shots_are_found_and_no_more(case):
    triggers, nodes, shots, said = CASES[case]
    events, issues = associate(triggers, nodes)
    assert events.num_rows == shots
    assert any(said in i.found for i in issues) or not said


def test_the_shots_among_bad_input_are_where_they_were_fired():
    events, _ = associate(*CASES["reset of clocks"][:2])
    for at, (_, east, north) in enumerate(SHOTS):
        lon, lat = offset_lonlat(37.0, 48.0, east, north)
        assert distance_m(numbers(events, "lon_deg")[at], numbers(events, "lat_deg")[at], lon, lat) < 60
