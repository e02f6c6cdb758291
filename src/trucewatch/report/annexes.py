"""The sections at the end: issues, what was left out, map, all incidents, sources, the log, how to read it."""

from collections import Counter
from collections.abc import Sequence

from trucewatch.core.columns import strings
from trucewatch.core.issue import IssueKind
from trucewatch.report.desk import Desk
from trucewatch.report.map import incident_map
from trucewatch.report.phrases import clean
from trucewatch.report.summary import incident_heads, incident_row
from trucewatch.report.view import Cell, Head, Section, TableView

__all__ = ["all_incidents", "issues", "left_out", "log", "map_of_incidents", "sources", "words"]

Row = tuple[str | Cell, ...]


def issues(desk: Desk) -> Section:
    """Return the issues by kind and source, and the first of them."""
    c, met = desk.catalogue, desk.day.issues
    if not met:
        return Section("issues", c.text("issues.title"), (c.text("issues.none"),))
    counts = Counter((i.kind, i.source) for i in met)
    rows = tuple((c.word("issue", kind), clean(source), c.number(n))
                 for (kind, source), n in counts.most_common(desk.config.list_rows))  # fmt: skip
    heads = (Head(c.text("issues.kind")), Head(c.text("issues.source")), Head(c.text("issues.count"), True))
    table = TableView(c.text("issues.caption"), heads, rows, desk.basis("issue"))
    return Section("issues", c.text("issues.title"), (c.text("issues.note"),), (table, _first_issues(desk)))


def _first_issues(desk: Desk) -> TableView:
    c = desk.catalogue
    keys = ("source", "row", "kind", "found", "needed", "action")
    heads = tuple(Head(c.text(f"issues.{k}"), k == "row", k in ("found", "needed", "action")) for k in keys)
    rows = tuple(
        (clean(i.source), c.text("dash") if i.row is None else c.number(i.row), c.word("issue", i.kind),
         clean(i.found), clean(i.needed), clean(i.action))
        for i in desk.day.issues[: desk.config.list_rows]
    )  # fmt: skip
    return TableView(c.text("issues.list"), heads, rows, kind="wide")


def left_out(desk: Desk) -> Section:
    """Return what is in the record but not in the counts or not on the pages."""
    c, day = desk.catalogue, desk.day
    kinds = Counter(i.kind for i in day.issues)
    states = Counter(strings(day.observations, "state").tolist())
    counts = {
        "background": day.background,
        "duplicates": states["duplicate"],
        "merged": len(day.incidents) - len(desk.incidents),
        "no_place": sum(i.place.kind is None for i in desk.incidents),
        "no_class": sum(i.cls is None for i in desk.incidents),
        "pages": len(desk.incidents) - len(desk.annexed),
        "rejected": kinds[IssueKind.REJECTED] + kinds[IssueKind.UNREADABLE],
        "late": kinds[IssueKind.LATE],
    }
    heads = (Head(c.text("left_out.what"), long=True), Head(c.text("left_out.count"), True))
    rows = tuple((c.text(f"left_out.{k}"), c.number(n)) for k, n in counts.items())
    table = TableView(c.text("left_out.caption"), heads, rows, desk.basis("mixed"))
    return Section("left-out", c.text("left_out.title"), parts=(table,))


def map_of_incidents(desk: Desk) -> Section:
    """Return the map."""
    c = desk.catalogue
    figure = incident_map(desk.incidents, desk.day.agreement, desk.day.layers, desk.basis("incident"), desk.zone, c,
                          desk.config)  # fmt: skip
    lines = (c.text("map.no_places"),) if figure is None else ()
    return Section("map", c.text("map.title"), lines, () if figure is None else (figure,))


def all_incidents(desk: Desk) -> Section:
    """Return all incidents in order of time, as far as they fit."""
    c = desk.catalogue
    rows = tuple(incident_row(desk, i, anchor=True) for i in desk.annexed)
    if not rows:
        return Section("all", c.text("annex.incidents.title"), (c.text("summary.no_incidents"),))
    shown, of = c.number(len(rows)), c.number(len(desk.incidents))
    cut = (c.text("incidents.shown", shown=shown, all=of),) if len(rows) < len(desk.incidents) else ()
    notes = (c.text("incidents.note"), *cut)
    table = TableView(c.text("annex.incidents.caption"), incident_heads(desk), rows, desk.basis("incident"), notes,
                      kind="wide")  # fmt: skip
    return Section("all", c.text("annex.incidents.title"), parts=(table,))


def sources(desk: Desk) -> Section:
    """Return the files that were read with their digests."""
    c = desk.catalogue
    keys = ("file", "format", "rows", "issues", "synthetic", "sha256")
    heads = tuple(Head(c.text(f"annex.sources.{k}"), k in ("rows", "issues")) for k in keys)
    files = desk.day.inputs
    rows = tuple(
        (clean(f.name), f.format, c.number(f.rows), c.number(f.issues), c.text("yes" if f.synthetic else "no"),
         Cell(f.sha256, mono=True))
        for f in files[: desk.config.input_rows]
    )  # fmt: skip
    shown, of = c.number(len(rows)), c.number(len(files))
    notes = (c.text("incidents.shown", shown=shown, all=of),) if len(rows) < len(files) else ()
    table = TableView(c.text("annex.sources.caption"), heads, rows, desk.basis("file"), notes, kind="wide")
    return Section("sources", c.text("annex.sources.title"), parts=(table,))


def log(desk: Desk) -> Section:
    """Return the state of the log, how to check the report, versions and time taken."""
    c, day = desk.catalogue, desk.day
    versions = _fields(desk, "annex.versions", (
        ("program", day.versions.program), ("schema", day.versions.schema), ("config", day.versions.config_digest),
        ("agreement", day.agreement.digest)))  # fmt: skip
    parts = [versions, *([_timings(desk)] if day.timings_s else [])]
    mark = day.checkpoint
    if mark is None:
        return Section("log", c.text("annex.log.title"), (c.text("annex.log.none"),), tuple(parts))
    checkpoint = _fields(desk, "annex.log", (("origin", mark.origin), ("size", c.number(mark.size)),
                                             ("root", mark.root_hash), ("key", mark.key_id)))  # fmt: skip
    return Section("log", c.text("annex.log.title"), (c.text("annex.log.how"),), (checkpoint, *parts))


def _fields(desk: Desk, group: str, values: Sequence[tuple[str, str]]) -> TableView:
    c = desk.catalogue
    heads = (Head(c.text("annex.log.what")), Head(c.text("annex.log.value")))
    rows = tuple((c.text(f"{group}.{name}"), Cell(clean(value), mono=True)) for name, value in values)
    return TableView(c.text(f"{group}.caption"), heads, rows)


def _timings(desk: Desk) -> TableView:
    c = desk.catalogue
    heads = (Head(c.text("annex.timings.stage")), Head(c.text("annex.timings.seconds"), True))
    rows = tuple((stage.replace("_", " "), c.number(seconds, 2)) for stage, seconds in desk.day.timings_s.items())
    return TableView(c.text("annex.timings.caption"), heads, rows)


def words(desk: Desk) -> Section:
    """Return how to read the report: the nouns and the words of likelihood."""
    c = desk.catalogue
    heads = (Head(c.text("annex.words.word")), Head(c.text("annex.words.range"), True))
    rows = tuple(
        (word, c.text("percent", value=c.text("range", low=c.number(100 * low), high=c.number(100 * high))))
        for low, high, word in c.wording.likelihood
    )
    table = TableView(c.text("annex.words.caption"), heads, rows)
    told = tuple(c.text(f"annex.words.{k}") for k in ("incident", "verdict", "place", "real"))
    return Section("words", c.text("annex.words.title"), told, (table,))
