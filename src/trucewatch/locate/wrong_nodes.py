"""From origins and triggers to the nodes whose clock or place is wrong: what to ask of residuals and of predictions."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.spatial import cKDTree

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import Issue
from trucewatch.core.tables import NODES, ORIGINS, TRIGGERS
from trucewatch.core.times import SECOND_NS
from trucewatch.locate.class_evidence import Arrivals, arrivals_of, half_range_m
from trucewatch.locate.classify_config import ClassConfig
from trucewatch.locate.fault_search import Expected, SearchConfig, shifts_by_prediction
from trucewatch.locate.faults import Corrections, FaultConfig, Residuals, corrections_of, fault_issues, faults
from trucewatch.locate.network_checks import node_rows
from trucewatch.physics.geodesy import ecef_m, metres_per_degree
from trucewatch.physics.sound import heard_share

__all__ = ["AirAt", "WrongConfig", "wrong_nodes"]


@dataclass(frozen=True, slots=True)
class WrongConfig:
    """What is asked, and of which origins.

    least_p                origins less probable are not asked
    onset_s, path_scatter  standard deviation of an onset; share by which the speed differs from path to path
    reach_m                nodes farther from an origin are not expected to hear it
    most_origins           origins that predictions are made for, spread evenly over all; residuals take all of them
    hearing                how the share of nodes that hear a sound falls with range
    """

    least_p: float = 0.7
    onset_s: float = 0.03
    path_scatter: float = 0.004
    reach_m: float = 20_000.0
    most_origins: int = 10_000
    faults: FaultConfig = field(default_factory=FaultConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    hearing: ClassConfig = field(default_factory=ClassConfig)


class AirAt(NamedTuple):
    """Speed of sound and wind at each origin, (n,) or one for all, m/s."""

    speed_m_s: np.ndarray | float
    wind_east_m_s: np.ndarray | float
    wind_north_m_s: np.ndarray | float

    def along(self, rows: np.ndarray, count: int, east: np.ndarray, north: np.ndarray) -> np.ndarray:
        """Return the speed (k,) from origins at `rows` (k,) of `count` along unit vectors (k,)."""
        speed, wind_e, wind_n = (np.broadcast_to(np.asarray(v, dtype=np.float64), (count,))[rows] for v in self)
        return np.asarray(speed + wind_e * east + wind_n * north)


def wrong_nodes(
    origins: pa.Table, triggers: pa.Table, network: pa.Table, air: AirAt, config: WrongConfig | None = None
) -> tuple[Corrections, tuple[Issue, ...]]:
    """Return the nodes whose clock or place is wrong, and an Issue that names each.

    origins    ORIGINS, whose column `triggers` names the rows of `triggers` (TRIGGERS)
    network    NODES
    air        as the origins were located with it

    First what each node should have heard is laid over what it heard, which finds errors of 0.15 s and 100 m and more;
    then the residuals of the others are tested, which finds smaller ones. `faults.corrected` sets both tables right.
    """
    config = config or WrongConfig()
    ORIGINS.check(origins)
    TRIGGERS.check(triggers)
    NODES.check(network)
    names = strings(network, "node").tolist()
    keep = np.nan_to_num(numbers(origins, "p"), nan=1.0) >= config.least_p
    if not keep.any() or not network.num_rows:
        return corrections_of([]), ()
    sure = origins.filter(pa.array(keep))
    air = AirAt(*(v if np.ndim(v) == 0 else np.asarray(v)[keep] for v in air))
    a = arrivals_of(sure, triggers, network)
    zero_ns = int(integers(triggers, "t_ns").min())
    heard_s = (integers(triggers, "t_ns") - zero_ns) / SECOND_NS
    node = node_rows(triggers, network)
    sound = _is_sound(triggers) & (node >= 0)
    expected = _expected(sure, network, a, air, zero_ns, config)
    far, far_issues = shifts_by_prediction(expected, heard_s[sound], node[sound], names, config.search)
    near, _ = faults(_residuals(sure, network, a, air, heard_s, zero_ns, far.node, config), names, config.faults)
    both = Corrections(*(np.concatenate(columns) for columns in zip(far, near, strict=True)))
    return both, (*far_issues, *fault_issues(near, names))


def _is_sound(triggers: pa.Table) -> np.ndarray:
    phase = strings(triggers, "phase")
    return np.asarray((phase == None) | (phase == "acoustic"))  # noqa: E711 - element by element


def _step_m(origins: pa.Table, network: pa.Table, o: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return metres east and north (k,) from origins to nodes; right to 1 m within 30 km (middle latitude)."""
    lon, lat = numbers(origins, "lon_deg")[o], numbers(origins, "lat_deg")[o]
    to_lon, to_lat = numbers(network, "lon_deg")[n], numbers(network, "lat_deg")[n]
    per_lon, per_lat = metres_per_degree((lat + to_lat) / 2)
    return (to_lon - lon) * per_lon, (to_lat - lat) * per_lat


def _expected(
    origins: pa.Table, network: pa.Table, a: Arrivals, air: AirAt, zero_ns: int, config: WrongConfig
) -> Expected:  # fmt: skip
    places = ecef_m(numbers(network, "lon_deg"), numbers(network, "lat_deg"))
    some = np.unique(np.linspace(0, origins.num_rows - 1, config.most_origins).astype(np.int64))
    at = ecef_m(numbers(origins, "lon_deg"), numbers(origins, "lat_deg"))[some]
    half = np.full(origins.num_rows, np.nan)
    half[some] = half_range_m(origins, network, a, some, config.hearing)
    near = cKDTree(places).query_ball_point(at, np.minimum(config.reach_m, half[some] + 4 * config.hearing.width_m))
    o = np.repeat(some, [len(n) for n in near])
    n = np.concatenate([np.asarray(n, dtype=np.int64) for n in near])
    east, north = _step_m(origins, network, o, n)
    range_m = np.maximum(np.hypot(east, north), 1.0)
    speed = air.along(o, origins.num_rows, east / range_m, north / range_m)
    t_s = (integers(origins, "t_ns")[o] - zero_ns) / SECOND_NS + range_m / speed
    p = heard_share(range_m, half[o], config.hearing.width_m, config.hearing.heard_at_most)
    return Expected(n, t_s, p, east, north, speed)


def _residuals(
    origins: pa.Table, network: pa.Table, a: Arrivals, air: AirAt, heard_s: np.ndarray, zero_ns: int,
    known: np.ndarray, config: WrongConfig,
) -> Residuals:  # fmt: skip
    """Return the residuals of sound at nodes that are not yet known to be wrong."""
    use = np.flatnonzero(a.is_sound & (a.node >= 0) & ~np.isin(a.node, known))
    o, n = a.origin[use], a.node[use]
    east, north = _step_m(origins, network, o, n)
    range_m = np.maximum(np.hypot(east, north), 1.0)
    east, north = east / range_m, north / range_m
    speed = air.along(o, origins.num_rows, east, north)
    t_s = heard_s[a.row[use]]
    late = t_s - (integers(origins, "t_ns")[o] - zero_ns) / SECOND_NS - range_m / speed
    sigma = np.hypot(config.onset_s, config.path_scatter * range_m / speed)
    return Residuals(o, n, t_s, late, sigma, east, north, speed)
