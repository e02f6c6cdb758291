"""The register's page: one HTML file that needs nothing from outside."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from trucewatch.pledges.book_balances import balances, offers
from trucewatch.pledges.export import draw_rows, gap_rows, rotation_table, scenario_rows
from trucewatch.pledges.pages_edition import Edition, Weighed
from trucewatch.pledges.pages_gaps import gap_svgs
from trucewatch.pledges.pages_map import contributor_map
from trucewatch.pledges.pages_timeline import timeline_svg
from trucewatch.pledges.show import basing_rows, contribution_rows
from trucewatch.pledges.timeline import events

__all__ = ["Section", "Table", "register_page"]


class Table(NamedTuple):
    """A table of words: headings and rows of cells."""

    caption: str
    heads: tuple[str, ...]
    rows: list[list[str]]


class Section(NamedTuple):
    """A part of the page: paragraphs, drawings (title, SVG), tables, notes."""

    id: str
    title: str
    words: tuple[str, ...] = ()
    drawings: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()


@cache
def _environment() -> Environment:
    loader = PackageLoader("trucewatch.pledges", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@cache
def _style() -> str:
    return (files("trucewatch.pledges") / "templates" / "register.css").read_text(encoding="utf-8")


def register_page(edition: Edition) -> bytes:
    """Return the page: contributions with who says so, timeline, map, gaps, rotation, what the checks found."""
    weighed = _gaps(edition.weighed) if edition.weighed else []
    parts = [
        _contributions(edition),
        _timeline(edition),
        *_countries(edition),
        _map(edition),
        *weighed,
        _findings(edition),
    ]
    book = edition.book
    facts = (
        ("As of", book.today.isoformat()), ("Directives", f"{len(book.directives):,}"),
        ("Claims standing", f"{len(book.standing()):,}"), ("Problems", f"{len(edition.problems):,}"),
        ("Findings of the checks", f"{len(edition.findings):,}"),
    )  # fmt: skip
    template = _environment().get_template("register.html")
    text = template.render(
        title=f"Register of contributions: {edition.name}", facts=facts, sections=parts, style=_style()
    )
    return text.encode("utf-8", "replace")


def table(caption: str, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str] | None = None) -> Table:
    """Return rows as a table; `names` chooses the columns and gives their headings, else all are taken."""
    chosen = names or ({k: k for k in rows[0]} if rows else {})
    return Table(caption, tuple(chosen.values()), [[_cell(r[k]) for k in chosen] for r in rows])


def _cell(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    return "–" if value is None or value == "" else str(value)


_CLAIMS = (
    "Each line is what one source says, not what there is. State says how far a contribution has come; claim status "
    "says how well the claim stands. What nobody has said is unknown, never zero."
)
_MARKS = (
    "Filled circle: offers. Open circle: offers under a condition. Cross: rules out, denies or withdraws. Square: says "
    "what is needed."
)
_MAP = (
    "A mark stands at the capital, not where anything is based. Filled: pledged or further. Open: announced or "
    "rumoured. Outlines: Natural Earth, as far as they are packaged; capitals: GeoNames (CC BY 4.0)."
)
_CONTRIBUTION = {
    "actor": "Actor", "direction": "Word", "component": "Component", "capability": "Capability",
    "quantity": "How much", "conditions": "If", "state": "State", "status": "Claim status", "says": "Who says so",
    "as_of": "As of", "where": "Ledger",
}  # fmt: skip
_EVENT = {
    "on": "Day", "direction": "Word", "component": "Component", "capability": "Capability", "state": "State",
    "status": "Claim status", "says": "Who says so", "reverses": "Turns", "claim": "Claim",
}  # fmt: skip
_BALANCE = {
    "actor": "Actor", "component": "Component", "state": "State", "status": "Claim status", "low": "At least",
    "high": "At most", "unit": "Unit", "unknown": "Claims of unknown size", "claims": "Rests on",
}  # fmt: skip


def _contributions(edition: Edition) -> Section:
    words = (_CLAIMS,)
    book = edition.book
    old = [r for r in contribution_rows(book, old=True) if r["status"] == "superseded"]
    tables = [table("Contributions, who says so, and as of when", contribution_rows(book), _CONTRIBUTION)]
    tables += [table("Superseded, kept for the record", old, _CONTRIBUTION)] if old else []
    sums = [b.as_dict() for b in balances(book)]
    tables += [table("Balances, computed from the offers that stand", sums, _BALANCE)] if sums else []
    return Section("contributions", "Who contributes what, and who says so", words, (), tuple(tables))


def _timeline(edition: Edition) -> Section:
    listed = events(edition.book, edition.turn_days)
    drawn = timeline_svg(listed)
    turned = [{"actor": e.actor, **e.as_dict()} for e in listed if e.turn]
    words = (f"A line joins opposite words of one actor about one component, at most {edition.turn_days} days apart.",
             _MARKS)  # fmt: skip
    turns = table("Reversals", turned, {"actor": "Actor", **_EVENT})
    return Section("timeline", "The whole plan, day by day", words, (("What was said when", drawn),) if drawn else (),
                   (turns,) if turned else ())  # fmt: skip


def _countries(edition: Edition) -> list[Section]:
    """Return the timeline of each actor, in the order of their names."""
    by_actor: dict[str, list[dict[str, Any]]] = {}
    for e in events(edition.book, edition.turn_days):
        by_actor.setdefault(e.actor, []).append(e.as_dict())
    tables = tuple(table(name, by_actor[name], _EVENT) for name in sorted(by_actor, key=str.casefold))
    return [Section("actors", "Each contributor, day by day", (), (), tables)] if tables else []


def _map(edition: Edition) -> Section:
    drawn = contributor_map(offers(edition.book))
    bases = basing_rows(edition.book.standing())
    words = [_MAP]
    words += [] if bases else ["No claim names a base."]
    tables = (table("Where contributions are said to be based", bases),) if bases else ()
    return Section("map", "Contributors and basing", tuple(words), (("Contributors", drawn),) if drawn else (), tables)


def _gaps(w: Weighed) -> list[Section]:
    words = ("Bands go from what is authorised on record to everything rumoured. Dark: covered at least. Light: "
             "covered at most; an arrow where the end is open. Grey column: required.")  # fmt: skip
    rows = table("Every need under every band", gap_rows(w.table))
    found = [Section("gaps", "Is it enough?", (words,), tuple(gap_svgs(w.table)), (rows,))]
    if w.rotation:
        rows = table("What is in place needs a pool behind it", rotation_table(w.rotation))
        found.append(Section("rotation", "Rotation", ("What is offered is read as the pool.",), (), (rows,)))
    if w.draws is not None or w.scenarios:
        found.append(_draws(w))
    if w.expiries:
        rows = table("Approvals that have lapsed, or soon will", [e.as_dict() for e in w.expiries])
        found.append(Section("expiries", "Mandates", (), (), (rows,)))
    return found


def _draws(w: Weighed) -> Section:
    tables, words = [], []
    if w.scenarios:
        tables.append(table("What each scenario changes", scenario_rows(w.scenarios)))
    if w.draws is not None:
        d = w.draws
        words.append(f"{d.draws:,} seeded draws (seed {d.seed}) over sizes, approvals and dates, band “{d.band}”. "
                      "Where nobody can say a chance, both extremes are shown.")  # fmt: skip
        tables.append(table("What the draws say, and what drives it", draw_rows(d)))
    return Section("draws", "What if, and how sure", tuple(words), (), tuple(tables))


def _findings(edition: Edition) -> Section:
    tables = []
    if edition.findings:
        names = {"check": "Check", "found": "Found", "fix": "What to do", "file": "File", "line": "Line"}
        tables.append(table("What the checks found", [f.as_dict() for f in edition.findings], names))
    if edition.problems:
        rows = [
            {"where": f"{p.file}:{p.line}", "found": p.found, "needed": p.needed, "fix": p.fix}
            for p in edition.problems
        ]
        tables.append(table("What is wrong in the ledger, or was changed since it was logged", rows))
    words = () if tables else ("Nothing was found.",)
    return Section("findings", "Checks", words, (), tuple(tables))
