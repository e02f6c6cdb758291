"""`trucewatch pledges`: the register of what each country has offered to the guarantee, and who says so."""

import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from trucewatch.cli.files import output_folder
from trucewatch.cli.screen import complain, say, show_json, show_table
from trucewatch.core.errors import CommandError
from trucewatch.core.problem import Problem

__all__ = ["app"]

app = typer.Typer(help="The register: who has promised what to the guarantee, who says so, and is it enough.",
                  no_args_is_help=True)  # fmt: skip
Ledger = Annotated[Path, typer.Argument(help="The ledger, e.g. pledges-example/book.pledges.")]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Today = Annotated[str | None, typer.Option("--today", help="Day to look from, e.g. 2026-01-15; else today in UTC.")]
ActorName = Annotated[str | None, typer.Option(help="Only this actor: a country's code, or a name.")]
Out = Annotated[Path, typer.Option("--out", help="Folder of the register's own log and pages; not that of a run.")]
Key = Annotated[Path | None, typer.Option(help="The register's own signing key; made where there is none.")]
Needs = Annotated[
    Path | None, typer.Option("--requirements", help="YAML of what each force needs; else beside the ledger.")
]
Steps = Annotated[Path | None, typer.Option("--legal", help="YAML of legal steps; else legal.yaml beside the ledger.")]
Cases = Annotated[
    Path | None, typer.Option("--scenarios", help="YAML of scenarios; else scenarios.yaml beside the ledger.")
]
_SHOWN = 200  # rows of a table on the screen


@app.command()
def check(
    ledger: Ledger, today: Today = None,
    log: Annotated[Path | None, typer.Option(help="Folder of the register's log: was anything edited?")] = None,
    gone: Annotated[Path | None, typer.Option(help="File of addresses, one a line, that are known to be gone.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="What the checks find counts as a problem too.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Say what is wrong with a ledger, with file, line and fix, and what its checks find.

    Example: trucewatch pledges check pledges-example/book.pledges --today 2026-01-31
    """
    from trucewatch.pipeline.register import examine, logged_changes, read_ledger
    from trucewatch.pledges.checks import CheckConfig

    book = read_ledger(ledger, day_of(today))
    config = CheckConfig(gone=frozenset(_lines(gone)))
    found = examine(book, config)
    problems = [*book.problems, *(logged_changes(book, output_folder(log)) if log else [])]
    if as_json:
        show_json({"problems": [_problem(p) for p in problems], "findings": [f.as_dict() for f in found],
                   "directives": len(book.directives), "claims": len(book.claims)})  # fmt: skip
    else:
        for p in problems:
            say(str(p))
        for f in found:
            say(f"{f.problem} [{f.check}]")
        say(f"{ledger.name}: {len(book.directives):,} directives, {len(problems)} problems, {len(found)} findings")
    if problems or (strict and found):
        raise typer.Exit(2)


@app.command()
def show(
    ledger: Ledger, actor: ActorName = None,
    component: Annotated[str | None, typer.Option(help="Only this component, e.g. land.")] = None,
    today: Today = None,
    old: Annotated[bool, typer.Option("--old", help="Show what was superseded too.")] = False,
    sums: Annotated[bool, typer.Option("--balances", help="Show the computed balances instead.")] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Show who is said to contribute what, who says so, and as of when.

    Example: trucewatch pledges show pledges-example/book.pledges --actor FR --old
    """
    from trucewatch.pipeline.register import read_ledger
    from trucewatch.pledges.book_balances import balances
    from trucewatch.pledges.show import contribution_rows, is_of

    book = read_ledger(ledger, day_of(today))
    if sums:
        found = [b for b in balances(book, component=component) if is_of(b.actor, actor)]
        rows = [b.as_dict() for b in found]
    else:
        rows = contribution_rows(book, None, actor, component, old)
    _answer("Balances" if sums else f"Contributions as of {book.today}", rows, as_json)
    _warn(book.problems, as_json)


@app.command()
def timeline(ledger: Ledger, actor: ActorName = None, today: Today = None, as_json: Json = False) -> None:
    """Show what was said when, and where the word was turned.

    Example: trucewatch pledges timeline pledges-example/book.pledges --actor US
    """
    from trucewatch.pipeline.register import read_ledger
    from trucewatch.pledges.checks import CheckConfig
    from trucewatch.pledges.timeline import events

    book = read_ledger(ledger, day_of(today))
    rows = [e.as_dict() for e in events(book, CheckConfig().contradicted_days, actor)]
    _answer("Timeline", rows, as_json)
    _warn(book.problems, as_json)


@app.command()
def gaps(
    ledger: Ledger, requirements: Needs = None, legal: Steps = None, scenarios: Cases = None, today: Today = None,
    draws: Annotated[int, typer.Option(help="Seeded draws over what is uncertain.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 20_260_106,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Say whether it is enough: each need against what is offered, from only authorised to everything rumoured.

    Example: trucewatch pledges gaps pledges-example/book.pledges
    """
    from trucewatch.pipeline.register import read_ledger, weigh

    book = read_ledger(ledger, day_of(today))
    weighed = weigh(book, ledger, requirements, legal, scenarios, draws, seed)
    if as_json:
        show_json(weighed.as_dict())
        return
    from trucewatch.pledges.export import draw_rows, gap_rows, rotation_table, scenario_rows

    _answer(f"Is it enough? as of {book.today}", gap_rows(weighed.table), False)
    _answer("Rotation at the usual ratio", [r for r in rotation_table(weighed.rotation) if r["usual"]], False)
    if weighed.scenarios:
        _answer("What if", scenario_rows(weighed.scenarios), False)
    if weighed.draws is not None:
        _answer(f"{draws:,} draws, seed {seed}", draw_rows(weighed.draws), False)
    for warning in weighed.expiries:
        say(str(warning))


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="Files of the Kiel tracker, or a text that lists contributors.")],
    what: Annotated[str, typer.Option("--as", help="kiel, or contributors for lists such as Mongolia (150).")] = "kiel",
    into: Annotated[Path | None, typer.Option(help="Ledger file to append to; else the lines are printed.")] = None,
    on: Annotated[str | None, typer.Option(help="Day of the source; for Kiel, where the release names none.")] = None,
    component: Annotated[str, typer.Option(help="Component of listed contributors.")] = "land",
    publisher: Annotated[str | None, typer.Option(help="Who published the list.")] = None,
    url: Annotated[str | None, typer.Option(help="Where it stands.")] = None,
    prefix: Annotated[str, typer.Option(help="First part of the new ids of listed contributors.")] = "listed",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Turn tables of others into claims with their source: the Kiel tracker, or lists of contributors.

    Example: trucewatch pledges import data/kiel/*.csv --into kiel.pledges
    """
    from trucewatch.pipeline.register import contributors_in, kiel_in

    data = _contents(files)
    if what == "kiel":
        claims, issues, summary = kiel_in(data, day_of(on))
    elif what == "contributors":
        claims, issues, summary = contributors_in(data, day_of(on), component, publisher, url, prefix)
    else:
        raise CommandError(f"found --as {what!r}; needed kiel or contributors; choose one")
    if as_json:
        show_json({"claims": len(claims), "issues": [i.as_dict() for i in issues], **summary})
    for issue in () if as_json else issues:
        say(str(issue))
    if not as_json or into is not None:
        _hand_over(claims, into)


@app.command()
def extract(
    files: Annotated[list[Path], typer.Argument(help="Texts to read: plain text or HTML.")],
    accept: Annotated[str | None, typer.Option(help="Proposals to accept: numbers such as 1,3-5, or all.")] = None,
    reject: Annotated[str | None, typer.Option(help="Proposals to reject, likewise; they are kept.")] = None,
    into: Annotated[Path | None, typer.Option(help="Ledger file to append accepted ones to; else printed.")] = None,
    rejected: Annotated[Path, typer.Option(help="File that keeps the rejected ones.")] = Path("rejected.jsonl"),
    reason: Annotated[str, typer.Option(help="Why they are rejected.")] = "",
    on: Annotated[str | None, typer.Option(help="Day of publication; needed to accept.")] = None,
    publisher: Annotated[str | None, typer.Option(help="Who published the text.")] = None,
    url: Annotated[str | None, typer.Option(help="Where it stands.")] = None,
    component: Annotated[str | None, typer.Option(help="Component of accepted ones whose text names none.")] = None,
    prefix: Annotated[str, typer.Option(help="First part of the new ids.")] = "claim",
    as_json: Json = False,
) -> None:  # fmt: skip
    """Propose claims from press texts, for a person to accept or to reject; offline, the same every time.

    Example: trucewatch pledges extract article.txt --accept 1,3-5 --on 2026-01-07 --into book.pledges
    """
    from trucewatch.pipeline.register import accept_into, proposals_in, reject_into

    if accept and on is None:
        raise CommandError("found --accept without --on; needed the day of publication; add it")
    proposals, issues = proposals_in(_contents(files), rejected)
    for issue in issues:
        (complain if as_json else say)(str(issue))
    if accept:
        chosen = [proposals[i] for i in numbers(accept, len(proposals))]
        _hand_over(accept_into(chosen, into, prefix, day_of(on), publisher, url, component), into)
    if reject:
        chosen = [proposals[i] for i in numbers(reject, len(proposals))]
        reject_into(chosen, rejected, reason, day_of(on))
        (complain if as_json else say)(f"{len(chosen)} rejected; kept in {rejected}")
    if as_json:
        show_json([p.as_dict() for p in proposals])
    elif not accept and not reject:
        _answer("Proposals", [{"n": i, **_proposal(p.as_dict())} for i, p in enumerate(proposals, 1)], False)


@app.command()
def export(
    ledger: Ledger, out: Out = Path("out/register"), requirements: Needs = None, legal: Steps = None,
    scenarios: Cases = None, today: Today = None,
    draws: Annotated[int, typer.Option(help="Seeded draws over what is uncertain.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 20_260_106, key: Key = None,
) -> None:  # fmt: skip
    """Log every directive, and write pages, CSV, XLSX and JSON; `trucewatch verify OUT` covers it.

    Example: trucewatch pledges export pledges-example/book.pledges --out out/register
    """
    from trucewatch.evidence import load_or_create_key
    from trucewatch.pipeline.register import keep, publish_pages, read_ledger, register_files, register_key_path

    book = read_ledger(ledger, day_of(today))
    signer = load_or_create_key(register_key_path(key))
    new, changed = keep(book, out, signer, time.time_ns, os.urandom)
    files = register_files(book, ledger, changed, requirements, legal, scenarios, draws, seed)
    publish_pages(files, out, signer, time.time_ns, os.urandom)
    for problem in changed:
        say(str(problem))
    say(f"{new} directives logged; {len(files)} files in {out / 'register'}")
    _warn(book.problems, False)


def numbers(text: str, count: int) -> list[int]:
    """Return the 0-based numbers in words such as 1,3-5 or all."""
    if text == "all":
        return list(range(count))
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise CommandError(f"found {part!r}; needed numbers such as 1,3-5, or all; correct it")
        found += range(int(first) - 1, int(last or first))
    if any(not 0 <= i < count for i in found):
        raise CommandError(f"found a number beyond the {count} proposals; needed 1 to {count}; correct it")
    return found


def _hand_over(claims: Sequence[Any], into: Path | None) -> None:
    from trucewatch.pledges.text_write import claim_text

    text = "".join(claim_text(c) for c in claims)
    if into is None:
        say(text.rstrip("\n"))
        return
    with into.open("a", encoding="utf-8") as file:
        file.write(("\n" if file.tell() else "") + text.rstrip("\n") + "\n")
    say(f"{len(claims)} claims appended to {into}")


def _proposal(p: Mapping[str, Any]) -> Mapping[str, Any]:
    actor, quantity = p["actor"], p["quantity"] or {}
    return {
        "actor": actor["code"] or actor["name"], "direction": p["direction"], "component": p["component"],
        "capability": p["capability"], "quantity": quantity.get("words") or quantity.get("low"),
        "condition": p["condition"], "state": p["state"], "status": p["claim_status"],
        "says": " via ".join(p["attributed_to"]), "quote": p["quote"][:120],
    }  # fmt: skip


def day_of(text: str | None) -> date:
    """Return the day that was asked for, else today in UTC."""
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"found the day {text!r}; needed one such as 2026-01-15; correct it") from error


def _contents(files: Sequence[Path]) -> dict[str, bytes]:
    """Return the bytes of each file by its name, by its path where two have one name."""
    names = [p.name for p in files]
    return {p.name if names.count(p.name) == 1 else str(p): p.read_bytes() for p in files}


def _lines(path: Path | None) -> list[str]:
    return [] if path is None else path.read_text(encoding="utf-8").split()


def _problem(p: Problem) -> Mapping[str, Any]:
    return {"file": p.file, "line": p.line, "found": p.found, "needed": p.needed, "fix": p.fix}


def _warn(problems: Sequence[Problem], as_json: bool) -> None:
    if problems and not as_json:
        say(f"{len(problems)} problems in the ledger; `trucewatch pledges check` lists them")


def _answer(title: str, rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    if as_json:
        show_json(rows)
        return
    show_table(title, [{k: _cell(v) for k, v in r.items()} for r in rows[:_SHOWN]])
    if len(rows) > _SHOWN:
        say(f"{len(rows) - _SHOWN} rows more; --json shows all")


def _cell(value: Any) -> Any:
    return "; ".join(str(v) for v in value) if isinstance(value, (list, tuple)) else value
