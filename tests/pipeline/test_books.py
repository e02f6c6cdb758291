"""Allegations, own tables and amended agreements on their way from files to the log."""

import json
import os
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.config import Config
from trucewatch.core.records import Incident, Status, Verdict
from trucewatch.evidence import LogReader, from_body, verify
from trucewatch.pipeline import Job, compare, run_job
from trucewatch.terms import parse_agreement

TERMS = """
format: 1
title: Invented truce in an invented square
force: invented
force_reason: made up for a test
time_zone: Europe/Kyiv
effective_from: 2026-03-01
sources: [invented]
parties: [{id: north, name: Party North}, {id: south, name: Party South}]
provisions:
  - {id: A1, text_reference: "article 1", rule: no_fire_area, domain: land, binds: [north, south], acts: [fire_event],
     zones: [square]}
  - {id: A2, text_reference: "article 2", rule: no_fire_area, domain: land, binds: [north, south], acts: [explosion],
     zones: [square]}
"""
ZONES = json.dumps({
    "type": "FeatureCollection",
    "features": [{
        "type": "Feature",
        "properties": {"id": "square", "kind": "area", "name": "Square", "vertex_sources": "invented"},
        "geometry": {"type": "Polygon", "coordinates": [[[37, 47.8], [38, 47.8], [38, 48.2], [37, 48.2], [37, 47.8]]]},
    }],
})  # fmt: skip
ALLEGED = """# SYNTHETIC
reference,party,against,date,time_from,time_to,time_zone,place,lon,lat,radius_km,allegation,number,unit,weapon
N-1,Party North,Party South,2026-03-10,10:00,10:10,Europe/Kyiv,,37.5,48.0,0.5,impact,3,explosion,120-mm mortar
N-1,Party North,Party South,2026-03-10,10:00,10:10,Europe/Kyiv,,37.5,48.0,0.5,impact,3,explosion,120-mm mortar
S-1,Party South,Party North,2026-03-10,,,Europe/Kyiv,,,,,shelling,,,
"""
OWN = "when;y;x;what\n2026-03-10 10:04;48.0;37.5;blast\n2026-03-10 12:00;48.1;37.6;blast\n"
MAPPING = """format: 1
reads: observations
source: watchers
time: {start: when, zone: Europe/Kyiv}
place: {lon: x, lat: y, radius: {value: 100, unit: m}}
columns:
  class: {column: what, map: {blast: impact}}
  reliability: {value: A}
  credibility: {value: "1"}
"""


class Desk:
    """A folder of records, run by one key under an agreement that may be amended between runs."""

    def __init__(self, folder):
        self.out, self.inputs, self.key = folder / "out", folder / "input", Ed25519PrivateKey.generate()
        self.inputs.mkdir()

    def put(self, name, text):
        (self.inputs / name).write_text(text, encoding="utf-8")

    def run(self, terms_text=TERMS):
        files = {"terms.yaml": terms_text, "zones.geojson": ZONES}
        day = date(2026, 3, 10)
        job = Job(files, "square", (self.inputs,), day, day, self.out)
        return run_job(job, self.key, lambda: 1_800_000_000_000_000_000, os.urandom, lambda _: None)

    def bodies(self, kind, record):
        reader = LogReader(self.out)
        found = (reader.envelope(i) for i in range(len(reader)))
        return [from_body(record, reader.body(e)) for e in found if e.kind == kind]

    def last_words(self):
        return {(v.clause, v.subject_kind, v.subject): v for v in self.bodies("verdict", Verdict)}

    def standing(self):
        latest = {i.incident_id: i for i in self.bodies("incident", Incident)}
        return [i for i in latest.values() if i.status is Status.RECORDED]


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    made.put("own.csv", OWN)
    made.put("own.csv.mapping.yaml", MAPPING)
    return made


def test_a_table_of_ones_own_becomes_incidents_that_verify(desk):
    desk.run()
    assert len(desk.standing()) == 2
    assert verify(desk.out, (desk.out / "log" / "key.pub").read_text()).ok


def test_allegations_are_judged_once_for_all_their_copies_and_found_no_incident(desk):
    desk.put("alleged.csv", ALLEGED)
    desk.run()
    told = [v for v in desk.last_words().values() if v.subject_kind == "allegation"]
    assert len({v.subject for v in told}) == 2
    assert {v.numbers["status"] for v in told} == {"matched", "insufficient_detail"}
    assert len(desk.standing()) == 2


def test_the_public_page_sets_allegations_beside_the_record_without_their_places(desk):
    desk.put("alleged.csv", ALLEGED)
    desk.run()
    page = (desk.out / "public" / "report.html").read_text(encoding="utf-8")
    assert "Allegations beside the record" in page
    assert "Party South" in page
    assert "37.5" not in page


def test_a_corrected_mapping_reads_the_same_file_anew_and_the_old_rows_count_no_more(desk):
    desk.run()
    desk.put("own.csv.mapping.yaml", MAPPING.replace("{blast: impact}", "{blast: overflight}"))
    desk.run()
    assert {i.cls for i in desk.standing()} == {"overflight"}
    assert desk.bodies("incident", Incident)[0].cls == "impact"  # what was said before stays in the log


def test_an_amended_clause_takes_back_what_it_no_longer_supports_and_names_what_it_supersedes(desk):
    desk.run()
    before = [v for (clause, kind, _), v in desk.last_words().items() if (clause, kind) == ("A2", "incident")]
    assert {v.verdict for v in before} == {"breach"}
    desk.run(TERMS.replace("acts: [explosion]", "acts: [overflight]"))
    after = [v for (clause, kind, _), v in desk.last_words().items() if (clause, kind) == ("A2", "incident")]
    assert {v.verdict for v in after} == {"no_breach"}
    reader = LogReader(desk.out)
    verdicts = [i for i in range(len(reader)) if reader.envelope(i).kind == "verdict"]
    leaves = {reader.leaf(i) for i in verdicts}
    assert any(leaves & set(reader.envelope(i).parents) for i in verdicts)


def test_what_an_amendment_would_change_is_told_without_writing(desk):
    desk.run()
    size = len(LogReader(desk.out))
    a, b = (parse_agreement({"terms.yaml": t, "zones.geojson": ZONES}, "square")
            for t in (TERMS, TERMS.replace("acts: [explosion]", "acts: [overflight]")))  # fmt: skip
    found = compare(desk.out, a, b, Config())
    assert set(found.clauses) == {"A2"}
    assert {c.clause for c in found.changes} == {"A2"}
    assert len(LogReader(desk.out)) == size
