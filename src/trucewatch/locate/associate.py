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
from trucewatch.locate.acoustic import AcousticConfig
from trucewatch.locate.arrays import ArrayConfig, join
from trucewatch.locate.checks import CheckConfig, Checked, checked
from trucewatch.locate.classify import classify
from trucewatch.locate.classify_config import ClassConfig
from trucewatch.locate.faults import corrected
from trucewatch.locate.merge import MergeConfig, merge_media
from trucewatch.locate.seismic import SeismicConfig, StationTable, associate_seismic
from trucewatch.locate.tiles import Network, Placed, Sound, TileConfig, Weather, associate_tiles
from trucewatch.locate.wrong_nodes import AirAt, WrongConfig, wrong_nodes
from trucewatch.physics.geodesy import azimuth_deg
from trucewatch.physics.seismic import IASP91, LayeredModel, TravelTimes, tabulate

__all__ = ["AssociateConfig", "associate"]

_UNCLASSED = {"p_unknown": 1.0, "reason": "not classified"}
_SPEED_M_S = 340.0  # turns an error of place into one of time
_SEISMIC_REACH_M = 250_000.0


@dataclass(frozen=True)
class AssociateConfig:
    """Settings of the association, part by part.

    acoustic, tiles     sound at single nodes; how the record is cut
    checks, wrong       bad input; nodes whose clock or place is off
    classes, quarries   class probabilities; places where blasting is work
    arrays, seismic, merge   infrasound, P and S, and what joins them
    crust               speeds of P and S in the ground
    look_for_faults     whether nodes are tested, corrected, and the association repeated
    """

    acoustic: AcousticConfig = field(default_factory=AcousticConfig)
    tiles: TileConfig = field(default_factory=TileConfig)
    checks: CheckConfig = field(default_factory=CheckConfig)
    wrong: WrongConfig = field(default_factory=WrongConfig)
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
    sound, air, odd_sound = _of_sound(given, heard, config, weather)
    ground = _travel_times(config, given) if len(felt) else None
    felt_there, odd_ground = _of_ground(given, felt, phase, ground, config)
    far, odd_far = (
        join(given.triggers, given.network, config.arrays) if (phase == "infrasound").any() else (ORIGINS.empty(), ())
    )
    together = pa.concat_tables([sound, felt_there, far])
    odd: Sequence[Issue] = ()
    if felt_there.num_rows or far.num_rows:
        merge = replace(config.merge, seismic=ground, air=air)
        together, odd = merge_media(together, given.triggers, given.network, merge)
    issues += [*odd_sound, *odd_ground, *odd_far, *odd]
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
) -> tuple[pa.Table, tuple[float, float, float], list[Issue]]:
    """Return the events of sound, the middle of their air, and issues.

    Where nodes are off they are set right and the triggers associated again.
    """
    if len(rows) < config.acoustic.least_arrivals or given.network.num_rows < 3 or given.collinear:
        return ORIGINS.empty(), config.merge.air, []
    heard = given.triggers.take(pa.array(rows))
    base_ns = int(integers(heard, "t_ns").min())
    base_ns -= base_ns % (3600 * SECOND_NS)  # windows begin on the hour
    air = None if weather is None or not weather.num_rows else _weather(weather, base_ns)

    awake = ~given.quiet

    def placed(triggers: pa.Table, nodes: pa.Table) -> Placed:
        number = np.cumsum(awake) - 1  # a node that sends nothing at all does not say that it heard nothing
        sound = _sound(triggers, number[given.node[rows]], base_ns)
        return associate_tiles(sound, _network(nodes.filter(pa.array(awake))), config.acoustic, config.tiles, air)

    found, nodes = placed(heard, given.network), given.network
    issues: list[Issue] = []
    own = np.arange(len(rows))
    if config.look_for_faults and len(found.p) >= config.wrong.faults.least_arrivals:
        told = _origins(found, nodes, given.node[rows], own, base_ns)
        wrong, more = wrong_nodes(told, heard, nodes, AirAt(*found.air.T), config.wrong)
        if len(wrong.node):
            heard, nodes = corrected(heard, given.node[rows], nodes, wrong)
            found = placed(heard, nodes)
        issues += more
    middle = np.median(found.air, axis=0).tolist() if len(found.p) else config.merge.air
    return _origins(found, nodes, given.node[rows], rows, base_ns), tuple(middle), issues


def _sound(triggers: pa.Table, node: np.ndarray, base_ns: int) -> Sound:
    level = numbers(triggers, "amplitude_pa")
    with np.errstate(divide="ignore", invalid="ignore"):
        level_db = np.where(level > 0, 20 * np.log10(level), np.nan)
    return Sound((integers(triggers, "t_ns") - base_ns) / SECOND_NS, node, level_db)


def _network(nodes: pa.Table) -> Network:
    clock_s, place_m = (np.nan_to_num(numbers(nodes, n)) for n in ("clock_sigma_s", "pos_sigma_m"))
    return Network(numbers(nodes, "lon_deg"), numbers(nodes, "lat_deg"), clock_s**2 + (place_m / _SPEED_M_S) ** 2)


def _weather(weather: pa.Table, base_ns: int) -> Weather:
    middle = (integers(weather, "t_start_ns") + integers(weather, "t_end_ns")) / 2
    names = ("lon_deg", "lat_deg", "temperature_c", "wind_east_m_s", "wind_north_m_s")
    return Weather((middle - base_ns) / SECOND_NS, *(numbers(weather, n) for n in names))


def _origins(found: Placed, nodes: pa.Table, node: np.ndarray, rows: np.ndarray, base_ns: int) -> pa.Table:
    event = np.repeat(np.arange(len(found.p)), [len(m) for m in found.members])
    j = node[np.concatenate([np.empty(0, np.int64), *found.members]).astype(np.int64)]
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
        "arrivals": count, "residual_s": np.sqrt(square / np.maximum(count, 1)),
        "gap_deg": _gaps(event, turn, len(count)),
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
    given: Checked, rows: np.ndarray, phase: np.ndarray, ground: TravelTimes | None, config: AssociateConfig
) -> tuple[pa.Table, Sequence[Issue]]:  # fmt: skip
    """Return the events of P and S."""
    if ground is None:
        return ORIGINS.empty(), ()
    names = tuple(str(n) for n in strings(given.network, "node"))
    elevation = np.nan_to_num(numbers(given.network, "elevation_m"))
    table = StationTable(numbers(given.network, "lon_deg"), numbers(given.network, "lat_deg"), elevation, names)
    t_ns, sigma = integers(given.triggers, "t_ns")[rows], numbers(given.triggers, "t_sigma_s")[rows]
    found, members, issues = associate_seismic(
        t_ns, given.node[rows], phase[rows].astype(str), sigma, table, ground, config.seismic
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
