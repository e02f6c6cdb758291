"""The register for other programs: rows for CSV, XLSX and JSON; every number is computed from the book."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from trucewatch.pledges.book import Book
from trucewatch.pledges.book_balances import balances
from trucewatch.pledges.gaps import GapTable
from trucewatch.pledges.montecarlo import Draws
from trucewatch.pledges.pages_edition import Edition, Weighed
from trucewatch.pledges.show import basing_rows, contribution_rows
from trucewatch.pledges.timeline import events

__all__ = [
    "contributions_csv",
    "draw_rows",
    "gap_rows",
    "interval",
    "register_json",
    "rotation_table",
    "scenario_rows",
    "timeline_csv",
    "workbook",
]

SCHEMA_VERSION = "1"
Row = dict[str, Any]
_RUN = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins so
_SHEET_ROWS = 1_048_575


def interval(pair: Sequence[float | None] | None, unit: str = "") -> str:
    """Return a range in words; an open end says so."""
    if pair is None:
        return "–"
    low, high = pair[0], pair[-1]
    if low is None and high is None:
        return "unknown"
    if low == high:
        words = f"{low:,}"
    elif high is None:
        words = f"{low:,} or more"
    else:
        words = f"up to {high:,}" if low is None else f"{low:,} to {high:,}"
    return f"{words} {unit}".strip()


def gap_rows(table: GapTable) -> list[Row]:
    """Return every need under every band in words."""
    return [
        {
            "force": d["force"], "phase": d["phase"], "need": d["need"], "component": d["component"],
            "unit": d["unit"], "band": d["band"], "required": interval(d["required"]),
            "covered": interval(d["covered"]), "gap": interval(d["gap"]), "verdict": d["verdict"],
            "of unknown size": "; ".join(d["unknown"]),
            "hangs on": "; ".join(f"{f['kind']} {f['name']}" for f in d["failures"] if f["falls"] or f["sole"]),
        }
        for d in (r.as_dict() for r in table.rows)
    ]  # fmt: skip


def rotation_table(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return the rotation of every need and ratio in words."""
    return [
        {
            "force": r["force"], "phase": r["phase"], "need": r["need"], "band": r["band"], "ratio": f"{r['ratio']}:1",
            "in place": interval(r["required"]), "needed in all": interval(r["needed"]), "pool": interval(r["pool"]),
            "sustained": interval(r["sustained"]), "held (months)": _held(r), "usual": r["usual"],
        }
        for r in rows
    ]  # fmt: skip


def _held(row: Mapping[str, Any]) -> str:
    worst, best = row["held_months"]
    ends = ["without end" if endless else None if m is None else f"{round(m, 1):g}"
            for m, endless in zip((worst, best), row["endless"], strict=True)]  # fmt: skip
    words = ["unknown" if e is None else e for e in ends]
    return words[0] if words[0] == words[1] else f"{words[0]} to {words[1]}"


def scenario_rows(rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Return what each scenario changes in words."""
    return [
        {
            "scenario": r["title"], "force": r["force"], "phase": r["phase"], "need": r["need"], "band": r["band"],
            "before": interval(r["covered_before"], r["unit"]), "after": interval(r["covered_after"], r["unit"]),
            "verdict": f"{r['verdict_before']} → {r['verdict_after']}", "lost": "; ".join(r["lost"]),
        }
        for r in rows
    ]  # fmt: skip


def draw_rows(drawn: Draws) -> list[Row]:
    """Return the draws of every need in words: intervals, and what drives them."""
    found = []
    for r in (row.as_dict() for row in drawn.rows):
        chances = {
            f"chance by day {day}": _chance(pair) for day, pair in zip(drawn.days, r["chance_by_day"], strict=True)
        }
        found.append({
            "force": r["force"], "phase": r["phase"], "need": r["need"], **chances,
            "in place (5 to 95 %)": _hull(r["in_place"], r["unit"]),
            "held, months (5 to 95 %)": _hull(r["held_months"]),
            "drivers": "; ".join(f"{d['name']} {d['share']:.0%}" for d in r["drivers"][:4]),
            "of unknown size": "; ".join(r["unknown"]),
        })  # fmt: skip
    return found


def _chance(pair: Sequence[float]) -> str:
    low, high = (f"{100 * p:.0f}" for p in pair)
    return f"{low} %" if low == high else f"{low} to {high} %"


def _hull(readings: Sequence[Sequence[float | None]] | None, unit: str = "") -> str:
    """Return the range from the least favourable reading's 5 % to the most favourable one's 95 %."""
    if readings is None:
        return "–"
    worst, best = readings[0][0], readings[-1][-1]
    least, most = ("without end" if x is None else f"{x:,.0f}" for x in (worst, best))
    return f"{least if least == most else f'{least} to {most}'} {unit}".strip()


def contributions_csv(book: Book) -> bytes:
    """Return all claims, superseded ones too, as CSV."""
    return _csv(contribution_rows(book, old=True))


def timeline_csv(book: Book, turn_days: int = 30) -> bytes:
    """Return what was said when as CSV."""
    return _csv([e.as_dict() for e in events(book, turn_days)])


def _csv(rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
    writer.writerows([_cell(v) for v in row.values()] for row in rows)
    return out.getvalue().encode()


def _cell(value: Any) -> str | int | float | None:
    """Return a cell; words that a spreadsheet would run get an apostrophe before them."""
    if value is None or isinstance(value, (int, float)):
        return value
    words = "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return f"'{words}" if words.startswith(_RUN) else words


def sheets(edition: Edition) -> dict[str, list[Row]]:
    """Return the rows of each sheet by its name."""
    book = edition.book
    found: dict[str, list[Row]] = {
        "contributions": contribution_rows(book),
        "superseded": [r for r in contribution_rows(book, old=True) if r["status"] == "superseded"],
        "balances": [b.as_dict() for b in balances(book)],
        "timeline": [e.as_dict() for e in events(book, edition.turn_days)],
        "basing": basing_rows(book.standing()),
        **(_weighed_sheets(edition.weighed) if edition.weighed else {}),
        "findings": [dict(f.as_dict()) for f in edition.findings],
    }
    return {name: rows for name, rows in found.items() if rows}


def _weighed_sheets(weighed: Weighed) -> dict[str, list[Row]]:
    return {
        "gaps": gap_rows(weighed.table),
        "rotation": rotation_table(weighed.rotation),
        "what if": scenario_rows(weighed.scenarios),
        "draws": draw_rows(weighed.draws) if weighed.draws else [],
    }


def workbook(edition: Edition) -> bytes:
    """Return the register as XLSX, one sheet a table; text is never a formula."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    first = book.create_sheet("about")
    for line in (("register", edition.name), ("as of", edition.book.today.isoformat()), ("schema", SCHEMA_VERSION)):
        first.append(line)
    for name, rows in sheets(edition).items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.append(list(rows[0]))
        for row in rows[:_SHEET_ROWS]:
            sheet.append([_clean(_cell(v)) for v in row.values()])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _clean(value: Any) -> Any:
    """Return a cell without the control characters that the format cannot hold."""
    return "".join(c for c in value if c >= " " or c in "\t\n") if isinstance(value, str) else value


def register_json(edition: Edition) -> bytes:
    """Return the register as JSON; exact amounts are text."""
    book = edition.book
    value = {
        "schema_version": SCHEMA_VERSION, "register": edition.name, "as_of": book.today.isoformat(),
        "contributions": contribution_rows(book, old=True), "balances": [b.as_dict() for b in balances(book)],
        "timeline": [e.as_dict() for e in events(book, edition.turn_days)],
        **(edition.weighed.as_dict() if edition.weighed else {}), "findings": [f.as_dict() for f in edition.findings],
        "problems": [str(p) for p in edition.problems],
    }  # fmt: skip
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
