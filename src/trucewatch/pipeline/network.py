"""Triggers of the acoustic network to logged origins and volleys, before the stages look at anything."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch import locate
from trucewatch.config import Config
from trucewatch.core.columns import integers, strings
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.marking import Marking
from trucewatch.core.tables import NODES, ORIGINS, SCHEMAS, TRIGGERS, VOLLEYS, WEATHER
from trucewatch.core.times import SECOND_NS
from trucewatch.evidence import Log
from trucewatch.pipeline.intake import Intake, Logged

__all__ = ["Associate", "Heard", "hear", "nothing_heard"]

Associate = Callable[
    [pa.Table, pa.Table, locate.AssociateConfig | None, pa.Table | None], tuple[pa.Table, tuple[Issue, ...]]
]
_MARGIN_NS = 120 * SECOND_NS  # sound of the period's last seconds still travels; that of the day before has arrived
_FAILURES = (ArithmeticError, LookupError, TypeError, ValueError, MemoryError)


class Heard(NamedTuple):
    """What the network heard of the period.

    volleys    VOLLEYS; segment is the root of the segment that holds them, None where there are none
    origins    ORIGINS, whose lists of triggers count the rows of `leaves` in their order
    triggers   number of triggers of the period
    nodes      number of nodes that are listed; `active` of them sent something in the period
    """

    volleys: pa.Table
    segment: str | None
    origins: pa.Table
    triggers: int
    nodes: int
    active: int
    issues: tuple[Issue, ...]


def nothing_heard(*issues: Issue, triggers: int = 0, nodes: int = 0, active: int = 0) -> Heard:
    """Return what a period without a network, or with one that is of no use, comes to."""
    return Heard(VOLLEYS.empty(), None, ORIGINS.empty(), triggers, nodes, active, issues)


def hear(log: Log, intake: Intake, period_ns: tuple[int, int], config: Config, associate: Associate) -> Heard:
    """Return what the triggers of a period come to, with origins and volleys in the log.

    An association that fails is an Issue, and the rest of the record goes on without it.
    """
    parts = _parts(intake, period_ns)
    if not parts:
        return nothing_heard()
    triggers = pa.concat_tables([entry.table for entry in parts])
    rows = _within(triggers, period_ns)
    network, odd = _newest(intake.joined(NODES.name))
    given = triggers.take(pa.array(rows))
    active = np.isin(strings(network, "node").astype(str), strings(given, "node").astype(str))
    counted = {"triggers": len(rows), "nodes": network.num_rows, "active": int(active.sum())}
    if not network.num_rows:
        return nothing_heard(_no_nodes(len(rows)), **counted)
    weather = intake.joined(WEATHER.name)
    try:
        found, issues = associate(given, network, config.associate, weather if weather.num_rows else None)
        origins = _renumbered(found, rows)
        volleys = locate.volleys(origins, triggers, config.volley)
    except _FAILURES as error:
        return nothing_heard(_failed(error), **counted)
    if not volleys.num_rows:
        return nothing_heard(*odd, *issues, **counted)
    held = _logged(log, intake, ORIGINS.name, origins, [entry.leaf for entry in parts])
    segment = _logged(log, intake, VOLLEYS.name, volleys, [held.leaf]).segment
    return Heard(volleys, segment, origins, **counted, issues=(*odd, *issues))


def _parts(intake: Intake, period_ns: tuple[int, int]) -> list[Logged]:
    """Return the logged tables of triggers that have any in the period."""
    tables = [entry for entry in intake.logged if entry.kind == TRIGGERS.name]
    return [entry for entry in tables if len(_within(entry.table, period_ns))]


def _within(triggers: pa.Table, period_ns: tuple[int, int]) -> np.ndarray:
    t_ns = integers(triggers, "t_ns")
    return np.flatnonzero((t_ns >= period_ns[0]) & (t_ns < period_ns[1] + _MARGIN_NS))


def _newest(nodes: pa.Table) -> tuple[pa.Table, tuple[Issue, ...]]:
    """Return each node once, as the newest list has it; an Issue says how many were listed differently before."""
    names = strings(nodes, "node").astype(str)
    last = np.sort(len(names) - 1 - np.unique(names[::-1], return_index=True)[1])
    if len(last) == len(names):
        return nodes, ()
    again = f"{len(names) - len(last):,} nodes that an earlier row lists too"
    issue = Issue(NODES.name, IssueKind.DUPLICATE, again, "each node once", "the newest row counts")
    return nodes.take(pa.array(last)), (issue,)


def _renumbered(origins: pa.Table, rows: np.ndarray) -> pa.Table:
    """Return the origins with their triggers named by the rows of the logged tables, one after the other."""
    lists = origins.column("triggers").combine_chunks()
    offsets = np.append(0, np.cumsum(lists.value_lengths().to_numpy()))
    named = pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(rows[lists.flatten().to_numpy()]))
    return ORIGINS.table({**{n: origins.column(n) for n in origins.column_names}, "triggers": named})


def _logged(log: Log, intake: Intake, kind: str, table: pa.Table, parents: Sequence[str]) -> Logged:
    """Return the log's entry of a table that was worked out; one that an earlier run logged is not logged again."""
    for entry in reversed(intake.logged):
        if entry.kind == kind and entry.parents == tuple(parents) and entry.table.equals(table):
            return entry
    ref = log.append_segment("segment", table, SCHEMAS[kind], parents, Marking.INTERNAL)
    entry = Logged(kind, table, ref.segment, ref.leaf, parents=tuple(parents))
    intake.keep(entry)
    return entry


def _no_nodes(triggers: int) -> Issue:
    return Issue(TRIGGERS.name, IssueKind.DOUBTFUL, f"{triggers:,} triggers and no list of nodes",
                 "where the nodes stand", "they make no event; add the list of nodes to the input")  # fmt: skip


def _failed(error: Exception) -> Issue:
    return Issue(TRIGGERS.name, IssueKind.DOUBTFUL, f"that the association failed: {error}", "events of the network",
                 "the day goes on without them; report it with these files")  # fmt: skip
