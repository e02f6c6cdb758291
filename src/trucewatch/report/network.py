"""The section on what the acoustic network heard: counts with their unit and means, and neither node nor origin."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.records import Incident
from trucewatch.report.desk import Desk
from trucewatch.report.figures import live
from trucewatch.report.phrases import clean
from trucewatch.report.records import NetworkFigures, NetworkRow
from trucewatch.report.view import Cell, Head, Section, TableView

__all__ = ["network", "network_figures"]

Row = tuple[str | Cell, ...]


def network_figures(
    volleys: pa.Table, incidents: Sequence[Incident], nodes: int, active: int, triggers: int
) -> NetworkFigures | None:
    """Return the figures of a network of nodes over a period; None where no node is known and nothing was heard.

    volleys    VOLLEYS of the period
    incidents  those of the period; the ones with a source among the volleys' sources are counted
    active     nodes that sent anything in the period
    """
    if not nodes and not triggers:
        return None
    counted = live(incidents)
    source = set(strings(volleys, "source").tolist())
    theirs = [i for i in counted if any(s.source in source for s in i.sources)]
    alone = sum(all(s.source in source for s in i.sources) for i in theirs)
    words = strings(volleys, "class").astype(str)
    rows = tuple(_row(volleys.filter(pa.array(words == word)), word) for word in sorted(set(words.tolist())))
    explained = int(integers(volleys, "arrivals").sum())
    return NetworkFigures(nodes, active, triggers, explained, len(theirs), alone, rows)


def _row(volleys: pa.Table, word: str) -> NetworkRow:
    heard = numbers(volleys, "nodes")
    return NetworkRow(
        None if word == "None" else word, volleys.num_rows, float(np.nansum(numbers(volleys, "p_real"))),
        float(np.nansum(numbers(volleys, "count"))), float(np.median(heard)), int(heard.max()),
    )  # fmt: skip


def network(desk: Desk) -> Section | None:
    """Return what the network heard, by class; None where there is no network."""
    c, told = desk.catalogue, desk.day.network
    if told is None:
        return None
    title, said = c.text("network.title"), c.text("network.nodes", n=told.nodes, active=c.number(told.active))
    share = c.percent(told.explained / told.triggers) if told.triggers else c.text("dash")
    paragraphs = (c.text("network.note"), said, c.text("network.triggers", n=told.triggers, share=share))
    if not told.rows:
        return Section("network", title, (*paragraphs, c.text("network.none")))
    closing = c.text("network.incidents", n=told.incidents, alone=c.number(told.alone))
    return Section("network", title, (*paragraphs, closing), (_by_class(desk, told),))


def _by_class(desk: Desk, told: NetworkFigures) -> TableView:
    c = desk.catalogue
    keys = ("class", "volleys", "expected", "sounds", "middle", "most")
    heads = tuple(Head(c.text(f"network.{k}"), k != "class") for k in keys)
    rows = [*(_cells(desk, c.word("class", r.cls), r) for r in told.rows)]
    if len(told.rows) > 1:
        rows.append(_total(desk, told.rows))
    means = c.text("network.means", n=told.nodes) + desk.star(("detected",))
    coverage = c.text("network.coverage", active=c.number(told.active), nodes=c.number(told.nodes))
    basis = c.text("basis", unit=c.text("basis.unit.volley"), means=means, coverage=coverage)
    return TableView(c.text("network.caption"), heads, tuple(rows), basis, total=len(told.rows) > 1)


def _cells(desk: Desk, word: str, r: NetworkRow) -> Row:
    c = desk.catalogue
    return (clean(word), c.number(r.volleys), c.number(r.expected, 1), c.number(r.sounds), c.number(r.nodes50),
            c.number(r.nodes_most))  # fmt: skip


def _total(desk: Desk, rows: Sequence[NetworkRow]) -> Row:
    c, none = desk.catalogue, desk.catalogue.text("dash")
    return (c.text("network.total"), c.number(sum(r.volleys for r in rows)), c.number(sum(r.expected for r in rows), 1),
            c.number(sum(r.sounds for r in rows)), none, c.number(max(r.nodes_most for r in rows)))  # fmt: skip
