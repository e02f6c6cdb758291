"""Data files: the columns that other programs were promised, in text that they can read."""

import csv
import io
import json
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.marking import Marking
from trucewatch.report import incidents_geojson, incidents_table, issues_csv, summary_json

COLUMNS = ["schema_version", "incident_id", "version", "supersedes", "status", "t_start", "t_end", "class", "p_real",
           "place_kind", "place", "lon", "lat", "radius90_m", "casualties", "sources", "verdicts"]  # fmt: skip


@pytest.fixture(scope="module")
def features(day):
    return json.loads(incidents_geojson(day.incidents, day.verdicts, Marking.PUBLIC, ("SYNTHETIC DATA",)))


def test_the_columns_are_exactly_those_promised(day, features):
    assert incidents_table(day.incidents, day.verdicts).column_names == COLUMNS
    assert list(features["features"][0]["properties"]) == COLUMNS


def test_the_file_says_for_whom_it_is_and_what_every_page_says(features):
    assert (features["audience"], features["labels"], features["type"]) == (
        "PUBLIC",
        ["SYNTHETIC DATA"],
        "FeatureCollection",
    )


def test_the_geometry_is_the_summary_point(features):
    first = features["features"][0]
    assert first["geometry"]["coordinates"] == [first["properties"]["lon"], first["properties"]["lat"]]


def test_an_unknown_place_has_no_geometry(day):
    nowhere = replace(day.incidents[0].place, kind=None, lon_deg=None, lat_deg=None, summary_lon_deg=float("nan"),
                      summary_lat_deg=None, radius90_m=None)  # fmt: skip
    text = incidents_geojson((replace(day.incidents[0], place=nowhere),), (), Marking.PUBLIC)
    feature = json.loads(text)["features"][0]
    assert feature["geometry"] is None
    assert feature["properties"]["place"] is None


def test_times_are_iso_8601_in_utc(features):
    assert all(f["properties"]["t_start"].endswith("Z") for f in features["features"])
    assert features["features"][0]["properties"]["t_start"].startswith("2030-05-0")


def test_each_incident_carries_its_sources_and_verdicts(day, features):
    by_id = {f["id"]: f["properties"] for f in features["features"]}
    judged = day.verdicts[0]
    assert by_id[judged.subject]["verdicts"][0]["reason"] == judged.reason
    assert set(by_id[judged.subject]["sources"][0]) == {"source", "file_sha256", "row", "native_key", "group", "p_link"}


def test_the_table_survives_parquet(day):
    sink = io.BytesIO()
    table = incidents_table(day.incidents, day.verdicts)
    pq.write_table(table, sink)
    assert pq.read_table(io.BytesIO(sink.getvalue())).equals(table)
    assert json.loads(table["place"][0].as_py())["lon_deg"] == pytest.approx(day.incidents[0].place.lon_deg, abs=1e-6)


def test_no_incidents_make_an_empty_file_that_still_reads(day):
    assert json.loads(incidents_geojson((), (), Marking.PUBLIC))["features"] == []
    assert incidents_table((), ()).num_rows == 0


def test_issues_are_one_row_each_with_quotes_and_commas_kept():
    issue = Issue("a.csv", IssueKind.REJECTED, 'a "quoted", comma', "none", "left out", 3)
    rows = list(csv.DictReader(io.StringIO(issues_csv((issue,)).decode())))
    assert (rows[0]["found"], rows[0]["row"], rows[0]["kind"]) == ('a "quoted", comma', "3", "rejected")


@pytest.mark.parametrize("found", ['=HYPERLINK("http://example.org")', "+1", "-1", "@cmd", "\tx"])
def test_words_that_a_spreadsheet_would_run_are_made_harmless(found):
    issue = Issue("a.csv", IssueKind.DOUBTFUL, found, "", "")
    row = next(csv.DictReader(io.StringIO(issues_csv((issue,)).decode(), newline="")))
    assert row["found"] == f"'{found}"


def test_the_summary_counts_with_unit_means_and_coverage(day):
    value = json.loads(summary_json(day))
    assert value["basis"] == {"unit": "incident", "means": ["heard", "imaged", "reported"],
                              "coverage": pytest.approx(0.24), "impeded": True}  # fmt: skip
    assert value["counts"]["incidents"] == len(day.incidents)
    assert sum(value["counts"]["incidents_by_class"].values()) == len(day.incidents)
    assert value["versions"]["program"] == "0.1.0"
