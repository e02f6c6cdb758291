"""`trucewatch detect`: from files to a table that other programs read."""

import csv

import numpy as np
import pytest
from tests.cli.conftest import refused, run

from trucewatch.scenario.array_waves import RING4, Wave, broken, synthetic_record
from trucewatch.sense.network_csv import read_triggers
from trucewatch.sense.source import Source

obspy = pytest.importorskip("obspy")
COLUMNS = ["time", "duration_s", "array", "back_azimuth_deg", "back_azimuth_sigma_deg", "trace_velocity_m_s",
           "f_statistic", "correlation", "rejected_elements"]  # fmt: skip
BEARINGS = (75.0, 262.0, 317.0)
START = "2026-03-14T05:00:00Z"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A synthetic array with a dead element: miniSEED and its list of elements."""
    out = tmp_path_factory.mktemp("array")
    rng = np.random.default_rng(1)
    waves = tuple(Wave(60.0 + 90 * i, 8.0, b, 345.0, 9.0) for i, b in enumerate(BEARINGS))
    record = broken(synthetic_record(rng, waves, 330.0), rng, "deaf", 1)
    header = {"network": "XX", "channel": "HDF", "sampling_rate": 100.0, "starttime": obspy.UTCDateTime(START)}
    traces = [
        obspy.Trace((1000 * row).astype(np.int32), {**header, "station": f"SYN{i + 1}"})
        for i, row in enumerate(record.samples)
    ]
    obspy.Stream(traces).write(str(out / "syn.mseed"), format="MSEED")
    rows = [f"{t.id},{e},{n}" for t, e, n in zip(traces, *RING4, strict=True)]
    (out / "elements.csv").write_text("\n".join(["id,east_m,north_m", *rows]))
    return out


def test_the_table_has_its_columns_and_names_the_dead_element(folder, tmp_path):
    out = tmp_path / "detections.csv"
    ran = run("detect", folder / "syn.mseed", "--elements", folder / "elements.csv", "--band", 0.5, 5, "--window", 30,
              "--out", out)  # fmt: skip
    assert ran.code == 0, ran.err
    assert "element XX.SYN2..HDF dead" in ran.err
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == COLUMNS
    assert [float(r["back_azimuth_deg"]) for r in rows] == pytest.approx(BEARINGS, abs=2.0)
    assert {(r["array"], r["rejected_elements"]) for r in rows} == {("SYN", "XX.SYN2..HDF")}


def test_the_table_reads_back_as_infrasound_triggers(folder, tmp_path):
    out = tmp_path / "detections.csv"
    run("detect", folder / "syn.mseed", "--elements", folder / "elements.csv", "--out", out)
    table, issues = read_triggers(Source("detections.csv", out.read_bytes()))[:2]
    assert set(table.column("phase").to_pylist()) == {"infrasound"}
    assert table.column("back_azimuth_deg").to_pylist() == pytest.approx(BEARINGS, abs=2.0)
    assert not issues


def test_without_coordinates_there_is_an_issue_for_each_element_and_an_empty_table(folder, tmp_path):
    out = tmp_path / "detections.csv"
    ran = run("detect", folder / "syn.mseed", "--out", out)
    assert ran.code == 0
    assert ran.err.count("without coordinates") == 4
    assert out.read_text().splitlines() == [",".join(COLUMNS)]


def test_a_file_that_is_not_there(tmp_path):
    refused(run("detect", tmp_path / "no.mseed", "--out", tmp_path / "d.csv"), "found no file", "check the name")


def test_a_file_that_holds_no_waveforms(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    refused(run("detect", path, "--out", tmp_path / "d.csv"), "found no waveforms in", "needed miniSEED, SAC, WAV")


def test_a_band_upside_down(folder, tmp_path):
    ran = run("detect", folder / "syn.mseed", "--band", 5, 0.5, "--out", tmp_path / "d.csv")
    refused(ran, "band 5 to 0.5 Hz", "needed 0 < low < high")


def test_a_window_too_short_for_its_band(folder, tmp_path):
    ran = run("detect", folder / "syn.mseed", "--window", 1, "--out", tmp_path / "d.csv")
    refused(ran, "windows of 1 s", "give 4 s or more")


def test_a_list_of_elements_that_is_no_list(folder, tmp_path):
    bad = tmp_path / "elements.csv"
    bad.write_text("station;x;y\n")
    ran = run("detect", folder / "syn.mseed", "--elements", bad, "--out", tmp_path / "d.csv")
    refused(ran, "elements.csv", "needed id and lon, lat")
