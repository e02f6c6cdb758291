"""What of a network's triggers can be used: bad input is named, set aside and counted, and nothing is invented."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.columns import integers, numbers
from trucewatch.core.errors import ConfigError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import NODES, TRIGGERS
from trucewatch.core.times import HOUR_NS, SECOND_NS, format_ns
from trucewatch.locate.clock_resets import resets
from trucewatch.locate.network_checks import NetworkConfig, checked_network, node_rows

__all__ = ["PHASES", "CheckConfig", "Checked", "checked"]

PHASES = ("acoustic", "infrasound", "P", "S")
_MINUTE_NS = 60 * SECOND_NS
_ASIDE = "they are set aside"
_NAMED = 5  # names that one Issue lists
_ENOUGH = 100  # triggers from whose times their step is told


@dataclass(frozen=True, slots=True)
class CheckConfig:
    """Limits of what is believed.

    network           of the list of nodes
    earliest_ns       a clock that says less was never set
    most_per_min      triggers of one node in a minute; a dead time of 0.25 s allows 240
    reset_ms          arrivals within this are at one instant
    reset_nodes       at least so many nodes, and either half of all or more than chance allows
    reset_chance      expected number of such instants by chance, in the whole input, below which one is a reset
    reach_m           sound of one event may reach nodes at one instant only on a circle of at most this radius
    coarse_ms         time stamps in longer steps than this are named
    silence_s         stretch without a trigger of any node that is named
    quiet_expected    a node that sent nothing is named where its like sent at least so many
    """

    network: NetworkConfig = field(default_factory=NetworkConfig)
    earliest_ns: int = 631_152_000 * SECOND_NS  # 1990-01-01
    most_per_min: int = 600
    reset_ms: float = 1.0
    reset_nodes: int = 5
    reset_chance: float = 1e-4
    reach_m: float = 30_000.0
    coarse_ms: float = 10.0
    silence_s: float = 3_600.0
    quiet_expected: float = 20.0

    def __post_init__(self) -> None:
        """Refuse limits that would set everything aside."""
        for name in ("most_per_min", "reset_ms", "reset_nodes", "reach_m", "silence_s"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"found check.{name} = {getattr(self, name)}; needed more than 0; correct it")


class Checked(NamedTuple):
    """What can be used.

    triggers   TRIGGERS that are left, by time
    rows       (n,) the row of each in the given table
    node       (n,) the row of its node in `network`
    network    NODES, each node once
    collinear  the nodes stand in one line: on which side of it something happened cannot be told
    shared     (m,) number of the place that a node shares with others; −1 where it stands alone
    quiet      (m,) nodes that sent nothing although their like did: that they did not hear says nothing
    issues     what was found
    """

    triggers: pa.Table
    rows: np.ndarray
    node: np.ndarray
    network: pa.Table
    collinear: bool
    shared: np.ndarray
    quiet: np.ndarray
    issues: tuple[Issue, ...]


class _Pile(NamedTuple):
    """Triggers still in (n,): row, row in the file, ns UTC, row of the node (−1: unknown), number of the phase."""

    row: np.ndarray
    line: np.ndarray
    t_ns: np.ndarray
    node: np.ndarray
    phase: np.ndarray

    def take(self, keep: np.ndarray) -> "_Pile":
        return _Pile(*(column[keep] for column in self))


def checked(
    detections: pa.Table, network: pa.Table, config: CheckConfig | None = None, now_ns: int | None = None
) -> Checked:
    """Return the triggers (TRIGGERS) and nodes (NODES) that can be used, and an Issue for each kind of fault.

    now_ns   ns UTC; what is later has not happened yet; None where nobody says

    Set aside: unknown nodes and phases, times that cannot be, repeated rows, minutes of a node that fires without end,
    instants that all nodes share. Left unknown: impossible loudness and bearings. Named: an order that is not that of
    time, nodes at one place or in one line, fewer than three nodes, silent nodes and silent hours.
    """
    config = config or CheckConfig()
    TRIGGERS.check(detections)
    NODES.check(network)
    nodes = checked_network(network, config.network)
    pile = _Pile(np.arange(detections.num_rows), integers(detections, "row"), integers(detections, "t_ns"),
                 node_rows(detections, nodes.table), _phases_of(detections))  # fmt: skip
    issues = list(nodes.issues)
    for look in (_unknown_nodes, _unknown_phases, _impossible_times):
        pile, found = look(detections, pile, config, now_ns)
        issues += found
    pile, found = _in_order(pile)
    issues += found
    for sift in (_repeated, _endless, _at_one_instant):
        pile, found = sift(pile, nodes.table, config)
        issues += found
    if _too_few(nodes.table, detections):
        issues.append(_no_events(nodes.table.num_rows, len(pile.row)))
        pile = pile.take(np.zeros(0, dtype=np.int64))
    quiet = _quiet(pile, nodes.table.num_rows, config)
    issues += [*_silence(pile, config), *_quiet_nodes(quiet, nodes.table)]
    same = np.array_equal(pile.row, np.arange(detections.num_rows))
    triggers, odd = _believable(detections if same else detections.take(pa.array(pile.row)), pile)
    left = (triggers, pile.row, pile.node, nodes.table, nodes.collinear, nodes.shared, quiet)
    return Checked(*left, issues=(*issues, *odd))


def _phases_of(detections: pa.Table) -> np.ndarray:
    place = pc.index_in(pc.fill_null(detections.column("phase"), PHASES[0]), pa.array(PHASES))
    return np.asarray(place.fill_null(-1).to_numpy().astype(np.int64))


def _unknown_nodes(
    detections: pa.Table, pile: _Pile, _: CheckConfig, __: int | None
) -> tuple[_Pile, list[Issue]]:  # fmt: skip
    bad = pile.node < 0
    names = _listed(detections, pile.row[bad], "node")
    return _aside(pile, bad, f"triggers of nodes that nobody lists ({names})", "nodes of the list",
                  f"{_ASIDE}; add the nodes to the list")  # fmt: skip


def _unknown_phases(
    detections: pa.Table, pile: _Pile, _: CheckConfig, __: int | None
) -> tuple[_Pile, list[Issue]]:  # fmt: skip
    bad = pile.phase < 0
    names = _listed(detections, pile.row[bad], "phase")
    return _aside(pile, bad, f"triggers of unknown phases ({names})", f"one of {', '.join(PHASES)}", _ASIDE)


def _impossible_times(
    _: pa.Table, pile: _Pile, config: CheckConfig, now_ns: int | None
) -> tuple[_Pile, list[Issue]]:  # fmt: skip
    unset = f"{_ASIDE}; set the clock of the node"
    pile, early = _aside(pile, pile.t_ns < config.earliest_ns, "triggers from before 1990", "the time of a set clock",
                         unset)  # fmt: skip
    if now_ns is None:
        return pile, early
    pile, late = _aside(pile, pile.t_ns > now_ns, f"triggers in the future, after {format_ns(now_ns)}",
                        "times that have been", unset)  # fmt: skip
    return pile, early + late


def _in_order(pile: _Pile) -> tuple[_Pile, list[Issue]]:
    """Return the triggers by time; those of one instant by node, phase and row."""
    back = int(np.count_nonzero(np.diff(pile.t_ns) < 0))
    order = np.lexsort((pile.row, pile.phase, pile.node, pile.t_ns))
    if not back:
        return pile.take(order), []
    found = f"{back:,} triggers earlier than the one before them"
    return pile.take(order), [Issue("triggers", IssueKind.DOUBTFUL, found, "the order of time", "they are sorted")]


def _repeated(pile: _Pile, _: pa.Table, __: CheckConfig) -> tuple[_Pile, list[Issue]]:
    same = np.zeros(len(pile.row), dtype=bool)
    same[1:] = (np.diff(pile.t_ns) == 0) & (np.diff(pile.node) == 0) & (np.diff(pile.phase) == 0)
    return _aside(pile, same, "triggers of a node and an instant that an earlier row has", "each trigger once",
                  "they count once", IssueKind.DUPLICATE)  # fmt: skip


def _endless(pile: _Pile, network: pa.Table, config: CheckConfig) -> tuple[_Pile, list[Issue]]:
    """Set aside the minutes in which a node fires without end."""
    minute = pile.t_ns // _MINUTE_NS
    minute = minute - minute.min(initial=np.iinfo(np.int64).max)
    key = pile.node * (int(minute.max(initial=0)) + 1) + minute
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    counts = np.diff(np.append(starts, len(key)))
    many = np.flatnonzero(counts > config.most_per_min)
    bad = np.zeros(len(key), dtype=bool)
    bad[order] = np.repeat(counts > config.most_per_min, counts)
    issues = []
    node_of = pile.node[order[starts[many]]]
    for node in np.unique(node_of).tolist():
        own = many[node_of == node]
        found = (f"node {network.column('node')[node].as_py()} with up to {counts[own].max():,} triggers a minute, "
                 f"{counts[own].sum():,} in {len(own):,} minutes")  # fmt: skip
        needed = f"at most {config.most_per_min:,} a minute"
        action = (
            f"these minutes of it are set aside (first {_when(pile.t_ns[order[starts[own[0]]]])}); look at the node"
        )
        issues.append(Issue("triggers", IssueKind.REJECTED, found, needed, action))
    return pile.take(~bad), issues


def _at_one_instant(pile: _Pile, network: pa.Table, config: CheckConfig) -> tuple[_Pile, list[Issue]]:
    lon, lat = numbers(network, "lon_deg"), numbers(network, "lat_deg")
    step_ms = _step_ms(pile.t_ns)
    coarse = []
    if step_ms > config.coarse_ms:
        found_, needed = f"times in steps of {step_ms / 1000:g} s", "times to the millisecond"
        coarse = [Issue("triggers", IssueKind.DOUBTFUL, found_, needed, "they are used; places are as coarse as they")]
    within_ms = max(config.reset_ms, step_ms)
    bad, found = resets(pile.t_ns, pile.node, lon, lat, within_ms, config.reset_nodes, config.reset_chance,
                        config.reach_m)  # fmt: skip
    if not found:
        return pile, coarse
    first = f"{_when(found[0].t_ns)} at {found[0].nodes:,} nodes"
    others = f" and {len(found) - 1:,} more instants" if len(found) > 1 else ""
    issue = Issue(
        "triggers", IssueKind.REJECTED, f"{np.count_nonzero(bad):,} triggers at one instant ({first}{others})",
        "arrivals as far apart as sound needs", f"{_ASIDE} as resets of clocks; look at the clocks of the nodes",
    )  # fmt: skip
    return pile.take(~bad), [*coarse, issue]


def _step_ms(t_ns: np.ndarray) -> float:
    """Return the step of time stamps; 0 where there are too few to tell."""
    if len(t_ns) < _ENOUGH:
        return 0.0
    return min(float(np.gcd.reduce(np.diff(t_ns))) / 1e6, 1000.0)


def _too_few(network: pa.Table, detections: pa.Table) -> bool:
    """Return whether there are fewer than three nodes, or than two where bearings cross."""
    bearings = detections.column("back_azimuth_deg").null_count < detections.num_rows
    return bool(network.num_rows < (2 if bearings else 3))


def _no_events(nodes: int, triggers: int) -> Issue:
    return Issue("nodes", IssueKind.DOUBTFUL, f"{nodes} nodes and {triggers:,} triggers that could be used",
                 "three nodes, or two arrays with bearings", "there are no events; add the other nodes")  # fmt: skip


def _silence(pile: _Pile, config: CheckConfig) -> Iterator[Issue]:
    if not len(pile.t_ns):
        yield _silent("no trigger that could be used")
    gap_s = np.diff(pile.t_ns) / SECOND_NS
    long = np.flatnonzero(gap_s > config.silence_s)
    for i in long[:_NAMED]:
        yield _silent(f"no trigger of any node from {_when(pile.t_ns[i])} to {_when(pile.t_ns[i + 1])}")
    if len(long) > _NAMED:
        hours = gap_s[long[_NAMED:]].sum() * SECOND_NS / HOUR_NS
        yield _silent(f"{len(long) - _NAMED:,} more such stretches, {hours:,.1f} h together")


def _silent(found: str) -> Issue:
    return Issue("triggers", IssueKind.DOUBTFUL, found, "what the nodes heard, or their heartbeats",
                 "nothing is concluded from it: silence is not compliance")  # fmt: skip


def _quiet(pile: _Pile, nodes: int, config: CheckConfig) -> np.ndarray:
    """Return which nodes (m,) sent nothing although half of all sent a good deal."""
    count = np.bincount(pile.node, minlength=nodes)
    busy = nodes > 0 and bool(np.median(count) >= config.quiet_expected)
    return np.asarray((count == 0) & busy)


def _quiet_nodes(quiet: np.ndarray, network: pa.Table) -> list[Issue]:
    if not quiet.any():
        return []
    names = _some(network.column("node").filter(pa.array(quiet)).to_pylist())
    found = f"{np.count_nonzero(quiet):,} nodes that sent nothing ({names})"
    return [Issue("nodes", IssueKind.DOUBTFUL, found, "triggers, as the other nodes sent them",
                  "look at the nodes: one that is down cannot say that nothing happened")]  # fmt: skip


def _believable(triggers: pa.Table, pile: _Pile) -> tuple[pa.Table, list[Issue]]:
    """Return the triggers with impossible values left unknown; bearings of −180..0° and 360° are turned round."""
    issues: list[Issue] = []
    limits = {
        "amplitude_pa": (0.0, np.inf, "above 0 and finite"), "t_sigma_s": (0.0, np.inf, "above 0 and finite"),
        "duration_s": (0.0, np.inf, "above 0 and finite"),
        "back_azimuth_sigma_deg": (0.0, 180.0, "above 0° and at most 180°"),
        "trace_velocity_m_s": (0.0, np.inf, "above 0 and finite"), "back_azimuth_deg": (-180.0, 360.0, "0° to 360°"),
    }  # fmt: skip
    for name, (low, high, needed) in limits.items():
        values = numbers(triggers, name)
        there = np.asarray(triggers.column(name).is_valid())
        bearing = name == "back_azimuth_deg"
        with np.errstate(invalid="ignore"):
            good = np.isfinite(values) & (values <= high) & (values >= low if bearing else values > low)
        bad = there & ~good
        turned = bearing & good & ((values < 0) | (values == high))
        if not bad.any() and not turned.any():
            continue
        if bad.any():
            issues.append(_left_unknown(name, values, bad, pile, needed))
        fixed = np.where(bad, np.nan, values)
        fixed[turned] %= 360.0
        at = triggers.schema.get_field_index(name)
        triggers = triggers.set_column(at, triggers.schema.field(at), pa.array(fixed, from_pandas=True))
    return triggers, issues


def _left_unknown(name: str, values: np.ndarray, bad: np.ndarray, pile: _Pile, needed: str) -> Issue:
    first = int(np.flatnonzero(bad)[0])
    found = f"{np.count_nonzero(bad):,} triggers with an impossible {name} (first {values[first]:g})"
    return Issue("triggers", IssueKind.DOUBTFUL, found, f"{name} {needed}",
                 "the triggers are used without it", int(pile.line[first]))  # fmt: skip


def _aside(
    pile: _Pile, bad: np.ndarray, found: str, needed: str, action: str, kind: IssueKind = IssueKind.REJECTED
) -> tuple[_Pile, list[Issue]]:
    if not bad.any():
        return pile, []
    first = int(pile.line[np.flatnonzero(bad)[0]])
    return pile.take(~bad), [Issue("triggers", kind, f"{np.count_nonzero(bad):,} {found}", needed, action, first)]


def _listed(table: pa.Table, rows: np.ndarray, name: str) -> str:
    if not len(rows):
        return ""
    return _some([w for w in table.column(name).take(pa.array(rows)).unique().to_pylist() if w is not None])


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _when(t_ns: int) -> str:
    return format_ns(int(t_ns), timespec="milliseconds")
