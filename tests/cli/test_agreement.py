"""Agreements on the command line: a wrong one is named with file, line and fix, and stops a run before it begins."""

import json
import shutil

import pytest
import yaml
from tests.cli.conftest import AGREEMENTS, REPOSITORY, refused, run

SHIPPED = sorted(p.name for p in AGREEMENTS.iterdir())


def crossing(folder):
    path = folder / "zones.geojson"
    drawn = json.loads(path.read_text(encoding="utf-8"))
    zone = next(f for f in drawn["features"] if f["geometry"]["type"] == "Polygon")
    ring = zone["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    path.write_text(json.dumps(drawn, indent=1), encoding="utf-8")
    return f"zones.geojson:{line_of(path, 'geometry', after=zone['properties']['id'])}"


def unknown_zone(folder):
    path = folder / "terms.yaml"
    text = path.read_text(encoding="utf-8").replace("zones: [buffer]", "zones: [bufer]", 1)
    path.write_text(text, encoding="utf-8")
    return f"terms.yaml:{line_of(path, 'bufer')}"


def gap_in_time(folder):
    path = folder / "terms.yaml"
    text = path.read_text(encoding="utf-8").replace("from: 2026-07-01", "from: 2026-08-01", 1)
    path.write_text(text, encoding="utf-8")
    return "terms.yaml:"


def line_of(path, word, after=""):
    lines = path.read_text(encoding="utf-8").splitlines()
    first = next(n for n, line in enumerate(lines) if after in line)
    return next(n for n, line in enumerate(lines[first:], first + 1) if word in line)


MISTAKES = [(crossing, "crosses itself"), (unknown_zone, "the unknown zone 'bufer'"), (gap_in_time, "a gap from")]


@pytest.fixture
def wrong(tmp_path):
    return shutil.copytree(AGREEMENTS / "armistice-example", tmp_path / "wrong")


@pytest.mark.parametrize(("spoil", "words"), MISTAKES, ids=[m[1] for m in MISTAKES])
def test_a_wrong_agreement_stops_a_run_with_file_line_and_fix_and_writes_nothing(wrong, tmp_path, spoil, words):
    where = spoil(wrong)
    (tmp_path / "given").mkdir()
    key, out = tmp_path / "new" / "a.key", tmp_path / "out"
    ran = run("run", "--agreement", wrong, "--input", tmp_path / "given", "--from", "2026-03-14", "--to",
              "2026-03-14", "--out", out, "--key", key)  # fmt: skip
    refused(ran, where, words, "needed")
    assert not out.exists()
    assert not key.parent.exists()


@pytest.mark.parametrize(("spoil", "words"), MISTAKES, ids=[m[1] for m in MISTAKES])
def test_check_names_the_same_mistake_with_the_same_exit_code(wrong, spoil, words):
    where = spoil(wrong)
    ran = run("agreement", "check", wrong)
    assert ran.code == 2
    assert any(line.startswith(where) and words in line for line in ran.out.splitlines()), ran.out
    listed = run("agreement", "check", wrong, "--json")
    assert listed.code == 2
    assert any(words in problem for problem in listed.json["problems"])


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_agreement_is_sound_and_meets_its_cases(name):
    assert run("agreement", "check", AGREEMENTS / name).code == 0
    found = run("agreement", "check", AGREEMENTS / name, "--json").json
    assert found["problems"] == []
    assert not any("contradiction" in r for r in found["remarks"])
    ran = run("agreement", "test", AGREEMENTS / name)
    assert ran.code == 0
    assert "expectations met" in ran.out
    results = run("agreement", "test", AGREEMENTS / name, "--json").json
    assert results
    assert all(r["passed"] for r in results)


@pytest.mark.parametrize("name", SHIPPED)
def test_show_lists_every_clause(name):
    ran = run("agreement", "show", AGREEMENTS / name)
    assert ran.code == 0
    terms = yaml.safe_load((AGREEMENTS / name / "terms.yaml").read_text(encoding="utf-8"))
    for clause in terms.get("provisions") or ():
        assert clause["id"] in ran.out


def test_show_says_where_the_clauses_of_a_corridor_agreement_come_from():
    assert "corridors" in run("agreement", "show", AGREEMENTS / "corridors-2022").out


def test_a_case_that_is_not_met_fails_with_its_line(tmp_path):
    folder = shutil.copytree(AGREEMENTS / "easter-2025", tmp_path / "easter")
    (case,) = (folder / "cases").glob("*.yaml")
    text = case.read_text(encoding="utf-8")
    case.write_text(text.replace("breach", "no_breach", 1).replace("no_no_", "no_", 1), encoding="utf-8")
    ran = run("agreement", "test", folder)
    assert ran.code == 1
    assert "FAILED cases/" in ran.out


def test_a_folder_that_is_no_agreement_is_refused():
    refused(run("agreement", "check", REPOSITORY / "docs"), "found no terms.yaml")


def test_an_agreement_in_another_encoding_is_refused(wrong):
    (wrong / "terms.yaml").write_bytes("title: Müller".encode("cp1252"))
    refused(run("agreement", "check", wrong), "terms.yaml", "UTF-8")


def test_an_agreement_of_corridors_without_a_list_of_them_is_refused(tmp_path):
    (tmp_path / "fires.csv").write_text("LATITUDE,LONGITUDE,ACQ_DATE\n48.1,37.1,2022-03-05\n")
    ran = run("run", "--agreement", AGREEMENTS / "corridors-2022", "--input", tmp_path / "fires.csv", "--from",
              "2022-03-01", "--to", "2022-03-31", "--out", tmp_path / "out")  # fmt: skip
    refused(ran, "no list of corridors", "--input")


def test_an_agreement_that_contradicts_itself_fails_the_check_with_file_and_line(tmp_path):
    folder = shutil.copytree(AGREEMENTS / "armistice-example", tmp_path / "armistice-example")
    path = folder / "terms.yaml"
    text = path.read_text(encoding="utf-8")
    ban = """  - id: A99
    text_reference: "article 99: no weapon at all in the security zone"
    rule: weapons_zone
    domain: land
    binds: [north, south]
    acts: [weapon_presence]
    zones: [security_zone]
"""
    path.write_text(text.replace("\nnotices:", f"\n{ban}\nnotices:", 1), encoding="utf-8")
    ran = run("agreement", "check", folder)
    assert ran.code == 2
    assert "terms.yaml:" in ran.out
    assert "contradiction" in ran.out


def test_the_audit_says_what_it_compared():
    ran = run("agreement", "audit", AGREEMENTS / "easter-2025", "--incidents", "20")
    assert ran.code == 0
    assert "the same but for the names" in ran.out


def test_the_difference_of_two_versions_on_a_log_is_listed_and_writes_nothing(day, tmp_path):
    amended = shutil.copytree(AGREEMENTS / "armistice-example", tmp_path / "amended")
    path = amended / "terms.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("acts: [fire_event]", "acts: [overflight]", 1), "utf-8")
    size = sum(f.stat().st_size for f in day.rglob("*") if f.is_file())
    ran = run("agreement", "diff", AGREEMENTS / "armistice-example", amended, "--on", day, "--json")
    assert ran.code == 0
    assert "A1" in ran.json["clauses"]
    assert any(c["clause"] == "A1" for c in ran.json["changes"])
    assert sum(f.stat().st_size for f in day.rglob("*") if f.is_file()) == size


def test_a_log_that_is_none_is_refused_in_one_sentence(tmp_path):
    folder = AGREEMENTS / "easter-2025"
    refused(run("agreement", "diff", folder, folder, "--on", tmp_path), "needed the --out folder of a run")
