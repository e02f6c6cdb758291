"""Events become incidents: the one place where rows turn into things."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.classes import ancestors, common_class
from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.digest import quantise
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.place import KINDS, Places, summarise
from trucewatch.core.records import Casualties, Incident, PlaceRecord, SourceRef, Status
from trucewatch.fuse.cluster import cluster
from trucewatch.fuse.config import Config
from trucewatch.fuse.link import Nodes, Pairs, links_table, nodes_of, score_pairs
from trucewatch.fuse.revise import founding_id, revise
from trucewatch.fuse.weigh import (
    Groups,
    combined_places,
    extreme,
    groups_of,
    independent_unit,
    interval_of_groups,
    link_of_member,
    p_real_of_groups,
)  # fmt: skip

__all__ = ["Fused", "Origin", "fuse"]

P_QUANTUM, DEG_QUANTUM, M_QUANTUM, BEARING_QUANTUM = 1e-4, 1e-6, 0.1, 0.01


class Origin(NamedTuple):
    """Where each observation (n,) lies in the log: digest of its segment, and its row there."""

    segment: np.ndarray
    row: np.ndarray


class Fused(NamedTuple):
    """What `fuse` found.

    changed    new versions, merges and retirements against the incidents known before
    current    every living incident of the period as it stands now, most probable first
    context    incidents outside the period, for comparison only: not revised, not logged
    links      every scored candidate pair (LINKS)
    unfounded  number of events of the period that founded nothing: too likely background
    """

    changed: tuple[Incident, ...]
    current: tuple[Incident, ...]
    context: tuple[Incident, ...]
    links: pa.Table
    unfounded: int


def fuse(
    events: pa.Table, observations: pa.Table, known: Sequence[Incident], config: Config,
    origin: Origin | None = None, period_ns: tuple[int, int] | None = None,
) -> tuple[Fused, tuple[Issue, ...]]:  # fmt: skip
    """Return the incidents that the events make, against those known before.

    origin     where each observation lies in the log, where it has been logged
    period_ns  incidents outside it are context; None takes all
    """
    events = _in_order(events)
    nodes = nodes_of(events)
    pairs = score_pairs(nodes, config)
    label, accepted = cluster(pairs, nodes, config)
    groups = groups_of(label)
    p_link = link_of_member(len(label), pairs, accepted)
    p = p_real_of_groups(numbers(events, "p_real"), p_link, independent_unit(events, config), groups)
    fresh = _incidents(events, observations, nodes, groups, p_link, p, config, origin)
    inside, outside = _parted(fresh, period_ns)
    changed = revise(inside, _parted(known, period_ns)[0])
    links = links_table(pairs, nodes, integers(events, "event"), accepted)
    unfounded = _unfounded(nodes, groups, p < config.p_found, period_ns)
    fused = Fused(changed, _current(changed, known, period_ns), tuple(outside), links, unfounded)
    return fused, _issues(pairs, config)


def _issues(pairs: Pairs, config: Config) -> tuple[Issue, ...]:
    if not pairs.crowded:
        return ()
    found = f"{pairs.crowded:,} events with more than {config.most_neighbours} neighbours of one source"
    return (Issue("fuse", IssueKind.DOUBTFUL, found, "fewer", "only the nearest were compared"),)


def _unfounded(nodes: Nodes, groups: Groups, weak: np.ndarray, period_ns: tuple[int, int] | None) -> int:
    members = groups.members[weak[groups.group]]
    if period_ns is None:
        return len(members)
    start, end = period_ns
    return int(((nodes.t_end_ns[members] > start) & (nodes.t_start_ns[members] < end)).sum())


def _in_order(events: pa.Table) -> pa.Table:
    """Sort events by what they say, so that the order of arrival cannot matter."""
    keys = ("t_start_ns", "t_end_ns", "lat_deg", "lon_deg", "source", "file_sha256", "row")
    return events.sort_by([(k, "ascending") for k in keys])


def _parted(incidents: Sequence[Incident], period_ns: tuple[int, int] | None) -> tuple[list[Incident], list[Incident]]:
    if period_ns is None:
        return list(incidents), []
    start, end = period_ns
    inside = [i.t_end_ns > start and i.t_start_ns < end for i in incidents]
    return [i for i, y in zip(incidents, inside, strict=True) if y], [
        i for i, y in zip(incidents, inside, strict=True) if not y
    ]


def _current(
    changed: Sequence[Incident], known: Sequence[Incident], period_ns: tuple[int, int] | None
) -> tuple[Incident, ...]:
    latest = {i.incident_id: i for i in (*known, *changed)}
    alive = (i for i in latest.values() if i.status not in (Status.MERGED, Status.RETIRED))
    return tuple(sorted(_parted(list(alive), period_ns)[0], key=lambda i: (-i.p_real, i.t_start_ns, i.incident_id)))


def _incidents(
    events: pa.Table, observations: pa.Table, nodes: Nodes, groups: Groups, p_link: np.ndarray, p: np.ndarray,
    config: Config, origin: Origin | None,
) -> list[Incident]:  # fmt: skip
    places = combined_places(nodes, groups, config.kinships[1, 1].extent_m)
    records = _place_records(places)
    start, end = interval_of_groups(nodes, groups)
    said = _Said(observations, integers(events, "observation"), groups, config)
    refs = _references(events, p_link, origin)
    out = []
    for g in np.flatnonzero(p >= config.p_found).tolist():
        members = groups.members[groups.start[g] : groups.start[g + 1]].tolist()
        sources = [refs[m] for m in members]
        count, unit = said.count(members)
        out.append(Incident(
            incident_id=founding_id(sources[0]), version=1, supersedes=None, status=Status.RECORDED,
            t_start_ns=int(start[g]), t_end_ns=int(end[g]), cls=_class([nodes.cls[m] for m in members]),
            p_real=_rounded(p[g], P_QUANTUM), place=records[g], casualties=said.casualties(g),
            sources=tuple(sorted(sources, key=lambda s: (-s.p_link, s.source, s.file_sha256, s.row))),
            weapon=said.first("weapon", members), damage=said.first("damage", members),
            count=count, count_unit=unit,
        ))  # fmt: skip
    return out


def _class(classes: Sequence[str | None]) -> str | None:
    """Return what the members say together: the narrowest word about weapons, else damage, else heat."""
    known = [c for c in classes if c is not None]
    for trunk in ("fire_event", "casualty", "damage", "thermal"):
        under = [c for c in known if trunk in ancestors(c)]
        if under:
            joined: str | None = under[0]
            for c in under[1:]:
                joined = common_class(joined, c)
            return joined
    return known[0] if known and all(c == known[0] for c in known) else (common_class(*known[:2]) if known else None)


def _references(events: pa.Table, p_link: np.ndarray, origin: Origin | None) -> list[SourceRef]:
    p = [_rounded(v, P_QUANTUM) for v in p_link.tolist()]
    names = ("source", "file_sha256", "row", "native_key", "project", "group")
    columns = [events.column(n).to_pylist() for n in names]
    at = integers(events, "observation")
    segment = [None] * len(at) if origin is None else origin.segment[at].tolist()
    row = [None] * len(at) if origin is None else origin.row[at].tolist()
    return [SourceRef(*values) for values in zip(*columns, p, segment, row, strict=True)]


def _place_records(places: Places) -> list[PlaceRecord]:
    columns = [places.lon_deg, places.lat_deg, places.size1_m, places.size2_m, places.bearing_deg, places.width_deg,
               *summarise(places)]  # fmt: skip
    steps = [DEG_QUANTUM, DEG_QUANTUM, M_QUANTUM, M_QUANTUM, BEARING_QUANTUM, BEARING_QUANTUM, DEG_QUANTUM, DEG_QUANTUM,
             M_QUANTUM]  # fmt: skip
    rounded = [_rounded_column(c, s) for c, s in zip(columns, steps, strict=True)]
    kinds = [KINDS[k] if k >= 0 else None for k in places.kind.tolist()]
    parts = [None] * len(kinds) if places.parts is None else places.parts.tolist()
    return [PlaceRecord(*row) for row in zip(kinds, *rounded, parts, strict=True)]


def _rounded_column(values: np.ndarray, quantum: float) -> list[float | None]:
    digits = round(-np.log10(quantum))
    whole = quantise(values, quantum)
    return [round(w * quantum, digits) if k else None for w, k in zip(whole.tolist(), np.isfinite(values), strict=True)]


def _rounded(value: float, quantum: float) -> float:
    return float(round(round(float(value) / quantum) * quantum, round(-np.log10(quantum))))


class _Said:
    """Numbers and words of the observations behind the groups."""

    def __init__(self, observations: pa.Table, row: np.ndarray, groups: Groups, config: Config) -> None:
        harm = ("killed_low", "killed_high", "injured_low", "injured_high")
        self._most = {n: extreme(numbers(observations, n)[row], groups) for n in harm}
        self._words = {n: strings(observations, n)[row] for n in ("weapon", "damage", "count_unit")}
        counted = ~np.isin(self._words["count_unit"].astype(str), [*config.uncounted_units, "None"])
        self._count = np.where(counted, numbers(observations, "count")[row], np.nan)

    def _number(self, name: str, g: int) -> int | None:
        value = self._most[name][g]
        return int(value) if np.isfinite(value) else None

    def casualties(self, g: int) -> Casualties:
        """Return the largest numbers that any one member states: members may speak of the same people."""
        return Casualties(*(self._number(n, g) for n in ("killed_low", "killed_high", "injured_low", "injured_high")))

    def count(self, members: Sequence[int]) -> tuple[float | None, str | None]:
        """Return the largest number that any one member counted, and what it counted."""
        known = [m for m in members if np.isfinite(self._count[m])]
        if not known:
            return None, None
        most = max(known, key=lambda m: float(self._count[m]))
        return float(self._count[most]), self._words["count_unit"][most]

    def first(self, name: str, members: Sequence[int]) -> str | None:
        """Return the first known word among the members."""
        return next((self._words[name][m] for m in members if self._words[name][m] is not None), None)
