"""What goes public is searched for what must not: every file of a released day, and the same files unreleased."""

import io
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.marking import Marking
from trucewatch.core.tables import IMPEDIMENTS, OBSERVATIONS
from trucewatch.release import (
    find_withheld,
    gather_secrets,
    redact_coverage,
    redact_incidents,
    redact_issues,
    redact_table,
    redact_verdict,
)
from trucewatch.report import daily, flash, incidents_geojson, incidents_table, issues_csv, summary_json

POST = (37.41237, 47.98766)
TEXT = "the old man at the mill said that the gun stood behind his barn"


@pytest.fixture(scope="module")
def internal(day):
    """The day as the mission sees it: a patrol's post, a witness, an issue that names the patrol."""
    seen = replace(day.incidents[0].place, kind="sector", lon_deg=POST[0], lat_deg=POST[1], summary_lon_deg=POST[0],
                   summary_lat_deg=POST[1])  # fmt: skip
    by_patrol = replace(day.incidents[0], place=seen)
    columns = {c: day.observations[c] for c in day.observations.column_names}
    rows = OBSERVATIONS.table({**columns, "asset": "PATROL-7", "text": TEXT, "place_kind": "sector",
                               "lon_deg": POST[0], "lat_deg": POST[1]}, day.observations.num_rows)  # fmt: skip
    stops = {c: day.impediments[c] for c in day.impediments.column_names}
    stopped = IMPEDIMENTS.table({**stops, "asset": "PATROL-7", "lon_deg": POST[0], "lat_deg": POST[1]}, 2)
    named = Issue("form.csv", IssueKind.DOUBTFUL, "PATROL-7 without a time", "a time", "the row is left out", 9)
    return replace(day, incidents=(by_patrol, *day.incidents[1:]), observations=rows, impediments=stopped,
                   issues=(*day.issues, named), audience=Marking.INTERNAL, describe={})  # fmt: skip


@pytest.fixture(scope="module")
def secrets(internal):
    return gather_secrets({"observations": [internal.observations], "impediments": [internal.impediments]})


def files(day, invented) -> dict[str, bytes]:
    sink = io.BytesIO()
    pq.write_table(incidents_table(day.incidents, day.verdicts), sink)
    rows = io.BytesIO()
    pq.write_table(day.observations, rows)
    note = invented.make_flash(day.incidents[0], describe=None)
    return {
        "report.html": daily.render(day), "flash.html": flash.render(day.incidents[0], note),
        "incidents.geojson": incidents_geojson(day.incidents, day.verdicts, day.audience),
        "incidents.parquet": sink.getvalue(), "observations.parquet": rows.getvalue(),
        "issues.csv": issues_csv(day.issues), "summary.json": summary_json(day),
    }  # fmt: skip


def test_no_public_file_holds_a_post_a_patrol_or_a_witness(internal, secrets, invented):
    audience = Marking.PUBLIC
    public = replace(
        internal, audience=audience, incidents=redact_incidents(internal.incidents, audience),
        verdicts=tuple(redact_verdict(v, audience) for v in internal.verdicts),
        observations=redact_table(internal.observations, OBSERVATIONS, audience),
        impediments=redact_table(internal.impediments, IMPEDIMENTS, audience),
        coverage=redact_coverage(internal.coverage, audience), issues=redact_issues(internal.issues, audience, secrets),
    )  # fmt: skip
    found = {name: find_withheld(data, secrets) for name, data in files(public, invented).items()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("name", ["incidents.geojson", "incidents.parquet", "observations.parquet", "issues.csv"])
def test_the_search_would_have_found_them(internal, secrets, invented, name):
    assert find_withheld(files(internal, invented)[name], secrets) != []


def test_the_place_of_a_public_incident_is_told_to_ten_kilometres_only(internal, invented):
    public = replace(internal, incidents=redact_incidents(internal.incidents, Marking.PUBLIC))
    table = pa.table(incidents_table(public.incidents, ()))
    assert set(table["place_kind"].to_pylist()) == {"pixel"}
    assert min(table["radius90_m"].to_pylist()) > 5_000
    assert "cells of at least 10 km" in daily.render(public).decode()
