"""Events out of the triggers of a network: sound, infrasound, P and S, checked before and put together after."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import Issue
from trucewatch.core.quarry import Quarry
from trucewatch.core.tables import ORIGINS
from trucewatch.core.times import SECOND_NS
from trucewatch.locate.acoustic import AcousticConfig, curves
from trucewatch.locate.arrays import ArrayConfig, join
from trucewatch.locate.checks import CheckConfig, Checked, checked
from trucewatch.locate.classify import classify
from trucewatch.locate.classify_config import ClassConfig
from trucewatch.locate.fault_search import Expected, SearchConfig, shifts_by_prediction
from trucewatch.locate.faults import Corrections, FaultConfig, Residuals, corrected, faults
from trucewatch.locate.merge import MergeConfig, merge_media
from trucewatch.locate.seismic import SeismicConfig, StationTable, associate_seismic
from trucewatch.locate.tiles import Network, Placed, Sound, TileConfig, Weather, associate_tiles
from trucewatch.physics.geodesy import azimuth_deg, distance_m, metres_per_degree
from trucewatch.physics.seismic import IASP91, LayeredModel, TravelTimes, tabulate
from trucewatch.physics.sound import heard_share

__all__ = ["AssociateConfig", "associate"]

_UNCLASSED = {"p_unknown": 1.0, "reason": "not classified"}
_CHECKED_EVENTS_P = 0.9  # events that testify about nodes
_SEISMIC_REACH_M = 250_000.0


@dataclass(frozen=True)
class AssociateConfig:
    """Settings of the association, part by part.

    acoustic, tiles     sound at single nodes; how the record is cut
    checks, faults, search   bad input; clocks and places that are off
    classes, quarries   class probabilities; places where blasting is work
    arrays, seismic, merge   infrasound, P and S, and what joins them
    crust               speeds of P and S in the ground
    look_for_faults     whether nodes are tested, corrected, and the association repeated
    """

    acoustic: AcousticConfig = field(default_factory=AcousticConfig)
    tiles: TileConfig = field(default_factory=TileConfig)
    checks: CheckConfig = field(default_factory=CheckConfig)
    faults: FaultConfig = field(default_factory=FaultConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    classes: ClassConfig = field(default_factory=ClassConfig)
    quarries: tuple[Quarry, ...] | None = None
    arrays: ArrayConfig = field(default_factory=ArrayConfig)
    seismic: SeismicConfig = field(default_factory=SeismicConfig)
    merge: MergeConfig = field(default_factory=MergeConfig)
    crust: LayeredModel = IASP91
    look_for_faults: bool = True


def associate(
    detections: pa.Table, network: pa.Table, config: AssociateConfig | None = None, weather: pa.Table | None = None
) -> tuple[pa.Table, tuple[Issue, ...]]:
    """Return the events (ORIGINS, by time) that explain the detections (TRIGGERS) of a network (NODES), and the issues.

    weather  records of the air (WEATHER); where there are none, speed of sound and wind are estimated with the events

    The column `triggers` names rows of `detections`; each is in one event at most. Events are internal: they are
    never a live feed of origins of fire.
    """
    config = config or AssociateConfig()
    given = checked(detections, network, config.checks)
    issues = list(given.issues)
    phase = strings(given.triggers, "phase")
    heard = np.flatnonzero((phase == None) | (phase == "acoustic"))  # noqa: E711 - elementwise
    felt = np.flatnonzero((phase == "P") | (phase == "S"))
    parts, more = _of_sound(given, heard, config, weather)
    issues += more
    origins = [parts]
    if len(felt):
        table, more = _of_ground(given, felt, phase, config)
        origins.append(table)
        issues += more
    if (phase == "infrasound").any():
        table, more = join(given.triggers, given.network, config.arrays)
        origins.append(table)
        issues += more
    together = pa.concat_tables(origins)
    if len(origins) > 1 and together.num_rows:
        merge = replace(config.merge, seismic=_travel_times(config, given)) if len(felt) else config.merge
        together, more = merge_media(together.cast(ORIGINS.arrow), given.triggers, given.network, merge)
        issues += more
    classed = classify(together, given.triggers, given.network, config.classes, config.quarries)
    return _as_given(classed, given.rows), tuple(issues)


def _as_given(origins: pa.Table, rows: np.ndarray) -> pa.Table:
    """Return the origins by time, numbered, with triggers named by the rows of the table that was given."""
    ordered = origins.sort_by("t_ns")
    lists = ordered.column("triggers").to_pylist()
    named = [sorted(rows[list(m)].tolist()) for m in lists]
    kept = {n: ordered.column(n) for n in ordered.column_names}
    numbered = {"event": np.arange(ordered.num_rows), "triggers": pa.array(named, pa.list_(pa.int64()))}
    return ORIGINS.table(kept | numbered, ordered.num_rows)


def _of_sound(
    given: Checked, rows: np.ndarray, config: AssociateConfig, weather: pa.Table | None
) -> tuple[pa.Table, list[Issue]]:
    """Return the events of sound; where nodes are off they are set right and the triggers associated again."""
    if len(rows) < config.acoustic.least_arrivals or given.network.num_rows < 3 or given.collinear:
        return ORIGINS.empty(), []
    heard = given.triggers.take(pa.array(rows))
    base_ns = int(integers(heard, "t_ns").min())
    base_ns -= base_ns % (3600 * SECOND_NS)  # windows begin on the hour
    air = None if weather is None or not weather.num_rows else _weather(weather, base_ns)

    def placed(triggers: pa.Table, nodes: pa.Table) -> Placed:
        return associate_tiles(_sound(triggers, given.node[rows], base_ns), _network(nodes), config.acoustic,
                               config.tiles, air)  # fmt: skip

    found, nodes, issues = placed(heard, given.network), given.network, []
    if config.look_for_faults and len(found.p) >= config.faults.least_arrivals:
        wrong, issues = _faults(found, heard, given.node[rows], nodes, base_ns, config)
        if wrong is not None:
            heard, nodes = corrected(heard, given.node[rows], nodes, wrong)
            found = placed(heard, nodes)
    return _origins(found, nodes, given.node[rows], rows, base_ns), issues


def _sound(triggers: pa.Table, node: np.ndarray, base_ns: int) -> Sound:
    level = numbers(triggers, "amplitude_pa")
    with np.errstate(divide="ignore", invalid="ignore"):
        level_db = np.where(level > 0, 20 * np.log10(level), np.nan)
    return Sound((integers(triggers, "t_ns") - base_ns) / SECOND_NS, node, level_db)


def _network(nodes: pa.Table) -> Network:
    return Network(numbers(nodes, "lon_deg"), numbers(nodes, "lat_deg"))


def _weather(weather: pa.Table, base_ns: int) -> Weather:
    middle = (integers(weather, "t_start_ns") + integers(weather, "t_end_ns")) / 2
    names = ("lon_deg", "lat_deg", "temperature_c", "wind_east_m_s", "wind_north_m_s")
    return Weather((middle - base_ns) / SECOND_NS, *(numbers(weather, n) for n in names))


def _paths(found: Placed, node: np.ndarray, nodes: pa.Table) -> tuple[np.ndarray, ...]:
    """Return event, trigger, node, range m, unit vector east and north, and speed m/s of every member."""
    event = np.repeat(np.arange(len(found.p)), [len(m) for m in found.members])
    trigger = np.concatenate([np.empty(0, np.int64), *found.members]).astype(np.int64)
    j = node[trigger]
    lon, lat = numbers(nodes, "lon_deg")[j], numbers(nodes, "lat_deg")[j]
    range_m = distance_m(found.lon_deg[event], found.lat_deg[event], lon, lat)
    turn = np.radians(azimuth_deg(found.lon_deg[event], found.lat_deg[event], lon, lat))
    east, north = np.sin(turn), np.cos(turn)
    speed = found.air[event, 0] + found.air[event, 1] * east + found.air[event, 2] * north
    return event, trigger, j, range_m, east, north, speed


def _faults(
    found: Placed, heard: pa.Table, node: np.ndarray, nodes: pa.Table, base_ns: int, config: AssociateConfig
) -> tuple[Corrections | None, list[Issue]]:  # fmt: skip
    """Return what is wrong with nodes, by the residuals and by the arrivals that should have been there."""
    names = [str(n) for n in strings(nodes, "node")]
    t_s = (integers(heard, "t_ns") - base_ns) / SECOND_NS
    event, trigger, j, range_m, east, north, speed = _paths(found, node, nodes)
    sure = found.p[event] >= _CHECKED_EVENTS_P
    residual = np.concatenate([np.empty(0), *found.residuals])
    sigma = np.hypot(config.acoustic.onset_s, config.acoustic.path_scatter * range_m / speed)
    told = Residuals(event, j, t_s[trigger], residual, sigma, east, north, speed).take(np.flatnonzero(sure))
    by_residual, issues = faults(told, names, config.faults)
    by_search, more = shifts_by_prediction(_expected(found, nodes, config), t_s, node, names, config.search)
    fresh = ~np.isin(by_search.node, by_residual.node)
    both = Corrections(*(np.concatenate([a, b[fresh]]) for a, b in zip(by_residual, by_search, strict=True)))
    kept = [issue for issue, new in zip(more, fresh, strict=False) if new]
    return (both if len(both.node) else None), [*issues, *kept]


def _expected(found: Placed, nodes: pa.Table, config: AssociateConfig) -> Expected:
    """Return where each sure event should have been heard; loudness as its farthest arrivals tell."""
    lon, lat = numbers(nodes, "lon_deg"), numbers(nodes, "lat_deg")
    half = np.array(config.acoustic.half_range_m)
    reach_m, asked = curves(config.acoustic).reach_m, []
    for k in np.flatnonzero(found.p >= _CHECKED_EVENTS_P):
        per_lon, per_lat = (float(m) for m in metres_per_degree(found.lat_deg[k]))
        east, north = (lon - found.lon_deg[k]) * per_lon, (lat - found.lat_deg[k]) * per_lat
        rows = np.flatnonzero(np.hypot(east, north) < reach_m)
        r = np.maximum(np.hypot(east[rows], north[rows]), 1.0)
        speed = found.air[k, 0] + (found.air[k, 1] * east[rows] + found.air[k, 2] * north[rows]) / r
        loud = half[min(int(len(found.members[k]) > 12) + int(len(found.members[k]) > 25), 2)]
        p = heard_share(r, loud, config.acoustic.width_of_range_m, config.acoustic.heard_at_most)
        asked.append(np.stack([rows, found.t_s[k] + r / speed, p, east[rows], north[rows], speed]))
    if not asked:
        return Expected(np.empty(0, np.int64), *(np.empty(0),) * 5)
    every = np.concatenate(asked, axis=1)
    return Expected(every[0].astype(np.int64), *every[1:])


def _origins(found: Placed, nodes: pa.Table, node: np.ndarray, rows: np.ndarray, base_ns: int) -> pa.Table:
    event, _, j, *_ = _paths(found, node, nodes)
    residual = np.concatenate([np.empty(0), *found.residuals])
    count = np.array([len(m) for m in found.members], dtype=np.int64)
    square = np.bincount(event, residual**2, minlength=len(count))
    lon, lat = numbers(nodes, "lon_deg")[j], numbers(nodes, "lat_deg")[j]
    turn = azimuth_deg(found.lon_deg[event], found.lat_deg[event], lon, lat)
    return ORIGINS.table({
        "event": np.arange(len(count)), "t_ns": base_ns + np.rint(found.t_s * SECOND_NS).astype(np.int64),
        "t_sigma_s": found.t_sigma_s, "lon_deg": found.lon_deg, "lat_deg": found.lat_deg,
        "cov_ee_m2": found.cov_m2[:, 0], "cov_en_m2": found.cov_m2[:, 1], "cov_nn_m2": found.cov_m2[:, 2],
        "p": found.p, **_UNCLASSED, "level_db": np.where(found.level_db != 0, found.level_db, np.nan),
        "arrivals": count, "residual_s": np.sqrt(square / np.maximum(count, 1)), "gap_deg": _gaps(event, turn, len(count)),
        "triggers": pa.array([rows[m].tolist() for m in found.members], pa.list_(pa.int64())),
    }, len(count))  # fmt: skip


def _gaps(event: np.ndarray, turn_deg: np.ndarray, events: int) -> np.ndarray:
    """Return the largest azimuthal gap (events,) deg; 360 where one node or none heard it."""
    order = np.lexsort((turn_deg, event))
    e, turn = event[order], turn_deg[order]
    gap = np.full(events, 0.0)
    same = e[1:] == e[:-1]
    np.maximum.at(gap, e[1:][same], np.diff(turn)[same])
    first, last = np.searchsorted(e, np.arange(events)), np.searchsorted(e, np.arange(events), side="right") - 1
    some = last >= first
    around = 360.0 + turn[first[some]] - turn[last[some]]
    gap[some] = np.maximum(gap[some], around)
    gap[~some] = 360.0
    return gap


def _of_ground(
    given: Checked, rows: np.ndarray, phase: np.ndarray, config: AssociateConfig
) -> tuple[pa.Table, Sequence[Issue]]:  # fmt: skip
    """Return the events of P and S."""
    names = tuple(str(n) for n in strings(given.network, "node"))
    elevation = np.nan_to_num(numbers(given.network, "elevation_m"))
    table = StationTable(numbers(given.network, "lon_deg"), numbers(given.network, "lat_deg"), elevation, names)
    t_ns, sigma = integers(given.triggers, "t_ns")[rows], numbers(given.triggers, "t_sigma_s")[rows]
    found, members, issues = associate_seismic(
        t_ns, given.node[rows], phase[rows].astype(str), sigma, table, _travel_times(config, given), config.seismic
    )
    node, event = given.node[rows], np.repeat(np.arange(len(found.p)), [len(m) for m in members])
    j = node[np.concatenate([np.empty(0, np.int64), *members]).astype(np.int64)]
    turn = azimuth_deg(found.lon_deg[event], found.lat_deg[event], table.lon_deg[j], table.lat_deg[j])
    cov = found.covariance
    return ORIGINS.table({
        "event": np.arange(len(found.p)), "t_ns": found.t_ns, "t_sigma_s": np.sqrt(cov[:, 3, 3]),
        "lon_deg": found.lon_deg, "lat_deg": found.lat_deg, "depth_m": found.depth_m, "cov_ee_m2": cov[:, 0, 0],
        "cov_en_m2": cov[:, 0, 1], "cov_nn_m2": cov[:, 1, 1], "p": found.p, **_UNCLASSED, "arrivals": found.picks,
        "residual_s": found.residual_s, "gap_deg": _gaps(event, turn, len(found.p)),
        "triggers": pa.array([rows[m].tolist() for m in members], pa.list_(pa.int64())),
    }, len(found.p)), issues  # fmt: skip


def _travel_times(config: AssociateConfig, given: Checked) -> TravelTimes:
    elevation = np.nan_to_num(numbers(given.network, "elevation_m"))
    span = (float(elevation.min(initial=0.0)), float(elevation.max(initial=1.0)))
    return tabulate(config.crust, _SEISMIC_REACH_M, elevation_m=span)
