"""What is odd about a list of nodes: listed twice, at one place, in one line, too few."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import NODES
from trucewatch.physics.geodesy import WGS84_A_M, ecef_m

__all__ = ["CheckedNodes", "NetworkConfig", "checked_network", "node_rows"]


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """When nodes stand too close, or too much in one line.

    same_place_m   nodes within this of each other stand at one place
    line_m         root mean square distance from one line, below which sound from either side arrives alike: it shifts
                   an arrival by less than two onset errors of 0.03 s
    """

    same_place_m: float = 5.0
    line_m: float = 20.0


class CheckedNodes(NamedTuple):
    """Nodes (m,), each once, whether they stand in one line, the place that each shares (−1: none), and Issues."""

    table: pa.Table
    collinear: bool
    shared: np.ndarray
    issues: tuple[Issue, ...]


def checked_network(network: pa.Table, config: NetworkConfig) -> CheckedNodes:
    """Return the nodes (NODES) that can be used; of a node that is listed twice the last row counts."""
    NODES.check(network)
    table, again = _once(*_placed(network))
    lon, lat = numbers(table, "lon_deg"), numbers(table, "lat_deg")
    shared = _shared(lon, lat, config.same_place_m)
    collinear = _across_m(lon, lat) < config.line_m
    issues = [*again, *_together(table, shared)]
    if collinear and table.num_rows > 2:
        issues.append(Issue(
            "nodes", IssueKind.DOUBTFUL, f"{table.num_rows} nodes in one line", "nodes on both sides of the line",
            "on which side of it something happened cannot be told; add a node off the line",
        ))  # fmt: skip
    return CheckedNodes(table, collinear, shared, tuple(issues))


def _placed(network: pa.Table) -> tuple[pa.Table, list[Issue]]:
    lon, lat = numbers(network, "lon_deg"), numbers(network, "lat_deg")
    with np.errstate(invalid="ignore"):
        good = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    if good.all():
        return network, []
    names = ", ".join(strings(network, "node")[~good][:5].tolist())
    issue = Issue("nodes", IssueKind.REJECTED, f"{np.count_nonzero(~good):,} nodes without a possible place ({names})",
                  "longitude and latitude", "they are left out, and their triggers with them")  # fmt: skip
    return network.filter(pa.array(good)), [issue]


def _once(network: pa.Table, issues: list[Issue]) -> tuple[pa.Table, list[Issue]]:
    names = strings(network, "node").astype(str)
    last = np.sort(len(names) - 1 - np.unique(names[::-1], return_index=True)[1])
    if len(last) == len(names):
        return network, issues
    gone = np.setdiff1d(np.arange(len(names)), last)
    found = f"{len(gone):,} nodes that a later row lists again ({', '.join(names[gone][:5].tolist())})"
    twice = Issue(
        "nodes",
        IssueKind.DUPLICATE,
        found,
        "each node once",
        "the last row of each counts",
        int(integers(network, "row")[gone[0]]),
    )
    return network.take(pa.array(last)), [*issues, twice]


def _shared(lon: np.ndarray, lat: np.ndarray, near_m: float) -> np.ndarray:
    """Return the number (m,) of the place that a node shares with another; −1 where it stands alone."""
    count = len(lon)
    if count < 2:
        return np.full(count, -1)
    pairs = cKDTree(ecef_m(lon, lat)).query_pairs(near_m, output_type="ndarray")
    joined = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    label = connected_components(joined, directed=False)[1]
    return np.asarray(np.where(np.bincount(label)[label] > 1, label, -1))


def _together(table: pa.Table, shared: np.ndarray) -> list[Issue]:
    names = strings(table, "node")
    return [
        Issue("nodes", IssueKind.DOUBTFUL, f"nodes at one place: {', '.join(names[shared == k].tolist())}",
              "one node at each place", "both are used; what one hears and the other not says little; check the list")
        for k in np.unique(shared[shared >= 0])
    ]  # fmt: skip


def _across_m(lon: np.ndarray, lat: np.ndarray) -> float:
    """Return the root mean square distance (m) of nodes from the great circle that fits them best."""
    if len(lon) < 2:
        return 0.0
    away = ecef_m(lon, lat)
    away = away / np.linalg.norm(away, axis=1, keepdims=True)
    return float(np.linalg.svd(away, compute_uv=False)[-1] / np.sqrt(len(lon)) * WGS84_A_M) if len(lon) > 2 else 0.0


def node_rows(triggers: pa.Table, network: pa.Table) -> np.ndarray:
    """Return the row (n,) in `network` (NODES) of the node of each trigger (TRIGGERS); −1 where nobody lists it."""
    coded = triggers.column("node").combine_chunks().dictionary_encode()
    if not len(coded):
        return np.zeros(0, dtype=np.int64)
    place = pc.index_in(coded.dictionary, network.column("node").combine_chunks()).fill_null(-1)
    return np.asarray(place.to_numpy(zero_copy_only=False).astype(np.int64)[coded.indices.to_numpy()])
