"""From the triggers of a network to incidents in two editions, and back to the bytes."""

import json
import shutil
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from trucewatch import release
from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.digest import sha256_hex
from trucewatch.core.records import Incident, Status
from trucewatch.core.tables import ORIGINS
from trucewatch.core.times import SECOND_NS
from trucewatch.evidence import Layout, LogReader, View, from_body, trace, verify
from trucewatch.locate import NETWORK
from trucewatch.physics.geodesy import distance_m
from trucewatch.pipeline.intake import logged

LEAST = 5
SPEED_M_S, OFF_S = 335.0, 1.5  # what a sound makes of it, and how far a trigger may be from it


@dataclass(frozen=True)
class Oracle:
    """Stands in for the association: it is told the sounds, and collects the triggers that fit each."""

    sounds: pa.Table

    def __call__(self, triggers, network, *_):
        told = self.sounds.filter(pa.array(integers(self.sounds, "nodes") >= LEAST)).to_pylist()
        t_ns, lon, lat = integers(triggers, "t_ns"), numbers(network, "lon_deg"), numbers(network, "lat_deg")
        slot = {name: i for i, name in enumerate(strings(network, "node"))}
        node = np.array([slot[name] for name in strings(triggers, "node")])
        found = []
        for sound in told:
            range_m = distance_m(np.array([sound["lon_deg"]]), np.array([sound["lat_deg"]]), lon, lat)
            due_ns = sound["t_ns"] + (range_m / SPEED_M_S * SECOND_NS).astype(np.int64)
            near = (np.abs(t_ns - due_ns[node]) < OFF_S * SECOND_NS) & (range_m[node] < 20_000)
            found.append((sound, np.flatnonzero(near).tolist()))
        return origins_of([(s, rows) for s, rows in found if len(rows) >= LEAST - 1]), ()


def origins_of(found):
    values = {
        "event": np.arange(len(found)), "t_ns": [s["t_ns"] for s, _ in found], "t_sigma_s": 0.1,
        "lon_deg": [s["lon_deg"] for s, _ in found], "lat_deg": [s["lat_deg"] for s, _ in found],
        "cov_ee_m2": 3600.0, "cov_en_m2": 0.0, "cov_nn_m2": 3600.0, "p": 0.95, "p_shot": 0.0, "p_explosion": 0.8,
        "p_large_blast": 0.0, "p_flyover": 0.0, "p_thunder": 0.0, "p_quarry_blast": 0.0, "p_unknown": 0.2,
        "reason": "told", "arrivals": [len(rows) for _, rows in found], "residual_s": 0.1, "gap_deg": 90.0,
        "triggers": [rows for _, rows in found],
    }  # fmt: skip
    return ORIGINS.table(values, rows=len(found))


@pytest.fixture(scope="module")
def heard(make_day):
    """A day run with the oracle in place of the association."""
    made = make_day(5)
    made.run(associate=Oracle(made.truth.sounds))
    return made


def tables_of(day, kind):
    return logged(LogReader(day.out)).tables(kind)


def incidents_of(day):
    reader = LogReader(day.out)
    bodies = (reader.body(e) for i in range(len(reader)) if (e := reader.envelope(i)).kind == "incident")
    found = {i.incident_id: i for i in (from_body(Incident, b) for b in bodies)}
    return [i for i in found.values() if i.status not in (Status.MERGED, Status.RETIRED)]


def by_network(day):
    return [i for i in incidents_of(day) if any(s.source == NETWORK for s in i.sources)]


def issues_of(day):
    reader = LogReader(day.out)
    found = (reader.body(e)["issues"] for i in range(len(reader)) if (e := reader.envelope(i)).kind == "issue")
    return [issue for issues in found for issue in issues]


def test_what_the_network_heard_becomes_incidents_that_are_mostly_true(heard):
    happened = {(r["lon_deg"], r["lat_deg"]) for r in heard.truth.sounds.to_pylist()}
    places = [(i.place.summary_lon_deg, i.place.summary_lat_deg) for i in by_network(heard)]
    assert len(places) >= 5
    lon, lat = (np.array(c) for c in zip(*happened, strict=True))
    away = [distance_m(np.array([x]), np.array([y]), lon, lat).min() for x, y in places]
    assert np.median(away) < 500


def test_a_barrage_is_one_incident_with_a_count_and_not_one_for_each_shot(heard):
    (origins,), (volleys,) = tables_of(heard, "origins"), tables_of(heard, "volleys")
    assert volleys.num_rows < origins.num_rows / 2
    assert sum(len(rows) for rows in volleys.column("origins").to_pylist()) == origins.num_rows
    counted = [i.count for i in by_network(heard) if i.count_unit == "explosion" and i.count]
    assert max(counted) >= 3


def test_one_network_is_one_independent_source(heard):
    for incident in by_network(heard):
        alone = {s.source for s in incident.sources} == {NETWORK}
        assert incident.independent_groups == 1 if alone else incident.independent_groups >= 2


def test_an_incident_of_the_network_traces_to_every_trigger_it_rests_on(heard):
    (origins,), (volleys,), (triggers,) = (tables_of(heard, k) for k in ("origins", "volleys", "triggers"))
    told, rows = origins.column("triggers").to_pylist(), integers(triggers, "row")
    reader, sha = LogReader(heard.out), triggers.column("file_sha256")[0].as_py()
    with View(Layout(heard.out).view) as view:
        view.update(reader)
        for incident in by_network(heard)[:8]:
            steps = trace(view, reader, incident.incident_id)
            mine = [volleys.column("origins")[s.segment_row].as_py() for s in incident.sources if s.source == NETWORK]
            wanted = {f"{sha}:{rows[k]}" for parts in mine for o in parts for k in told[o]}
            assert len(wanted) >= LEAST - 1
            assert wanted <= {s.id for s in steps if s.kind == "file row"}
    assert sha256_hex(reader.raw(sha)) == sha


def test_the_log_with_its_lists_verifies_from_exported_files(heard, tmp_path):
    for name in ("log", "blobs"):
        shutil.copytree(heard.out / name, tmp_path / name)
    report = verify(tmp_path, (heard.out / "log" / "key.pub").read_text())
    assert report.ok, report.first


def test_no_node_and_no_raw_origin_is_found_in_public(heard):
    kinds = ("observations", "coverage", "impediments", "nodes", "triggers", "origins")
    tables = {k: tables_of(heard, k) for k in kinds}
    named = {k: v for k, v in tables.items() if k != "origins"}
    secrets = release.gather_secrets(named)
    (origins,) = tables["origins"]
    spots = np.column_stack([numbers(origins, "lon_deg"), numbers(origins, "lat_deg")])
    raw = release.Secrets((), spots)
    moments = {str(t).encode() for t in integers(origins, "t_ns").tolist()}
    assert len(secrets.names) >= 50
    for path in (heard.out / "public").iterdir():
        data = path.read_bytes()
        assert release.find_withheld(data, secrets) == [], path.name
        assert release.find_withheld(data, raw) == [], path.name
        assert not any(m in data for m in moments), path.name


def test_the_search_would_find_a_node(heard):
    secrets = release.gather_secrets({"nodes": tables_of(heard, "nodes")})
    (nodes,) = tables_of(heard, "nodes")
    leak = json.dumps(nodes.slice(0, 1).to_pylist()).encode()
    assert len(release.find_withheld(leak, secrets)) >= 2


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_the_report_says_what_the_network_heard_with_unit_means_and_coverage(heard, edition):
    page = (heard.out / edition / "report.html").read_text(encoding="utf-8")
    section = page.partition('<section id="network"')[2].partition("</section>")[0]
    counts = json.loads((heard.out / edition / "summary.json").read_bytes())["counts"]["network"]
    assert f"heard by the network of {counts['nodes']} nodes" in section
    assert "Unit: volley" in section
    assert counts["incidents"] == len(by_network(heard))


def test_the_same_triggers_again_add_neither_rows_nor_incidents(make_day):
    made = make_day(5)
    oracle = Oracle(made.truth.sounds)
    made.run(associate=oracle)
    before = [len(tables_of(made, "volleys")), *sorted((i.incident_id, i.version) for i in incidents_of(made))]
    made.run(associate=oracle)
    assert [len(tables_of(made, "volleys")), *sorted((i.incident_id, i.version) for i in incidents_of(made))] == before


def test_an_association_that_fails_is_an_issue_and_the_day_goes_on(make_day):
    def broken(*_):
        raise ValueError("no such wind")

    made = make_day(5)
    made.run(associate=broken)
    assert any("association failed: no such wind" in i["found"] for i in issues_of(made))
    assert incidents_of(made)
    assert by_network(made) == []


def test_triggers_without_a_list_of_nodes_are_an_issue(make_day):
    made = make_day(5)
    made.run("triggers.csv", "duty_log.csv", associate=Oracle(made.truth.sounds))
    (issue,) = [i for i in issues_of(made) if i["source"] == "triggers"]
    assert "no list of nodes" in issue["found"]
    assert tables_of(made, "origins") == []


def test_triggers_of_another_day_are_not_of_this_one(make_day, tmp_path):
    made, out = make_day(5), tmp_path / "later"
    later = made.day + timedelta(days=2)
    outcome = made.run("triggers.csv", "nodes.csv", out=out, days=(later, later), associate=Oracle(made.truth.sounds))
    assert outcome.summary["counts"]["network"] is None
