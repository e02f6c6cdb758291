"""A synthetic day end to end: from files to two signed editions."""

import csv
import json
import struct
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from trucewatch import release, scenario
from trucewatch.core.digest import sha256_hex
from trucewatch.core.errors import AgreementError, CommandError
from trucewatch.core.records import Incident, Status
from trucewatch.core.tables import SCHEMAS
from trucewatch.evidence import Layout, LogReader, View, from_body, trace, verify
from trucewatch.locate import NETWORK

EDITIONS = ("internal", "public")
FILES = {"report.html", "incidents.geojson", "incidents.parquet", "observations.parquet", "issues.csv", "summary.json"}


def bodies(out, kind):
    reader = LogReader(out)
    envelopes = (reader.envelope(i) for i in range(len(reader)))
    return [reader.body(e) for e in envelopes if e.kind == kind]


def latest(out):
    found = [from_body(Incident, b) for b in bodies(out, "incident")]
    return {i.incident_id: i for i in found}


def test_both_editions_hold_their_files(day):
    assert {p.name for p in (day.out / "public").iterdir()} == FILES
    assert {p.name for p in (day.out / "internal").iterdir()} == FILES | {"links.parquet"}


def test_the_log_verifies_from_exported_files_and_a_public_key(day, tmp_path):
    import shutil

    for name in ("log", "blobs"):
        shutil.copytree(day.out / name, tmp_path / name)
    report = verify(tmp_path, (day.out / "log" / "key.pub").read_text())
    assert report.ok, report.first
    assert report.key_trusted


def test_every_published_file_is_as_its_digest_in_the_log_says(day):
    for body in bodies(day.out, "report"):
        for name, digest in body["files"].items():
            assert sha256_hex((day.out / body["edition"] / name).read_bytes()) == digest


@pytest.mark.parametrize("edition", EDITIONS)
def test_everything_made_from_synthetic_records_says_so(day, edition):
    assert "SYNTHETIC" in (day.out / edition / "report.html").read_text(encoding="utf-8")
    assert json.loads((day.out / edition / "summary.json").read_bytes())["synthetic"] is True


def test_nothing_withheld_is_found_in_any_public_file(day):
    reader = LogReader(day.out)
    tables = {}
    for i in range(len(reader)):
        envelope = reader.envelope(i)
        if envelope.kind == "segment":
            segment = reader.segment(envelope)
            tables.setdefault(segment.schema.name, []).append(segment.table)
    secrets = release.gather_secrets(
        {k: v for k, v in tables.items() if k in ("observations", "coverage", "impediments", "nodes", "triggers")}
    )
    for path in (day.out / "public").iterdir():
        data = path.read_bytes()
        if path.suffix == ".parquet":
            data = json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False).encode()
        assert release.find_withheld(data, secrets) == [], path.name


def test_the_search_would_find_a_leak(day):
    tables = {"coverage": [pq_of(day, "coverage")]}
    secrets = release.gather_secrets(tables)
    internal = json.dumps(tables["coverage"][0].drop_columns(["geometry"]).to_pylist()).encode()
    assert release.find_withheld(internal, secrets)


def pq_of(day, kind):
    reader = LogReader(day.out)
    segments = (reader.segment(e) for i in range(len(reader)) if (e := reader.envelope(i)).kind == "segment")
    return next(s.table for s in segments if s.schema.name == kind and s.table.num_rows)


def test_every_incident_of_the_report_traces_to_raw_bytes(day):
    reader = LogReader(day.out)
    with View(Layout(day.out).view) as view:
        view.update(reader)
        for incident_id, incident in list(latest(day.out).items())[:25]:
            steps = trace(view, reader, incident_id)
            rows = {(s.id) for s in steps if s.kind == "file row"}
            named = {f"{s.file_sha256}:{s.row}" for s in incident.sources}
            heard = any(s.source == NETWORK for s in incident.sources)  # names one trigger, and rests on many
            assert rows >= named if heard else rows == named
            assert all(sha256_hex(reader.raw(s)) == s for s in {r.partition(":")[0] for r in rows})


def mission_secrets(day):
    """Return what the mission's own papers say of where its people and cameras stand, as text and as numbers."""
    duty = csv_rows(day, "duty_log.csv")
    forms = [row for path in day.inputs.glob("observers_*.csv") for row in csv_rows(day, path.name)]
    names = {row["asset"] for row in duty} | {row["patrol"] for row in forms}
    spots = {row[n] for row in duty for n in ("lon", "lat")} | {row["position"] for row in forms}
    agreed = "".join(text for body in bodies(day.out, "agreement") for text in body["files"].values())
    exact = {s for s in spots if len(s) >= 7 and s not in agreed}  # the lines of an agreement are public
    numbers = {struct.pack("<d", float(s)) for s in exact if "," not in s}
    return {s.encode() for s in names | exact if s} | numbers


def csv_rows(day, name):
    text = (day.inputs / name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def test_what_is_handed_out_for_verifying_names_no_patrol_and_no_position(day):
    secrets = mission_secrets(day)
    assert len(secrets) > 30
    shown = {p: p.read_bytes() for n in ("log", "blobs") for p in (day.out / n).rglob("*") if p.is_file()}
    assert len(shown) > 20
    assert {p.name for p, data in shown.items() if any(s in data for s in secrets)} == set()


def test_no_leaf_shows_the_digest_of_an_input_file(day):
    logged = b"".join(p.read_bytes() for p in (day.out / "log").rglob("*") if p.is_file())
    assert all(sha256_hex(p.read_bytes()).encode() not in logged for p in day.inputs.iterdir())


def test_every_input_file_is_stored_once_however_often_it_is_taken_in(make_day):
    made = make_day(10)
    made.run("duty_log.csv", "notices.csv")
    before = {p for p in (made.out / "blobs").rglob("*") if p.is_file() and p.read_bytes().startswith(b"trucewatch")}
    made.run("duty_log.csv", "notices.csv")
    after = {p for p in (made.out / "blobs").rglob("*") if p.is_file() and p.read_bytes().startswith(b"trucewatch")}
    assert len(before) == 2
    assert after == before


def test_every_incident_names_where_the_log_holds_its_rows(day):
    for incident in latest(day.out).values():
        assert all(s.segment is not None and s.segment_row is not None for s in incident.sources)


def test_geojson_and_parquet_hold_the_same_incidents(day):
    for edition in EDITIONS:
        features = json.loads((day.out / edition / "incidents.geojson").read_bytes())["features"]
        table = pq.read_table(day.out / edition / "incidents.parquet")
        assert [f["id"] for f in features] == table.column("incident_id").to_pylist()


def test_observed_incidents_are_mostly_found(day):
    alive = [i for i in latest(day.out).values() if i.status not in (Status.MERGED, Status.RETIRED)]
    score = scenario.score(day.truth, alive)
    observed = next(g for g in score.by_visibility if g.group == "observed")
    assert observed.recall > 0.6
    assert score.precision > 0.6


def test_the_view_rebuilt_from_the_log_is_equal(day, tmp_path):
    with View(Layout(day.out).view) as view, View.rebuild(day.out, tmp_path / "again.sqlite") as again:
        assert again.dump() == view.dump()


def test_the_same_files_again_add_no_incident(day):
    before = len(bodies(day.out, "incident"))
    day.run()
    assert len(bodies(day.out, "incident")) == before


def test_late_records_make_new_versions_and_agree_with_one_big_run(make_day, tmp_path):
    made = make_day(6)
    names = sorted(p.name for p in made.inputs.iterdir())
    late = [n for n in names if "late" in n]
    assert late
    made.run(*(n for n in names if n not in late))
    first = latest(made.out)
    made.run(*late)
    second = latest(made.out)
    changed = {k for k, i in second.items() if k not in first or i.version > first[k].version}
    assert changed
    assert all(second[k].supersedes == first[k].version for k in changed if k in first)
    at_once = tmp_path / "at_once"
    made.run(out=at_once)
    assert memberships(second) == memberships(latest(at_once))


def memberships(incidents):
    alive = (i for i in incidents.values() if i.status not in (Status.MERGED, Status.RETIRED))
    return {frozenset((s.file_sha256, s.row) for s in i.sources) for i in alive}


def test_a_day_without_records_ends_in_a_report_that_claims_nothing(make_day, tmp_path):
    made = make_day(7)
    other = made.day + timedelta(days=40)
    outcome = made.run("notices.csv", out=tmp_path / "empty", days=(other, other))
    assert outcome.summary["counts"]["incidents"] == 0
    assert outcome.summary["counts"]["verdicts"].get("no_breach", 0) == 0


def test_a_wrong_agreement_stops_the_run_before_anything_is_written(make_day, tmp_path):
    from trucewatch.pipeline import Job, run_job

    made = make_day(8)
    job = Job({"terms.yaml": "title: x"}, "broken", (made.inputs,), made.day, made.day, tmp_path / "out")
    with pytest.raises(AgreementError, match=r"terms\.yaml:1"):
        run_job(job, made.key, lambda: 0, bytes, lambda _: None)
    assert not (tmp_path / "out").exists()


def test_a_period_that_ends_before_it_begins_is_refused(make_day, tmp_path):
    made = make_day(9)
    with pytest.raises(CommandError, match="swap them"):
        made.run(out=tmp_path / "out", days=(made.day, made.day - timedelta(days=1)))


def test_schemas_of_the_log_are_those_declared(day):
    reader = LogReader(day.out)
    segments = (reader.segment(e) for i in range(len(reader)) if (e := reader.envelope(i)).kind == "segment")
    for segment in segments:
        SCHEMAS[segment.schema.name].check(segment.table)


def traced(day, name):
    """Kinds of the steps from a name in the log down to the bytes."""
    with View(Layout(day.out).view) as view:
        view.update(LogReader(day.out))
        return {s.kind for s in trace(view, LogReader(day.out), name)}


def test_what_was_said_of_a_period_traces_to_its_incidents_and_the_agreement(day):
    said = {
        v["clause"]
        for v in bodies(day.out, "verdict")
        if v["subject_kind"] == "period" and v["numbers"].get("incidents")
    }
    assert said
    for clause in sorted(said)[:3]:
        assert {"verdict", "agreement", "incident", "segment row", "file row"} <= traced(day, clause)


def test_what_was_said_of_a_storage_site_traces_to_the_bytes_of_its_inspections(day):
    said = [v["clause"] for v in bodies(day.out, "verdict") if any(n.startswith("missing:") for n in v["numbers"])]
    assert said
    assert {"verdict", "agreement", "segment", "file", "blob"} <= traced(day, said[0])
