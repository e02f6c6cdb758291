"""Exports, the register's own log, and the commands."""

import csv
import io
import json
import os
import re
import time
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from tests.pledges.ledgers import PLAIN, TODAY, book_of, claim
from typer.testing import CliRunner

from trucewatch.cli.pledges import app, numbers
from trucewatch.core.errors import CommandError
from trucewatch.evidence import Log, Record, load_or_create_key, verify
from trucewatch.pipeline.register import keep, logged_changes, publish_pages, read_ledger
from trucewatch.pledges.book_balances import balances
from trucewatch.pledges.export import contributions_csv, interval, register_json, workbook
from trucewatch.pledges.log import changes, entries
from trucewatch.pledges.pages_edition import Edition

EXAMPLE = Path(__file__).parents[2] / "pledges-example" / "book.pledges"
ARTICLE = "Norway said on Monday that it would send 200 troops to the force after a ceasefire.\n"


def run(*words: str | Path) -> str:
    """Return what a command prints; it must succeed."""
    done = CliRunner().invoke(app, [str(w) for w in words])
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


@pytest.fixture
def ledger(tmp_path) -> Path:
    path = tmp_path / "book.pledges"
    path.write_text(PLAIN, encoding="utf-8")
    return path


@pytest.fixture
def key(tmp_path):
    return load_or_create_key(tmp_path / "register.key")


def test_balances_are_computed_from_what_stands():
    (row,) = balances(book_of(PLAIN + claim("b", rules_out="air")))
    assert (row.low, row.high, row.unit, row.claims) == (100, 100, "troops", ("no-engineers@3",))


def test_an_unknown_quantity_is_neither_zero_nor_a_bound():
    (row,) = balances(book_of(claim("a")))
    assert (row.low, row.high, row.unknown) == (None, None, 1)


def test_csv_and_xlsx_hold_the_same_contributions_and_no_formula():
    text = claim("a", 'unnamed "=cmd()"', says='"@x"') + PLAIN
    rows = list(csv.DictReader(io.StringIO(contributions_csv(book_of(text)).decode())))
    assert len(rows) == 4
    assert "'=cmd()" in {r["actor"] for r in rows}
    book = load_workbook(io.BytesIO(workbook(Edition(book_of(text), (), (), "book"))), read_only=True)
    sheet = [[c.value for c in row] for row in book["contributions"].rows]
    assert "'=cmd()" in {row[0] for row in sheet}
    assert {"contributions", "superseded", "timeline", "balances"} <= set(book.sheetnames)


def test_json_keeps_amounts_exact():
    value = json.loads(register_json(Edition(book_of(claim("a", quantity="0.1 EUR")), (), (), "book")))
    assert value["balances"][0]["low"] == "0.1"


@pytest.mark.parametrize(
    ("pair", "words"),
    [([None, None], "unknown"), ([5, None], "5 or more"), ([None, 7], "up to 7"), ([1, 1], "1"), ([1, 2], "1 to 2")],
)
def test_intervals_are_told_in_words(pair, words):
    assert interval(pair) == words


def test_moving_or_indenting_a_directive_changes_nothing():
    moved = "\n\n; more\n" + PLAIN.replace("\n  ", "\n\t\t")
    assert changes(entries(book_of(moved)), entries(book_of(PLAIN))) == ([], [])


def test_an_edited_or_removed_directive_is_told_and_the_log_keeps_both(ledger, key, tmp_path):
    out = tmp_path / "register"
    assert keep(read_ledger(ledger, TODAY), out, key, time.time_ns, os.urandom) == (3, [])
    ledger.write_text(PLAIN.replace("120..150", "12..15").replace("2025-10-01 state", "2025-10-02 state"), "utf-8")
    book = read_ledger(ledger, TODAY)
    told = [str(p) for p in logged_changes(book, out)]
    assert any("book.pledges:2" in p and "`claim no-engineers` edited" in p for p in told)
    assert any("`state no-engineers 2025-10-01` gone" in p for p in told)
    assert keep(book, out, key, time.time_ns, os.urandom)[0] == 2
    ledger.write_text(PLAIN, encoding="utf-8")
    assert any("edited" in str(p) for p in logged_changes(read_ledger(ledger, TODAY), out))
    report = verify(out)
    assert report.ok
    assert report.size == 5


def test_a_changed_byte_in_the_log_is_found(ledger, key, tmp_path):
    out = tmp_path / "register"
    keep(read_ledger(ledger, TODAY), out, key, time.time_ns, os.urandom)
    publish_pages({"a.csv": b"x"}, out, key, time.time_ns, os.urandom)
    assert verify(out).ok
    blob = next(p for p in (out / "blobs").rglob("*") if p.is_file())
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes().replace(b"0", b"1"))
    assert not verify(out).ok


def test_the_register_refuses_the_monitors_log(ledger, key, tmp_path):
    with Log.open(tmp_path / "day", key, time.time_ns, os.urandom) as log:
        log.append_many([Record("incident", {"a": 1})])
    with pytest.raises(CommandError, match="register's own"):
        keep(read_ledger(ledger, TODAY), tmp_path / "day", key, time.time_ns, os.urandom)


def test_an_include_outside_the_ledgers_folder_is_not_read(tmp_path):
    (tmp_path / "secret").write_text(claim("secret"), encoding="utf-8")
    inner = tmp_path / "book"
    inner.mkdir()
    (inner / "book.pledges").write_text('include "../secret"\ninclude "\0"\n' + claim("a"), encoding="utf-8")
    book = read_ledger(inner / "book.pledges", TODAY)
    assert [c.claim_id for c in book.claims] == ["a"]
    assert len(book.problems) == 2


def test_check_ends_well_on_a_sound_ledger_and_with_2_on_a_bad_one(ledger):
    assert "3 directives, 0 problems, 0 findings" in run("check", ledger, "--today", "2026-01-31")
    ledger.write_text(PLAIN + "rubbish\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["check", str(ledger), "--json", "--today", "2026-01-31"])
    assert done.exit_code == 2
    assert json.loads(done.output)["problems"][0]["line"] == 19


def test_show_and_timeline_answer_as_json(ledger):
    shown = json.loads(run("show", ledger, "--today", "2026-01-31", "--json"))
    assert [r["claim"] for r in shown] == ["no-engineers@3"]
    assert len(json.loads(run("show", ledger, "--old", "--today", "2026-01-31", "--json"))) == 3
    assert len(json.loads(run("timeline", ledger, "--today", "2026-01-31", "--json"))) == 3
    assert json.loads(run("show", ledger, "--balances", "--today", "2026-01-31", "--json"))[0]["low"] == "100"


def test_gaps_of_the_example_answer_as_json():
    found = json.loads(run("gaps", EXAMPLE, "--today", "2026-01-31", "--draws", "500", "--json"))
    assert {"force_30000", "force_15000"} <= {r["force"] for r in found["gaps"]["rows"]}
    assert found["rotation"]
    assert found["draws"]["draws"] == 500


def test_proposals_are_accepted_into_a_ledger_and_rejected_ones_kept(tmp_path):
    article, ledger, kept = tmp_path / "article.txt", tmp_path / "book.pledges", tmp_path / "rejected.jsonl"
    article.write_text(ARTICLE, encoding="utf-8")
    proposed = json.loads(run("extract", article, "--json"))
    assert proposed[0]["actor"]["code"] == "NO"
    accept = ("--accept", "all", "--on", "2026-01-05", "--publisher", "A Paper", "--component", "land")
    run("extract", article, *accept, "--into", ledger)
    run("extract", article, *accept, "--into", ledger)
    book = read_ledger(ledger, TODAY)
    assert book.problems == ()
    assert len(book.claims) == 2 * len(proposed)
    assert ARTICLE[:40] not in ledger.read_text(encoding="utf-8")
    run("extract", article, "--reject", "1", "--reason", "not said so", "--on", "2026-01-05", "--rejected", kept)
    assert json.loads(kept.read_text(encoding="utf-8"))["reason"] == "not said so"
    assert len(json.loads(run("extract", article, "--rejected", kept, "--json"))) == len(proposed) - 1


def test_accepting_needs_the_day_of_publication(tmp_path):
    (tmp_path / "a.txt").write_text(ARTICLE, encoding="utf-8")
    done = CliRunner().invoke(app, ["extract", str(tmp_path / "a.txt"), "--accept", "all"])
    assert isinstance(done.exception, CommandError)


def test_a_list_of_contributors_becomes_a_ledger(tmp_path):
    table, ledger = tmp_path / "table.txt", tmp_path / "listed.pledges"
    table.write_text("Mongolia (150), Nepal (650)", encoding="utf-8")
    run("import", table, "--as", "contributors", "--on", "2025-06-30", "--into", ledger)
    book = read_ledger(ledger, TODAY)
    assert [(c.actor.code, c.quantity.low) for c in book.claims if c.quantity] == [("MN", 150), ("NP", 650)]


def test_the_kiel_tracker_becomes_a_ledger_that_reads_back(shared_data, tmp_path):
    into = tmp_path / "kiel.pledges"
    files = sorted((shared_data / "kiel").glob("*.csv"))
    run("import", *files, "--into", into, "--on", "2025-12-31")
    book = read_ledger(into, date(2026, 12, 31))
    assert book.problems == ()
    assert len(book.claims) > 100


def test_export_writes_pages_that_verify_covers(ledger, tmp_path):
    out = tmp_path / "out"
    words = ("export", ledger, "--out", out, "--key", tmp_path / "k", "--today", "2026-01-31")
    assert "3 directives logged" in run(*words)
    assert "0 directives logged" in run(*words)
    names = {p.name for p in (out / "register").iterdir()}
    assert names == {"register.html", "contributions.csv", "timeline.csv", "register.xlsx", "register.json"}
    assert verify(out).ok


def test_the_five_texts_accepted_show_the_plan_dropped_and_back(shared_data, tmp_path):
    into = tmp_path / "book.pledges"
    file = next((shared_data / "statements").glob("004_*.txt"))
    accept = ("--accept", "all", "--on", "2025-08-17", "--component", "land", "--into", into)
    run("extract", file, *accept)
    turned = [e for e in json.loads(run("timeline", into, "--today", "2026-01-31", "--json")) if e["reverses"]]
    assert any(e["direction"] == "withdraws" for e in turned)
    assert any(e["direction"] in ("offers", "conditional") for e in turned)


def test_numbers_are_given_as_people_write_them():
    assert numbers("1,3-5", 9) == [0, 2, 3, 4]
    assert numbers("all", 2) == [0, 1]
    for wrong in ("0", "10", "a", "2-", ""):
        with pytest.raises(CommandError):
            numbers(wrong, 9)


def test_every_command_has_help_with_an_example():
    for name in ("check", "show", "gaps", "timeline", "import", "extract", "export"):
        assert re.search(r"Example: trucewatch\s+pledges", run(name, "--help")), name
