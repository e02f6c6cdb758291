"""What the acoustic network heard, as a reader meets it."""

import json
from dataclasses import replace

import pytest

from trucewatch.core.records import SourceRef, Status
from trucewatch.core.tables import VOLLEYS
from trucewatch.report import NetworkFigures, NetworkRow, daily, lint_page, network_figures, summary_json
from trucewatch.report.lint import page_text

NETWORK = "acoustic_network"


def volleys(*rows):
    """Volleys: (class, p_real, sounds, nodes, arrivals)."""
    cls, p, count, nodes, arrivals = zip(*rows, strict=True)
    return VOLLEYS.table({
        "source": NETWORK, "file_sha256": "aa", "row": list(range(1, len(rows) + 1)), "t_start_ns": 0, "t_end_ns": 1,
        "class": list(cls), "p_real": list(p), "count": list(count), "count_unit": "sound", "nodes": list(nodes),
        "means": "detected", "arrivals": list(arrivals), "origins": [[k] for k in range(len(rows))],
    }, rows=len(rows))  # fmt: skip


THREE = (("explosion", 0.9, 6.0, 12, 60), ("explosion", 0.5, 2.0, 8, 15), (None, 0.8, 1.0, 5, 5))


def with_source(incident, *names):
    sources = tuple(SourceRef(n, "aa", 1, None, n, n, 0.9) for n in names)
    return replace(incident, sources=sources)


def section_of(page):
    return page.partition(b'<section id="network"')[2].partition(b"</section>")[0]


def test_volleys_are_counted_by_class_with_their_sounds_and_nodes():
    found = network_figures(volleys(*THREE), (), 100, 97, 400)
    assert found.explained == 80
    assert {r.cls: (r.volleys, r.expected, r.sounds, r.nodes50, r.nodes_most) for r in found.rows} == {
        "explosion": (2, pytest.approx(1.4), 8.0, 10.0, 12), None: (1, pytest.approx(0.8), 1.0, 5.0, 5)}  # fmt: skip


def test_incidents_that_rest_on_the_network_alone_are_told_apart(day):
    a, b, c, d = day.incidents[:4]
    given = (with_source(a, NETWORK), with_source(b, NETWORK, "observer"), with_source(c, "observer"),
             replace(with_source(d, NETWORK), status=Status.RETIRED))  # fmt: skip
    found = network_figures(volleys(*THREE), given, 100, 97, 400)
    assert (found.incidents, found.alone) == (2, 1)


def test_without_nodes_and_triggers_there_is_no_section(day):
    assert network_figures(VOLLEYS.empty(), (), 0, 0, 0) is None
    assert section_of(daily.render(day)) == b""


@pytest.fixture(scope="module")
def heard():
    return NetworkFigures(102, 99, 29_203, 3_027, 58, 19, (
        NetworkRow("explosion", 50, 48.7, 197.0, 14.5, 51), NetworkRow(None, 16, 14.6, 57.0, 7.0, 15)))  # fmt: skip


def test_the_table_says_its_unit_its_means_and_its_coverage(day, heard):
    told = page_text(section_of(daily.render(replace(day, network=heard))))
    assert "Unit: volley" in told
    assert "Means: heard by the network of 102 nodes" in told
    assert "Coverage: 99 of 102 nodes sent something" in told
    assert "58 incidents rest on the network, 19 of them on nothing else" in told


def test_totals_are_computed(day, heard):
    told = page_text(section_of(daily.render(replace(day, network=heard))))
    assert " ".join(told.split()).find("All 66 63.3 254") >= 0


def test_nothing_heard_is_no_evidence_of_nothing(day):
    quiet = network_figures(VOLLEYS.empty(), (), 102, 102, 15_000)
    told = page_text(section_of(daily.render(replace(day, network=quiet))))
    assert "That is not evidence that nothing happened" in told


def test_the_section_is_worded_as_the_linter_wants(day, heard):
    page = daily.render(replace(day, network=heard))
    assert lint_page(page, "daily") == []


def test_the_summary_carries_the_same_figures(day, heard):
    counts = json.loads(summary_json(replace(day, network=heard)))["counts"]["network"]
    assert (counts["nodes"], counts["incidents"], counts["rows"][0]["sounds"]) == (102, 58, 197.0)
    assert json.loads(summary_json(day))["counts"]["network"] is None
