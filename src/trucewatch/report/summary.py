"""The sections that count incidents: summary, areas and clauses, the incidents themselves, casualties and damage."""

from collections import Counter
from collections.abc import Iterable

from trucewatch.core.agreement import Provision
from trucewatch.core.records import Casualties, Incident, Status, Verdict, VerdictWord
from trucewatch.report.desk import Desk
from trucewatch.report.figures import figures, live, seen_fraction
from trucewatch.report.phrases import clean, harm, persons_text, what, when
from trucewatch.report.proposals import proposal_cells, proposal_heads
from trucewatch.report.records import Figures
from trucewatch.report.view import Cell, Head, Section, TableView

__all__ = ["areas", "foremost", "harmed", "incident_heads", "incident_row", "summary"]

Row = tuple[str | Cell, ...]
_WORDS = (VerdictWord.BREACH, VerdictWord.UNDECIDED, VerdictWord.NO_BREACH, VerdictWord.UNOBSERVED)


def summary(desk: Desk) -> Section:
    """Return the summary against the period before, casualties first."""
    c = desk.catalogue
    heads = tuple(Head(c.text(f"summary.{k}"), number=k in ("this", "before", "change"), long=k == "counted")
                  for k in ("what", "this", "before", "change", "counted"))  # fmt: skip
    notes = () if desk.day.previous else (c.text("summary.no_previous"),)
    starred = (c.text("star.note"),) if desk.day.impediments.num_rows else ()
    rows = tuple(_summary_rows(desk))
    table = TableView(c.text("summary.caption"), heads, rows, notes=(*notes, *starred), kind="summary")
    return Section("summary", c.text("summary.title"), (), (table,), tuple(_summary_lines(desk)))


def _summary_rows(desk: Desk) -> Iterable[Row]:
    now, before, c = desk.figures, desk.day.previous, desk.catalogue
    basis = {"means": desk.means_text(desk.all_means), "coverage": desk.coverage_text(desk.seen)}
    for key in ("killed", "injured"):
        yield _persons_row(desk, key, basis)
    star = desk.star(desk.all_means)
    yield (c.text("summary.incidents"), c.number(now.incidents) + star,
           c.number(before.incidents) if before else c.text("dash"),
           desk.change(now.incidents, before.incidents if before else None),
           c.text("summary.incidents.counted", **basis))  # fmt: skip
    engaged = sum(1 for i in desk.incidents if desk.breaches(i))
    yield (c.text("summary.engaged"), c.number(engaged) + star, c.text("dash"), c.text("dash"),
           c.text("summary.engaged.counted", **basis))  # fmt: skip
    yield _impediments_row(desk, basis["coverage"])
    yield (c.text("summary.seen"), c.percent(now.seen), c.percent(before.seen) if before else c.text("dash"),
           c.text("dash"), c.text("summary.seen.counted"))  # fmt: skip


def _persons_row(desk: Desk, key: str, basis: dict[str, str]) -> Row:
    c, before = desk.catalogue, desk.day.previous
    now = getattr(desk.figures, key)
    counted = c.text("list.semicolon").join([c.text("summary.persons.stated", n=now.stated), *basis.values()])
    then = persons_text(getattr(before, key), c) if before else c.text("dash")
    known = before is not None and now.stated and now.low == now.high and getattr(before, key).stated
    moved = desk.change(now.low, getattr(before, key).low) if known else c.text("dash")
    return c.text(f"summary.{key}"), persons_text(now, c) + desk.star(desk.all_means), then, moved, counted


def _impediments_row(desk: Desk, coverage: str) -> Row:
    c, now, before = desk.catalogue, desk.figures.impediments or 0, desk.day.previous
    then = before.impediments if before else None
    return (c.text("summary.impediments"), c.number(now), c.text("dash") if then is None else c.number(then),
            desk.change(now, then), c.text("summary.impediments.counted", coverage=coverage))  # fmt: skip


def _summary_lines(desk: Desk) -> Iterable[str]:
    c, now = desk.catalogue, desk.figures
    basis = {"means": desk.means_text(desk.all_means), "coverage": desk.coverage_text(desk.seen)}
    if not now.incidents:
        yield c.text("summary.no_incidents")
    else:
        expected, spread = c.number(now.expected), c.number(now.spread)
        yield c.text("summary.expected", n=now.incidents, expected=expected, spread=spread, **basis)
    sides = _sides(desk)
    if sides:
        yield c.text("summary.sides", sides=c.join(sides))
    states = Counter(i.status for i in desk.incidents)
    if now.incidents:
        counts = {s.value: c.number(states[s]) for s in Status}
        yield c.text("summary.review", **counts, **basis)
    unobserved = sum(v.verdict is VerdictWord.UNOBSERVED for v in desk.day.verdicts)
    if unobserved:
        yield c.text("summary.unobserved", n=unobserved)
    if desk.day.issues:
        yield c.text("summary.issues", n=len(desk.day.issues))


def _sides(desk: Desk) -> list[str]:
    c, coverage = desk.catalogue, desk.day.coverage
    names = dict.fromkeys(s.side for s in (coverage.shares if coverage else ()) if s.side is not None)
    return [c.text("summary.side", side=clean(n), percent=c.percent(seen_fraction(coverage, side=n))) for n in names]


def areas(desk: Desk) -> Section:
    """Return incidents by area, by class and by clause."""
    c = desk.catalogue
    tables = (_by_area(desk), _by_class(desk), *_by_clause(desk)) if desk.incidents else tuple(_by_clause(desk))
    return Section("areas", c.text("areas.title"), parts=tables)


def _by_area(desk: Desk) -> TableView:
    c = desk.catalogue
    keys = ("area", "incidents", "expected", "before", "change", "killed", "injured", "seen")
    heads = tuple(Head(c.text(f"areas.{k}"), number=k != "area") for k in keys)
    groups: dict[str, list[Incident]] = {}
    for incident in desk.incidents:
        groups.setdefault(desk.day.area_of.get(incident.incident_id, ""), []).append(incident)
    ordered = sorted(groups, key=lambda a: (a == "", -len(groups[a]), a))
    rows = [_area_row(desk, a or c.text("areas.none"), figures(groups[a], {}), _before(desk, a),
                      seen_fraction(desk.day.coverage, a)) for a in ordered]  # fmt: skip
    previous = desk.day.previous.incidents if desk.day.previous else None
    rows.append(_area_row(desk, c.text("areas.total"), desk.figures, previous, desk.seen))
    return TableView(c.text("areas.caption"), heads, tuple(rows), desk.basis("mixed"), total=True)


def _before(desk: Desk, area: str) -> int | None:
    return None if desk.day.previous is None else desk.day.previous.by_area.get(area, 0)


def _area_row(desk: Desk, name: str, counts: Figures, before: int | None, seen: float | None) -> Row:
    c = desk.catalogue
    return (
        clean(name), c.number(counts.incidents) + desk.star(desk.all_means), c.number(counts.expected),
        c.text("dash") if before is None else c.number(before), desk.change(counts.incidents, before),
        persons_text(counts.killed, c), persons_text(counts.injured, c), c.percent(seen),
    )  # fmt: skip


def _by_class(desk: Desk) -> TableView:
    c = desk.catalogue
    heads = (Head(c.text("classes.class")), Head(c.text("areas.incidents"), True), Head(c.text("areas.expected"), True))
    groups: dict[str | None, list[float]] = {}
    for incident in desk.incidents:
        groups.setdefault(incident.cls, []).append(incident.p_real)
    rows = tuple(
        (c.word("class", k), c.number(len(p)) + desk.star(desk.all_means), c.number(sum(p)))
        for k, p in sorted(groups.items(), key=lambda g: (-len(g[1]), g[0] or ""))
    )
    return TableView(c.text("classes.caption"), heads, rows, desk.basis("incident"))


def _by_clause(desk: Desk) -> Iterable[TableView]:
    c, day = desk.catalogue, desk.day
    counts: dict[str, Counter[VerdictWord]] = {}
    for verdict in day.verdicts:
        counts.setdefault(verdict.clause, Counter())[verdict.verdict] += 1
    told = [p for p in day.agreement.provisions if p.id in counts or day.judged.get(p.id)]
    shown = sorted(told, key=lambda p: [-counts.get(p.id, Counter())[w] for w in _WORDS])[: desk.config.list_rows]
    keys = ("clause", "text", "domain", "judged", "breach", "undecided", "no_breach", "unobserved")
    heads = tuple(Head(c.text(f"clauses.{k}"), i > 2, k == "text") for i, k in enumerate(keys))
    rows = tuple(_clause_row(desk, p, counts.get(p.id, Counter())) for p in shown)
    rest = len(day.agreement.provisions) - len(shown)
    notes = [c.text("clauses.note"), *([c.text("clauses.rest", n=rest)] if rest else [])]
    hypothetical = [p.id for p in shown if p.not_in_force is not None]
    if hypothetical:
        notes.append(c.text("clauses.force", clauses=c.join(hypothetical)))
    if rows:
        yield TableView(c.text("clauses.caption"), heads, rows, desk.basis("verdict"), tuple(notes))


def _clause_row(desk: Desk, clause: Provision, counts: Counter[VerdictWord]) -> Row:
    c, judged = desk.catalogue, desk.day.judged.get(clause.id)
    numbers = tuple(c.number(counts[w]) for w in _WORDS)
    tested = c.text("unknown") if judged is None else c.number(judged)
    return (Cell(clause.id, mono=True), clean(clause.text_reference), c.word("domain", clause.domain), tested, *numbers)


def incident_heads(desk: Desk) -> tuple[Head, ...]:
    """Return the heads of a table of incidents."""
    keys = ("id", "when", "where", "what", "real", "harm", "sources", "clauses", "status")
    return tuple(Head(desk.catalogue.text(f"incidents.{k}"), long=k == "where", time=k == "when") for k in keys)


def incident_row(desk: Desk, incident: Incident, anchor: bool = False) -> Row:
    """Return the line of an incident; in the annex it can be led to."""
    c, name = desk.catalogue, incident.incident_id
    label = name if incident.version == 1 else c.text("incidents.version", id=name, version=incident.version)
    cell = Cell(label, anchor=f"i-{name}", mono=True) if anchor else desk.link(name)
    return (
        cell, when(incident.t_start_ns, incident.t_end_ns, desk.zone, c), desk.where(incident), what(incident, c),
        desk.real(incident), harm(incident.casualties, c), desk.sources(incident), desk.clauses(incident),
        c.word("status", incident.status),
    )  # fmt: skip


def foremost(desk: Desk) -> Section:
    """Return the foremost incidents and the proposals with their reasons."""
    c, shown = desk.catalogue, desk.ranked[: desk.config.top_incidents]
    if not desk.incidents:
        return Section("incidents", c.text("incidents.title"), (c.text("summary.no_incidents"),))
    rows = tuple(incident_row(desk, i) for i in shown)
    cut = (_shown(desk, len(shown), len(desk.incidents)),) if len(shown) < len(desk.incidents) else ()
    notes = (c.text("incidents.note"), *cut)
    table = TableView(
        c.text("incidents.caption"), incident_heads(desk), rows, desk.basis("incident"), notes, kind="wide"
    )
    return Section("incidents", c.text("incidents.title"), parts=(table, *_proposals(desk)))


def _shown(desk: Desk, shown: int, of: int) -> str:
    return desk.catalogue.text("incidents.shown", shown=desk.catalogue.number(shown), all=desk.catalogue.number(of))


def _proposals(desk: Desk) -> Iterable[TableView]:
    """The proposals of a breach, and what is said of areas and periods, the most probable first."""
    c = desk.catalogue
    told = [v for v in desk.day.verdicts if v.verdict is VerdictWord.BREACH or v.subject_kind != "incident"]
    ranked = sorted(told, key=lambda v: (_WORDS.index(v.verdict), -(v.p or 0.0), v.clause, v.subject))
    shown = ranked[: desk.config.verdict_rows]
    heads = (Head(c.text("verdicts.subject")), *proposal_heads(c))
    notes = (c.text("verdicts.note"), *((_shown(desk, len(shown), len(told)),) if len(shown) < len(told) else ()))
    if shown:
        rows = tuple(_proposal(desk, v) for v in shown)
        yield TableView(c.text("verdicts.caption"), heads, rows, desk.basis("verdict"), notes, kind="wide")


def _proposal(desk: Desk, verdict: Verdict) -> Row:
    subject = desk.link(verdict.subject) if verdict.subject_kind == "incident" else clean(verdict.subject)
    return subject, *proposal_cells(verdict, desk.day.agreement, desk.catalogue)


def harmed(desk: Desk) -> Section:
    """Return the incidents with casualties or damage."""
    c = desk.catalogue
    told = [i for i in live(desk.ranked) if i.damage or i.casualties != Casualties()]
    if not told:
        return Section("harm", c.text("harm.title"), (c.text("harm.none"),))
    keys = ("incidents.id", "incidents.when", "incidents.where", "incidents.harm", "harm.damage", "incidents.sources",
            "incidents.real")  # fmt: skip
    heads = tuple(Head(c.text(k), long=k == "harm.damage", time=k == "incidents.when") for k in keys)
    shown = told[: desk.config.harm_rows]
    rows = tuple(
        (desk.link(i.incident_id), when(i.t_start_ns, i.t_end_ns, desk.zone, c), desk.where(i), harm(i.casualties, c),
         clean(i.damage) if i.damage else c.text("dash"), desk.sources(i), desk.real(i))
        for i in shown
    )  # fmt: skip
    notes = (_shown(desk, len(shown), len(told)),) if len(shown) < len(told) else ()
    table = TableView(c.text("harm.caption"), heads, rows, desk.basis("mixed", desk.means(told)), notes, kind="wide")
    return Section("harm", c.text("harm.title"), parts=(table,))
