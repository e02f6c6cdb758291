"""A flash note: one page about one incident, and nothing exact in the public one."""

import pytest
from tests.cli.conftest import features, refused, run, truce

from trucewatch import release
from trucewatch.evidence import LogReader


@pytest.fixture
def incident(copy):
    return next(i for i, p in features(copy).items() if p["class"] is not None and len(p["sources"]) > 1)


def secrets(out):
    reader, tables = LogReader(out), {}
    for i in range(len(reader)):
        envelope = reader.envelope(i)
        if envelope.kind == "segment":
            segment = reader.segment(envelope)
            tables.setdefault(segment.schema.name, []).append(segment.table)
    return release.gather_secrets({k: v for k, v in tables.items() if k in ("observations", "coverage", "impediments")})


def test_a_note_names_the_incident_its_clauses_and_that_it_is_synthetic(copy, incident):
    ran = run("flash", incident, "--in", copy)
    assert ran.code == 0, ran.err
    page = (copy / "internal" / f"flash-{incident}.html").read_text(encoding="utf-8")
    assert incident in page
    assert "SYNTHETIC" in page
    assert "HYPOTHETICAL" in page
    for verdict in features(copy)[incident]["verdicts"]:
        assert verdict["clause"] in page


def test_the_public_notes_leak_no_exact_place(copy):
    withheld = secrets(copy)
    for incident, exact in list(features(copy).items())[:12]:
        assert run("flash", incident, "--in", copy, "--public").code == 0
        page = (copy / "public" / f"flash-{incident}.html").read_bytes()
        assert release.find_withheld(page, withheld) == [], incident
        assert f"{exact['lon']:.3f}".encode() not in page
        assert f"{exact['lat']:.3f}".encode() not in page


def test_the_internal_note_would_be_found_to_leak(copy, incident):
    run("flash", incident, "--in", copy, "--to", copy / "note.html")
    internal, public = (copy / "note.html").read_bytes(), copy / "note-public.html"
    run("flash", incident, "--in", copy, "--public", "--to", public)
    assert internal != public.read_bytes()


def test_a_note_shows_what_was_decided(copy, incident):
    for who in ("A. Person", "B. Person"):
        ran = run("review", "decide", incident, "--status", "inconclusive", "--reason", "jammed: no picture",
                  "--signer", who, "--key", copy.parent / f"{who}.key", "--in", copy)  # fmt: skip
        assert ran.code == 0, ran.err
    run("flash", incident, "--in", copy, "--to", copy / "note.html")
    assert "nconclusive" in (copy / "note.html").read_text(encoding="utf-8")


def test_an_unknown_incident_is_one_sentence(day):
    refused(run("flash", "TW-NOTHERE000", "--in", day), "found no incident")


def test_a_place_to_write_that_is_not_there_is_one_sentence(day, tmp_path):
    incident = next(iter(features(day)))
    refused(run("flash", incident, "--in", day, "--to", tmp_path / "no" / "note.html"), "No such file")


def test_a_note_says_how_it_was_observed_and_by_which_control_map_the_line_is_drawn(copy, incident):
    run("flash", incident, "--in", copy, "--to", copy / "note.html")
    page = (copy / "note.html").read_text(encoding="utf-8")
    assert "Means: not known" not in page
    assert "Contact line: control_map" in page


def test_an_incident_whose_place_nobody_knows_has_a_note_too(tmp_path):
    (tmp_path / "form.csv").write_text(
        "date,time_from,time_to,time_zone,position,means,number,observation\n"
        "2023-06-01,10:00,10:10,UTC,somewhere over there,heard,3,explosion\n"
    )
    out = tmp_path / "out"
    assert truce(tmp_path / "form.csv", out).code == 0
    (lost,) = features(out)
    assert run("flash", lost, "--in", out).code == 0
    assert run("flash", lost, "--in", out, "--public").code == 0
