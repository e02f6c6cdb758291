"""`trace` walks any line of a report back to the bytes that were received."""

import base64
import csv
import io

import pytest
from tests.cli.conftest import AGREEMENTS, features, refused, run

from trucewatch.core.digest import sha256_hex
from trucewatch.core.records import Verdict
from trucewatch.evidence import LogReader, from_body
from trucewatch.locate import NETWORK


def lines_of(day, name):
    """Return the data records of an input file without quoted line breaks, as bytes."""
    data = (day / "input" / name).read_bytes()
    return data, [line for line in data.splitlines() if not line.startswith(b"#")][1:]


def steps(day, name):
    ran = run("trace", name, "--in", day, "--json")
    assert ran.code == 0, ran.err
    return ran.json


def exact(step):
    return base64.b64decode(step["bytes_base64"])


def incident_from(day, name):
    """Return an incident with a source row in an input file."""
    sha = sha256_hex((day / "input" / name).read_bytes())
    return next((i, s["row"]) for i, p in features(day).items() for s in p["sources"] if s["file_sha256"] == sha)


@pytest.mark.parametrize("name", ["observers_hub_1.csv", "reports.csv"])
def test_an_incident_leads_to_the_very_bytes_of_its_rows(day, name):
    data, lines = lines_of(day, name)
    incident, row = incident_from(day, name)
    chain = steps(day, incident)
    assert (chain[0]["kind"], chain[0]["id"]) == ("incident", incident)
    (found,) = [s for s in chain if s["kind"] == "file row" and s["id"] == f"{sha256_hex(data)}:{row}"]
    assert exact(found) == lines[row - 1]
    assert found["bytes"] == lines[row - 1].decode()


def test_every_row_of_every_incident_has_its_bytes(day):
    for incident, properties in list(features(day).items())[:20]:
        rows = {s["id"]: s for s in steps(day, incident) if s["kind"] == "file row"}
        named = {f"{s['file_sha256']}:{s['row']}" for s in properties["sources"]}
        heard = any(s["source"] == NETWORK for s in properties["sources"])  # names one trigger, and rests on many
        assert set(rows) >= named if heard else set(rows) == named
        assert all(exact(s) for s in rows.values())


def test_a_row_of_a_workbook_is_shown_as_a_line(day):
    incident, row = incident_from(day, "cameras.xlsx")
    sha = sha256_hex((day / "input" / "cameras.xlsx").read_bytes())
    (step,) = [s for s in steps(day, incident) if s["id"] == f"{sha}:{row}"]
    assert len(next(csv.reader(io.StringIO(step["bytes"])))) > 10


def test_a_verdict_leads_through_its_incident_to_bytes(day):
    reader = LogReader(day)
    envelopes = ((i, reader.envelope(i)) for i in range(len(reader)))
    index, verdict = next(
        (i, v) for i, e in envelopes
        if e.kind == "verdict" and (v := from_body(Verdict, reader.body(e))).subject_kind == "incident"
    )  # fmt: skip
    for name in (str(index), reader.leaf(index)):
        chain = steps(day, name)
        assert [s["kind"] for s in chain[:2]] == ["verdict", "incident"]
        assert chain[1]["id"] == verdict.subject
        assert any("bytes" in s for s in chain)


@pytest.mark.parametrize("name", ["firms_viirs.csv", "duty_log.csv", "notices.csv", "satellite_passes.csv"])
def test_a_row_of_a_file_is_shown_by_the_digest_of_the_file(day, name):
    data, lines = lines_of(day, name)
    (step,) = steps(day, f"{sha256_hex(data)}:3")
    assert exact(step) == lines[2]


def test_a_row_of_a_segment_leads_to_the_row_of_its_file(day):
    incident, _ = incident_from(day, "reports.csv")
    sha = sha256_hex((day / "input" / "reports.csv").read_bytes())
    segment = next(s for s in steps(day, incident) if s["kind"] == "segment row" and sha in s["what"])
    chain = steps(day, segment["id"])
    assert [s["kind"] for s in chain] == ["segment row", "file row"]
    assert exact(chain[1])


def test_text_and_json_show_the_same_bytes(day):
    data, lines = lines_of(day, "reports.csv")
    assert lines[0].decode() in run("trace", f"{sha256_hex(data)}:1", "--in", day).out


@pytest.mark.parametrize("codec", ["cp1252", "utf-16"])
def test_bytes_in_another_encoding_come_back_exactly(tmp_path, codec):
    line = "A,2023-06-01,Other,Müller [bold]:fire: hört,48.1,37.1,https://e.org"
    data = f"entry,date,event_group,brief description,lat,lon,link\n{line}\n".encode(codec)
    (tmp_path / "names.csv").write_bytes(data)
    assert run("run", "--agreement", AGREEMENTS / "easter-2025", "--as-if-in-force", "--input", tmp_path / "names.csv",
               "--from", "2023-06-01", "--to", "2023-06-01", "--out", tmp_path / "out").code == 0  # fmt: skip
    (step,) = steps(tmp_path / "out", f"{sha256_hex(data)}:1")
    assert exact(step) == line.encode(codec.replace("utf-16", "utf-16-le"))
    assert "[bold]:fire:" in run("trace", step["id"], "--in", tmp_path / "out").out.replace("\\x00", "")


NAMES = ["TW-NOTHERE000", "nonsense", "99999", "9" * 40, "-1", "", "a:b", f"{'0' * 64}:1", f"{'0' * 64}:0", "TW-:1"]


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_name_is_one_sentence(day, name):
    refused(run("trace", "--in", day, "--", name), "found nothing named")


@pytest.mark.parametrize("row", ["0", "99999", "9" * 30])
def test_a_row_that_is_not_there_is_one_sentence(day, row):
    data, _ = lines_of(day, "reports.csv")
    refused(run("trace", f"{sha256_hex(data)}:{row}", "--in", day), "needed 1 to")


def test_a_folder_without_a_log_is_a_wrong_command(tmp_path):
    refused(run("trace", "TW-X", "--in", tmp_path), "found no log")
