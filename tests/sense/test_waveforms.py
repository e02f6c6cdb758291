"""Waveforms as instruments write them, whole and broken: miniSEED, SAC, WAV, StationXML, lists of elements."""

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trucewatch.core.errors import CommandError
from trucewatch.core.times import parse_instant
from trucewatch.sense.array_elements import read_elements
from trucewatch.sense.array_grid import array_name
from trucewatch.sense.waveforms import read_waveforms

obspy = pytest.importorskip("obspy")
START = "2026-03-14T05:00:00Z"
STATIONS = ("TWA1", "TWA2", "TWA3", "TWA4")
PLACES = "id,lon,lat\n" + "".join(
    f"XX.{s}..HDF,{36 + i * 0.001},{48 + (i % 2) * 0.001}\n" for i, s in enumerate(STATIONS)
)


def trace(station="TWA1", seconds=60.0, rate=100.0, start=START, data=None, channel="HDF"):
    header = {"network": "XX", "station": station, "channel": channel, "sampling_rate": rate,
              "starttime": obspy.UTCDateTime(start)}  # fmt: skip
    if data is None:
        data = np.random.default_rng(1).integers(-1000, 1000, int(seconds * rate)).astype(np.int32)
    return obspy.Trace(data, header)


def written(folder: Path, *traces, name="a.mseed", form="MSEED"):
    path = folder / name
    obspy.Stream(list(traces)).write(str(path), format=form)
    return path


def words(issues):
    return " | ".join(str(i) for i in issues)


def test_miniseed_gives_its_samples_times_and_names(tmp_path):
    traces = [trace(s) for s in STATIONS]
    (record,), issues = read_waveforms([written(tmp_path, *traces)])
    assert (record.array, record.rate_hz, record.t_start_ns) == ("TWA", 100.0, parse_instant(START))
    assert record.elements == tuple(t.id for t in traces)
    assert np.array_equal(record.samples, np.stack([t.data for t in traces]))
    assert issues == ()


def test_a_list_of_elements_gives_places_in_metres_from_the_middle(tmp_path):
    places, issues = read_elements(PLACES, "elements.csv")
    (record,), _ = read_waveforms([written(tmp_path, *[trace(s) for s in STATIONS])], places)
    assert issues == ()
    assert np.ptp(record.north_m) == pytest.approx(111.2, abs=0.1)  # a thousandth of a degree at 48° N
    assert np.ptp(record.east_m) == pytest.approx(3 * 74.6, abs=0.3)
    assert (record.lon_deg, record.lat_deg) == pytest.approx((36.0015, 48.0005))


def test_metres_are_taken_as_they_are(tmp_path):
    text = "id,east_m,north_m\n" + "".join(f"XX.{s}..HDF,{100 * i},{50 * i * i}\n" for i, s in enumerate(STATIONS))
    (record,), _ = read_waveforms([written(tmp_path, *[trace(s) for s in STATIONS])], read_elements(text, "e")[0])
    assert record.east_m == pytest.approx([-150, -50, 50, 150])
    assert record.lon_deg is None


def test_sac_headers_give_places_and_how_finely_they_are_rounded(shared_data):
    (record,), _ = read_waveforms(sorted((shared_data / "infrasound_brp").glob("*.SAC")))
    assert record.array == "BRP"
    assert np.ptp(record.east_m) == pytest.approx(155, abs=2)  # 0.0018° at 39.47° N
    assert record.position_sigma_m == pytest.approx(3.2, abs=0.1)  # four decimals of a degree


def test_stationxml_gives_places(tmp_path):
    from obspy.core.inventory import Channel, Inventory, Network, Station

    channel = Channel("HDF", "", latitude=48.5, longitude=36.25, elevation=100.0, depth=0.0, sample_rate=100.0)
    station = Station("TWA1", latitude=0.0, longitude=0.0, elevation=0.0, channels=[channel])
    path = tmp_path / "stations.xml"
    Inventory(networks=[Network("XX", stations=[station])], source="test").write(str(path), format="STATIONXML")
    (record,), issues = read_waveforms([path, written(tmp_path, trace("TWA1"), trace("TWA2"))])
    assert (record.lon_deg, record.lat_deg) == (36.25, 48.5)
    assert np.isnan(record.east_m).tolist() == [False, True]
    assert issues == ()


def test_a_wav_takes_its_time_from_its_name(tmp_path):
    path = tmp_path / "mic1_20260314_050000.wav"
    trace(rate=8000.0, seconds=2.0, data=np.arange(16000, dtype=np.int16)).write(
        str(path), format="WAV", framerate=8000
    )
    (record,), issues = read_waveforms([path], array="MIC")
    assert (record.array, record.rate_hz, record.t_start_ns) == ("MIC", 8000.0, parse_instant(START))
    assert record.elements == ("mic1_20260314_050000",)
    assert issues == ()


def test_a_wav_without_a_time_is_told(tmp_path):
    path = tmp_path / "mic.wav"
    trace(rate=8000.0, seconds=2.0, data=np.arange(16000, dtype=np.int16)).write(
        str(path), format="WAV", framerate=8000
    )
    (record,), issues = read_waveforms([path])
    assert record.t_start_ns == 0
    assert "a WAV without a time" in words(issues)


def test_files_one_after_the_other_become_one_record_and_a_gap_becomes_nan(tmp_path):
    first = written(tmp_path, trace(seconds=60.0), name="a.mseed")
    second = written(tmp_path, trace(seconds=60.0, start="2026-03-14T05:01:05Z"), name="b.mseed")
    (record,), issues = read_waveforms([second, first])
    assert record.samples.shape == (1, 12500)
    assert np.flatnonzero(np.isnan(record.samples[0])).tolist() == list(range(6000, 6500))
    assert issues == ()


def test_files_of_different_days_become_two_records(tmp_path):
    first = written(tmp_path, trace(), name="a.mseed")
    second = written(tmp_path, trace(start="2026-03-20T05:00:00Z"), name="b.mseed")
    assert len(read_waveforms([first, second])[0]) == 2


def test_another_sampling_rate_is_left_out_and_named(tmp_path):
    files = written(tmp_path, *[trace(s) for s in STATIONS[:3]], trace("TWA4", rate=40.0))
    (record,), issues = read_waveforms([files])
    assert len(record.elements) == 3
    assert "XX.TWA4..HDF with 40 samples a second; needed 100" in words(issues)


def test_an_element_that_begins_between_samples_says_by_how_much(tmp_path):
    files = written(tmp_path, trace("TWA1"), trace("TWA2", start="2026-03-14T05:00:00.003Z"))
    (record,), _ = read_waveforms([files])
    assert record.lag_s == pytest.approx([0.0, 0.003])


def test_two_files_that_differ_at_the_same_times_are_told(tmp_path):
    first = written(tmp_path, trace(data=np.zeros(6000, dtype=np.int32)), name="a.mseed")
    second = written(tmp_path, trace(data=np.ones(6000, dtype=np.int32)), name="b.mseed")
    assert "6,000 samples that differ" in words(read_waveforms([first, second])[1])


def test_a_broken_file_is_named_and_the_others_go_on(tmp_path):
    bad = tmp_path / "bad.mseed"
    bad.write_bytes(b"this is no seismogram" * 100)
    empty = tmp_path / "empty.mseed"
    empty.write_bytes(b"")
    (record,), issues = read_waveforms([bad, empty, written(tmp_path, trace())])
    assert len(record.elements) == 1
    assert [i.source for i in issues] == ["bad.mseed", "empty.mseed"]


def test_a_pickle_is_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    trap = tmp_path / "trap.mseed"
    trap.write_bytes(pickle.dumps(Trap()))
    _, issues = read_waveforms([trap, written(tmp_path, trace())])
    assert "another format" in words(issues)
    assert not (tmp_path / "sprung").exists()


def test_nothing_that_can_be_read_is_one_clear_sentence(tmp_path):
    bad = tmp_path / "notes.txt"
    bad.write_text("time,node\n")
    with pytest.raises(CommandError, match="needed miniSEED, SAC, WAV or StationXML; check the files"):
        read_waveforms([bad])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 3000), at=st.integers(0, 3000), junk=st.binary(max_size=40))
def test_no_damage_to_a_file_is_a_crash(tmp_path, cut, at, junk):
    whole = written(tmp_path, trace(seconds=10.0), name="whole.mseed").read_bytes()
    hurt = tmp_path / "hurt.mseed"
    hurt.write_bytes((whole[:at] + junk + whole[at + len(junk) :])[: len(whole) - cut])
    records, issues = read_waveforms([hurt, written(tmp_path, trace("TWA2"))])
    assert records
    assert all(i.source == "hurt.mseed" for i in issues)


def test_without_obspy_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "obspy", None)
    with pytest.raises(CommandError, match=r"needed it to read waveforms; install it with: pip install"):
        read_waveforms([tmp_path / "a.mseed"])


@pytest.mark.parametrize(
    ("row", "found"),
    [("XX.TWA1..HDF,36.0,948.0", "at 36.0, 948.0"), ("XX.TWA1..HDF,here,48.0", "at here, 48.0"), (",36,48", "no id"),
     ("XX.TWA1..HDF,nan,48", "at nan, 48"), ("XX.TWA1..HDF", "XX.TWA1..HDF at")],
)  # fmt: skip
def test_a_bad_row_of_a_list_is_named_and_the_others_go_on(row, found):
    places, issues = read_elements(f"id,lon,lat\n{row}\nXX.TWA2..HDF,36,48\n", "elements.csv")
    assert list(places) == ["XX.TWA2..HDF"]
    assert found in issues[0].found
    assert issues[0].row == 1


def test_an_element_listed_twice_keeps_its_first_place():
    places, issues = read_elements("id,east_m,north_m\nA,0,0\nA,5,5\n", "elements.csv")
    assert places["A"].east_m == 0.0
    assert "A a second time" in issues[0].found


@pytest.mark.parametrize("text", ["", "name,x,y\nA,1,2\n", "id,lon\nA,1\n"])
def test_a_list_without_its_columns_is_one_clear_sentence(text):
    with pytest.raises(CommandError, match="needed id and lon, lat or id and east_m, north_m"):
        read_elements(text, "elements.csv")


@pytest.mark.parametrize(("station", "name"), [("BRP1", "BRP"), ("I57H4", "I57H"), ("DELTA", "DELTA"), ("0042", "XX")])
def test_stations_that_differ_in_their_last_number_are_one_array(station, name):
    assert array_name("XX", station) == name
