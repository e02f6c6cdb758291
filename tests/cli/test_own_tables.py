"""Tables of one's own on the command line: a proposal, and what becomes of it."""

from tests.cli.conftest import refused, run

TABLE = "when,lat,lon,type\n2026-03-12 14:20,48.0,37.5,explosion\n2026-03-12 15:00,48.1,37.6,shelling\n"


def test_a_proposal_can_be_used_as_it_is(tmp_path):
    table = tmp_path / "seen.csv"
    table.write_text(TABLE, encoding="utf-8")
    ran = run("sense", "suggest", table, "--out", tmp_path / "seen.csv.mapping.yaml")
    assert ran.code == 0
    (looked,) = run("sense", "look", tmp_path, "--json").json
    assert looked["format"].startswith("own_csv")
    assert looked["rows"] == 2


def test_a_proposal_never_writes_over_a_decision(tmp_path):
    table, mapping = tmp_path / "seen.csv", tmp_path / "seen.csv.mapping.yaml"
    table.write_text(TABLE, encoding="utf-8")
    mapping.write_text("format: 1\n", encoding="utf-8")
    refused(run("sense", "suggest", table, "--out", mapping), "already there")
    assert mapping.read_text(encoding="utf-8") == "format: 1\n"


def test_a_mapping_that_names_a_missing_column_is_told_by_its_line(tmp_path):
    table = tmp_path / "seen.csv"
    table.write_text(TABLE, encoding="utf-8")
    run("sense", "suggest", table, "--out", tmp_path / "seen.csv.mapping.yaml")
    mapping = tmp_path / "seen.csv.mapping.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("start: when", "start: whem"), encoding="utf-8")
    (looked,) = run("sense", "look", tmp_path, "--json").json
    assert looked["rows"] == 0
    assert "whem" in looked["first_issues"][0]
    assert "when" in looked["first_issues"][0].partition("needed")[2]
