"""The books of the synthetic day are read by the real adapters, and say of the truth what their keepers could know."""

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trucewatch import sense
from trucewatch.core.agreement import Agreement
from trucewatch.core.classes import compatible
from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.place import Places, summarise
from trucewatch.core.reading import Reading
from trucewatch.core.times import HOUR_NS, SECOND_NS
from trucewatch.physics.geodesy import distance_m
from trucewatch.scenario import ALLEGED, Config, NetworkConfig, Truth, answers, emit, truth

FORMATS = {
    "allegations_north.csv": "allegations_csv", "allegations_north.txt": "allegations_text",
    "allegations_south.csv": "allegations_csv", "allegations_south.txt": "allegations_text",
    "calls.csv": "calls_csv", "inspections.csv": "inspections", "works.csv": "works", "patrols.csv": "patrols_csv",
    "impediments.csv": "impediments_csv", "health.csv": "health_csv", "press_own.csv": "own_csv",
}  # fmt: skip
EXPECTED = ("its time is unknown", "leave the place unknown", "its place is unknown", "counted once")  # of lists


@pytest.fixture(scope="module")
def readings(busy: Truth, tmp_path_factory: pytest.TempPathFactory) -> list[Reading]:
    folder = tmp_path_factory.mktemp("input")
    for name, data in emit(busy).items():
        (folder / name).write_bytes(data)
    return list(sense.read_path(folder))


def table(readings: list[Reading], name: str, kind: str) -> pa.Table:
    return next(r.table for r in readings if r.file_name == name and r.kind == kind)


def rows_of(day: Truth, name: str) -> list[dict[str, str]]:
    sheet = next(s for s in day.sheets if s.name == name)
    return [dict(zip(sheet.header, r.values, strict=True)) for r in sheet.records]


def happening(day: Truth) -> dict[str, dict[str, Any]]:
    return {str(r["truth_id"]): r for r in day.table.to_pylist()}


def test_every_book_is_recognised_and_says_that_it_is_synthetic(readings: list[Reading]) -> None:
    for name, form in FORMATS.items():
        own = [r for r in readings if r.file_name == name]
        assert own, name
        assert {r.format.partition("?")[0] for r in own} == {form}
        assert all(r.synthetic for r in own), name
        assert sum(r.table.num_rows for r in own) > 0, name


def test_every_row_is_read_and_the_only_issues_are_what_parties_leave_out(busy: Truth, readings: list[Reading]) -> None:
    for r in readings:
        if r.file_name.startswith("allegations"):
            assert all(any(word in i.action for word in EXPECTED) for i in r.issues), r.issues
        elif r.file_name in FORMATS:
            assert r.issues == (), r.issues
    for name in ("calls.csv", "inspections.csv", "works.csv", "press_own.csv", "impediments.csv"):
        assert next(r.table.num_rows for r in readings if r.file_name == name) == len(rows_of(busy, name))


@pytest.mark.parametrize("party", ["north", "south"])
def test_both_parties_keep_lists_of_the_same_form_against_each_other(party: str, readings: list[Reading]) -> None:
    other = {"north": "south", "south": "north"}[party]
    for ending in ("csv", "txt"):
        said = table(readings, f"allegations_{party}.{ending}", "allegations")
        assert set(strings(said, "party")) == {party}
        assert set(strings(said, "against")) == {other}


def told(day: Truth, readings: list[Reading]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What the adapters read of every allegation, with its line of the truth file."""
    truths = {(r["file_sha256"], r["row"]): r for r in day.alleged.to_pylist()}
    lists = [r.table for r in readings if r.kind == "allegations"]
    return [(row, truths[row["file_sha256"], row["row"]]) for t in lists for row in t.to_pylist()]


def test_the_truth_file_names_every_allegation_by_file_and_row(busy: Truth, readings: list[Reading]) -> None:
    ALLEGED.check(busy.alleged)
    assert len(told(busy, readings)) == busy.alleged.num_rows > 50
    for row, line in told(busy, readings):
        assert (row["party"], row["state"] == "duplicate") == (line["party"], line["copy"])
        assert (line["truth_id"] is None) == (line["word"] == "invented")
    given = pq.read_table(io.BytesIO(answers(busy)["allegations.parquet"]))
    assert given.schema.metadata[b"synthetic"] == b"true"
    assert given.num_rows == busy.alleged.num_rows


def test_true_and_exaggerated_allegations_are_of_what_the_other_party_did(busy: Truth, readings: list[Reading]) -> None:
    happened = happening(busy)
    for row, line in told(busy, readings):
        if line["truth_id"]:
            true = happened[line["truth_id"]]
            assert true["origin_side"] == row["against"]
            assert row["class"] is not None, row["text"]
            assert compatible(row["class"], true["class"]), row["text"]


def test_what_is_alleged_lies_about_where_and_when_it_happened(busy: Truth, readings: list[Reading]) -> None:
    """Clocks of three minutes twice over, times to five minutes; places to 700 m and the words of observers."""
    happened, away, late = happening(busy), [], []
    for t in (r.table for r in readings if r.kind == "allegations"):
        said = summarise(Places.from_table(t))
        truths = {(r["file_sha256"], r["row"]): r["truth_id"] for r in busy.alleged.to_pylist()}
        for i, row in enumerate(t.to_pylist()):
            true = happened.get(truths[row["file_sha256"], row["row"]])
            if true and row["lon_deg"] is not None:
                at = np.array([true["lon_deg"]]), np.array([true["lat_deg"]])
                off = distance_m(said.lon_deg[[i]], said.lat_deg[[i]], *at)[0]
                away.append(off <= said.radius90_m[i] + 1_500)
            if true and row["t_start_ns"] is not None:
                late.append(abs(row["t_start_ns"] - true["t_start_ns"]) / (60 * SECOND_NS))
    assert len(away) > 40
    assert np.mean(away) > 0.9
    assert np.quantile(late, 0.95) < 20


def test_exaggerated_counts_are_larger_than_the_true_ones(busy: Truth, readings: list[Reading]) -> None:
    happened = happening(busy)
    ratio: dict[str, list[float]] = {"true": [], "exaggerated": []}
    for row, line in told(busy, readings):
        if line["word"] in ratio and row["count"] is not None:
            ratio[line["word"]].append(row["count"] / happened[line["truth_id"]]["count"])
    assert np.median(ratio["true"]) == pytest.approx(1.0, abs=0.35)
    assert np.median(ratio["exaggerated"]) > 2


def test_some_allegations_lack_a_place_some_a_time_and_some_come_twice(busy: Truth, readings: list[Reading]) -> None:
    said = [row for row, _ in told(busy, readings)]
    assert any(r["lon_deg"] is None for r in said)
    assert any(r["t_start_ns"] is None for r in said)
    assert any(r["state"] == "duplicate" for r in said)
    assert sum(r["lon_deg"] is not None and r["t_start_ns"] is not None for r in said) > 0.8 * len(said)


def test_both_parties_allege_exaggerate_and_invent_alike_in_the_long_run(stores: Agreement) -> None:
    alleged = truth(Config(seed=2, intensity=20.0), stores).alleged.to_pylist()
    count = Counter((r["party"], r["word"]) for r in alleged if not r["copy"])
    for word in ("true", "exaggerated", "invented"):
        north, south = count["north", word], count["south", word]
        assert min(north, south) > 50
        assert abs(north - south) < 4 * np.sqrt(north + south)


def test_parties_that_change_places_change_names_in_their_books_and_nothing_else(
    busy: Truth, stores: Agreement
) -> None:
    """What stands left of the line writes the same, whatever it is called."""
    changed = emit(truth(busy.config, replace(stores, parties=stores.parties[::-1], provisions=())))
    files, other = emit(busy), {"north": "south", "south": "north"}

    def renamed(text: bytes) -> str:
        return re.sub(r"\b(north|south)(?=,|\n|-\d)(?! of)", lambda m: other[m[0]], text.decode())

    for party in other:
        for ending in ("csv", "txt"):
            name = f"allegations_{party}.{ending}"
            assert renamed(files[name]) == changed[f"allegations_{other[party]}.{ending}"].decode()
    for name in ("calls.csv", "patrols.csv", "impediments.csv", "health.csv"):
        assert sorted(renamed(files[name]).splitlines()) == sorted(changed[name].decode().splitlines()), name


def test_calls_come_from_the_party_under_fire_and_after_it_began(busy: Truth, readings: list[Reading]) -> None:
    happened, ids = happening(busy), busy.table.column("truth_id").to_pylist()
    sheet = next(s for s in busy.sheets if s.name == "calls.csv")
    calls = table(readings, "calls.csv", "calls").to_pylist()
    for record, call in zip(sheet.records, calls, strict=True):
        true = happened[ids[record.happening]]
        assert call["party"] != true["origin_side"]
        assert 0 < call["t_start_ns"] - true["t_start_ns"] < HOUR_NS
    assert {c["outcome"] for c in calls} == {"resolved", "unsuccessful", "unanswered"}


def test_a_claim_of_a_party_makes_nothing_observed(stores: Agreement) -> None:
    config = Config(seed=7, patrols_per_side=0, posts_per_side=0, cameras_per_side=0, uavs_per_side=0, p_surveyed=0,
                    p_local_press=0, satellites=(), network=NetworkConfig(columns=0))  # fmt: skip
    deaf = truth(replace(config, kinds=tuple(replace(k, p_press=0, p_notified=0) for k in config.kinds)), stores)
    assert deaf.alleged.num_rows > 0
    assert set(strings(deaf.table, "visibility")) == {"unseen"}


def test_every_store_is_inspected_and_one_weapon_is_missing(busy: Truth, readings: list[Reading]) -> None:
    found = table(readings, "inspections.csv", "inspections")
    assert set(zip(strings(found, "site"), strings(found, "party"), strict=True)) == {
        ("store_north", "north"), ("store_south", "south"),
    }  # fmt: skip
    assert numbers(found, "missing").sum() == 1
    sides = {next(r["party"] for r in rows_of(truth(Config(seed=s, intensity=0.1, history_years=1)), "inspections.csv")
                  if r["missing"] == "1") for s in range(8)}  # fmt: skip
    assert sides == {"left", "right"}


def test_works_began_between_the_last_look_without_and_the_first_look_with_them(
    busy: Truth, readings: list[Reading]
) -> None:
    start, ids = integers(busy.table, "t_start_ns"), [r.happening for s in busy.sheets if s.name == "works.csv"
                                                      for r in s.records]  # fmt: skip
    seen = table(readings, "works.csv", "observations")
    assert (integers(seen, "t_start_ns") <= start[ids]).all()
    assert (start[ids] <= integers(seen, "t_end_ns")).all()
    assert integers(seen, "t_end_ns").max() <= busy.period_ns[1]
    assert "mines" in set(strings(seen, "class"))


def test_each_impediment_stands_in_one_book_with_its_class_place_and_hours(
    busy: Truth, readings: list[Reading]
) -> None:
    books = ("duty_log.csv", "patrols.csv", "impediments.csv")
    told = [row for name in books for row in table(readings, name, "observations").to_pylist()]
    true = [r for r in busy.table.to_pylist() if r["kind"] == "impediment"]
    assert {r["class"] for r in true} >= {"denial", "delay", "conditional_access", "fire_at_monitors", "jamming"}

    def key(r: dict[str, Any]) -> tuple[object, ...]:
        return r["class"], r["t_start_ns"], r["t_end_ns"], round(float(str(r["lon_deg"])), 5)

    assert sorted(map(key, told)) == sorted(map(key, true))


def covered_h(rows: pa.Table) -> dict[str, float]:
    """Working hours by asset."""
    hours: Counter[str] = Counter()
    for r in rows.to_pylist():
        hours[r["asset"]] += (r["t_end_ns"] - r["t_start_ns"]) / HOUR_NS * r["working"]
    return dict(hours)


def test_no_asset_is_in_two_books_and_each_side_has_as_many_in_each(readings: list[Reading]) -> None:
    named = {name: set(strings(table(readings, name, "coverage"), "asset"))
             for name in ("duty_log.csv", "patrols.csv", "health.csv")}  # fmt: skip
    assert sum(map(len, named.values())) == len(set.union(*named.values()))
    for assets in named.values():
        assert sum("-north-" in a for a in assets) == sum("-south-" in a for a in assets) > 0


def test_trips_are_planned_tasked_and_sometimes_cut_short(busy: Truth, readings: list[Reading]) -> None:
    rows = rows_of(busy, "patrols.csv")
    assert len({r["tasking"] for r in rows}) > 2
    assert {r["outcome"] for r in rows} >= {"done", "cut short"}
    assert all(r["reason"] for r in rows if r["outcome"] != "done")
    assert min(covered_h(table(readings, "patrols.csv", "coverage")).values()) > 2


def test_one_node_fails_and_says_so_before_it_falls_silent(readings: list[Reading]) -> None:
    health = table(readings, "health.csv", "coverage")
    hours, reasons = covered_h(health), strings(health, "reason")
    failed = {a for a, r in zip(strings(health, "asset"), reasons, strict=True) if r == "down"}
    assert len(failed) == 1
    assert {*reasons} == {None, "down", "no heartbeat"}
    assert hours[failed.pop()] < 22.5
    assert sorted(hours.values())[-1] == pytest.approx(24, abs=0.1)


def test_the_newsrooms_own_table_is_read_through_its_mapping(busy: Truth, readings: list[Reading]) -> None:
    own = table(readings, "press_own.csv", "observations")
    ids = [r.happening for s in busy.sheets if s.name == "press_own.csv" for r in s.records]
    assert set(strings(own, "project")) == {"newsroom"}
    assert (integers(own, "killed_low") == integers(busy.table, "killed")[ids]).all()
    assert np.abs(integers(own, "t_start_ns") - integers(busy.table, "t_start_ns")[ids]).max() <= 60 * SECOND_NS


def test_the_mapping_and_the_free_texts_say_that_they_are_synthetic(busy: Truth) -> None:
    for name, data in emit(busy).items():
        if name.endswith((".txt", ".yaml")):
            assert data.startswith(b"# SYNTHETIC: generated by trucewatch scenario, seed 7; no real event\n")


def test_the_record_of_rows_names_every_row_of_the_lists(busy: Truth) -> None:
    lines = answers(busy)["truth_records.csv"].decode().splitlines()[1:]
    notes = Counter(r["note"] for r in csv.DictReader(lines) if r["file"].startswith("allegations_"))
    assert set(notes) == {"true", "exaggerated", "invented"}
    assert sum(notes.values()) == busy.alleged.num_rows


def test_a_quiet_day_without_watchers_still_reads(tmp_path: Path) -> None:
    config = Config(seed=3, intensity=0.0, cameras_per_side=0, patrols_per_side=0, history_years=1)
    for name, data in emit(truth(config)).items():
        (tmp_path / name).write_bytes(data)
    odd = [i.found for r in sense.read_path(tmp_path) for i in r.issues if "allegations" in r.file_name]
    assert odd == []
    assert json.loads(answers(truth(config))["truth.json"])["synthetic"] is True
