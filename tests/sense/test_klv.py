"""Drone metadata, MISB ST 0601: packets made here, whole and broken on purpose."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from klvdata import StreamParser
from tstrans import mpegts

from trucewatch.core.columns import integers, strings
from trucewatch.core.errors import CommandError
from trucewatch.core.issue import IssueKind
from trucewatch.core.parts import read_parts
from trucewatch.core.reading import Reading
from trucewatch.core.tables import SCHEMAS
from trucewatch.core.times import SECOND_NS, parse_instant
from trucewatch.sense import Config, klv
from trucewatch.sense.klv_limits import KlvConfig
from trucewatch.sense.klv_packets import KEY
from trucewatch.sense.source import Source

START_NS = parse_instant("2025-04-19T06:00:00Z")
INVALID = b"\x80\x00\x00\x00"  # the standard's word for a position that the aircraft does not know


def mapped(low: float, high: float, size: int) -> Callable[[float], bytes]:
    """Return the standard's linear map of a range onto unsigned integers, or signed ones where it is symmetric."""
    if low == -high:
        return lambda x: round(x / high * (2 ** (8 * size - 1) - 1)).to_bytes(size, "big", signed=True)
    return lambda x: round((x - low) / (high - low) * (2 ** (8 * size) - 1)).to_bytes(size, "big")


OFFSET, LAT, LON, HEIGHT = mapped(-0.075, 0.075, 2), mapped(-90, 90, 4), mapped(-180, 180, 4), mapped(-900, 19000, 2)
ITEMS: dict[str, tuple[int, Callable[..., bytes]]] = {
    "t_s": (2, lambda s: (START_NS // 1000 + round(s * 1e6)).to_bytes(8, "big")),
    "tail": (4, str.encode), "designation": (10, str.encode),
    "heading": (5, mapped(0, 360, 2)), "pitch": (6, mapped(-20, 20, 2)), "roll": (7, mapped(-50, 50, 2)),
    "lat": (13, LAT), "lon": (14, LON), "alt": (15, HEIGHT), "hfov": (16, mapped(0, 180, 2)),
    "vfov": (17, mapped(0, 180, 2)), "az": (18, mapped(0, 360, 4)), "el": (19, mapped(-180, 180, 4)),
    "rotation": (20, mapped(0, 360, 4)), "width": (22, mapped(0, 10000, 2)),
    "centre_lat": (23, LAT), "centre_lon": (24, LON), "ground": (25, HEIGHT),
    **{f"d{axis}{k}": (24 + 2 * k + (axis == "lon"), OFFSET) for k in (1, 2, 3, 4) for axis in ("lat", "lon")},
    **{f"{axis}{k}": (80 + 2 * k + (axis == "lon"), LON if axis == "lon" else LAT) for k in (1, 2, 3, 4)
       for axis in ("lat", "lon")},
    "security": (48, lambda level: bytes([1, 1, level])), "leap_s": (136, lambda s: s.to_bytes(1, "big")),
}  # fmt: skip
CORNERS = {f"d{axis}{k}": sign * 0.002 for axis, signs in (("lat", (1, 1, -1, -1)), ("lon", (-1, 1, 1, -1)))
           for k, sign in zip((1, 2, 3, 4), signs, strict=True)}  # fmt: skip
SIGHT = {"lat": 48.2, "lon": 37.5, "alt": 1500.0, "centre_lat": 48.2, "centre_lon": 37.52, "ground": 200.0, **CORNERS}
NAMED = {"designation": "Kestrel", "tail": "M-7"}


def checksum(packet: bytes) -> int:
    """Return the 16-bit sum of a packet up to its checksum, as the standard's example code takes it."""
    return sum(byte << (8 * (1 - k % 2)) for k, byte in enumerate(packet)) & 0xFFFF


def item(tag: int, value: bytes) -> bytes:
    """Return one item; tags from 128 on take two bytes (BER-OID)."""
    name = bytes([tag]) if tag < 128 else bytes([0x80 | tag >> 7, tag & 0x7F])
    return name + bytes([len(value)]) + value


def sealed(body: bytes) -> bytes:
    """Return a packet of these items with its key, length and checksum."""
    size = len(body) + 4
    length = bytes([size]) if size < 128 else bytes([0x82]) + size.to_bytes(2, "big")
    packet = KEY + length + body + b"\x01\x02"
    return packet + checksum(packet).to_bytes(2, "big")


def packet(*more: bytes, **items: float | str | bytes) -> bytes:
    """Return a packet; bytes stand for themselves, further items come as they are."""
    pieces = [(ITEMS[name], value) for name, value in items.items()]
    body = [item(tag, value if isinstance(value, bytes) else encode(value)) for (tag, encode), value in pieces]
    return sealed(b"".join([*body, *more]))


def flight(times_s: np.ndarray, **items: float | str) -> bytes:
    """Return a flight that looks at one place."""
    return b"".join(packet(t_s=float(t), **{**NAMED, **SIGHT, **items}) for t in times_s)


def read(data: bytes, config: KlvConfig | None = None, **thresholds: object) -> Reading:
    (reading,) = klv.read(Source("flight.bin", data, Config(klv=config or KlvConfig(), **thresholds)))
    SCHEMAS["coverage"].check(reading.table)
    return reading


def rows_of(reading: Reading, kind: IssueKind) -> list[int | None]:
    return [i.row for i in reading.issues if i.kind is kind]


def seconds(reading: Reading) -> list[tuple[float, float]]:
    """Return the intervals in seconds after the start."""
    start_ns, end_ns = (integers(reading.table, name) for name in ("t_start_ns", "t_end_ns"))
    return list(zip((start_ns - START_NS) / SECOND_NS, (end_ns - START_NS) / SECOND_NS, strict=True))


def test_a_flight_becomes_coverage_by_its_aircraft():
    reading = read(flight(np.arange(0, 20.0, 0.5)))
    assert not reading.issues
    assert seconds(reading) == [(0, 10), (10, 20)]
    assert integers(reading.table, "row").tolist() == [1, 21]
    row = reading.table.to_pylist()[0]
    assert (row["asset"], row["asset_kind"], row["working"], row["p_detect"]) == ("Kestrel M-7", "uav", True, None)
    ground = shapely.from_wkb(row["geometry"])
    assert ground.bounds == pytest.approx((37.518, 48.198, 37.522, 48.202), abs=1e-5)


def test_an_interval_covers_all_the_ground_that_was_seen_in_it():
    east = np.arange(10)
    data = b"".join(flight(np.array([float(k)]), centre_lon=37.52 + 0.01 * k) for k in east)
    (ground,) = shapely.from_wkb(read(data).table["geometry"].to_pylist())
    assert shapely.contains_xy(ground, 37.52 + 0.01 * east, 48.2).all()
    assert ground.geom_type == "MultiPolygon"  # nothing is claimed between the pictures


def test_a_silence_ends_a_stretch_and_the_last_picture_holds_as_long_as_the_one_before():
    reading = read(flight(np.array([0.0, 1, 2, 60, 61])))
    assert seconds(reading) == [(0, 3), (60, 62)]


def test_a_single_picture_covers_no_time_to_speak_of():
    ((start, end),) = seconds(read(flight(np.array([5.0]))))
    assert (start, end) == (5, pytest.approx(5, abs=1e-8))


def test_the_missions_own_figure_of_detection_is_taken():
    assert read(flight(np.array([0.0, 1])), KlvConfig(p_detect=0.4)).table["p_detect"].to_pylist() == [0.4]


def test_two_aircraft_in_one_file_stay_apart():
    reading = read(flight(np.arange(3.0)) + flight(np.arange(3.0, 6), tail="M-8"))
    assert strings(reading.table, "asset").tolist() == ["Kestrel M-7", "Kestrel M-8"]


def test_a_name_said_once_holds_for_the_packets_around_it():
    data = packet(t_s=0.0, **SIGHT) + packet(t_s=1.0, **NAMED) + packet(t_s=2.0, **SIGHT)
    assert strings(read(data).table, "asset").tolist() == ["Kestrel M-7"]


def test_an_aircraft_without_a_name_is_named_by_its_file():
    reading = read(packet(t_s=0.0, **SIGHT))
    assert strings(reading.table, "asset").tolist() == ["unnamed aircraft of flight.bin"]
    assert "no name of the aircraft" in str(reading.issues[0])


@pytest.mark.parametrize(("items", "bounds"), [
    ({"lat1": 48.3, "lon1": 37.5, "lat2": 48.3, "lon2": 37.6, "lat3": 48.2, "lon3": 37.6, "lat4": 48.2, "lon4": 37.5,
      **SIGHT}, (37.5, 48.2, 37.6, 48.3)),
    ({"centre_lat": 48.2, "centre_lon": 37.52, "width": 2000.0},
     (37.52 - 0.013452, 48.2 - 0.008993, 37.52 + 0.013452, 48.2 + 0.008993)),
])  # fmt: skip
def test_full_corners_go_before_offsets_and_a_width_is_taken_where_there_are_no_corners(items, bounds):
    (ground,) = shapely.from_wkb(read(packet(t_s=0.0, **NAMED, **items)).table["geometry"].to_pylist())
    assert ground.bounds == pytest.approx(bounds, abs=2e-5)


def test_without_corners_the_ground_is_found_from_the_way_the_camera_points():
    pose = {"lat": 48.2, "lon": 37.5, "alt": 1200.0, "ground": 200.0, "heading": 90.0, "pitch": 0.0, "roll": 0.0,
            "az": 0.0, "el": -45.0, "rotation": 0.0, "hfov": 10.0, "vfov": 10.0}  # fmt: skip
    (ground,) = shapely.from_wkb(read(packet(t_s=0.0, **NAMED, **pose)).table["geometry"].to_pylist())
    assert shapely.contains_xy(ground, 37.5 + 1000 / 74_350, 48.2)  # 45° down from 1,000 m: 1 km east


def test_a_bad_checksum_leaves_the_packet_out_and_its_neighbours_in():
    good = [packet(t_s=float(k), **NAMED, **SIGHT) for k in range(3)]
    broken = good[1][:40] + bytes([good[1][40] ^ 4]) + good[1][41:]
    reading = read(good[0] + broken + good[2])
    assert rows_of(reading, IssueKind.REJECTED) == [2]
    assert "checksum mismatch" in reading.issues[0].found
    assert seconds(reading) == [(0, 4)]


def test_a_packet_without_a_checksum_is_left_out():
    body = item(2, ITEMS["t_s"][1](0.0)) + item(22, b"\x40\x00")
    reading = read(KEY + bytes([len(body)]) + body)
    assert rows_of(reading, IssueKind.REJECTED) == [1]


def test_an_invalid_frame_centre_is_named_by_its_packet():
    lost = packet(t_s=1.0, **NAMED, **{**SIGHT, "centre_lat": INVALID, "centre_lon": INVALID})
    reading = read(packet(t_s=0.0, **NAMED, **SIGHT) + lost)
    (issue,) = reading.issues
    assert (issue.row, issue.kind) == (2, IssueKind.DOUBTFUL)
    assert "invalid frame centre" in issue.found
    assert "check the camera" in issue.action


def test_a_frame_centre_of_0_0_is_invalid():
    reading = read(packet(t_s=0.0, **NAMED, **{**SIGHT, "centre_lat": 0.0, "centre_lon": 0.0}))
    assert reading.table.num_rows == 0
    assert "invalid frame centre" in reading.issues[0].found


def test_ground_beyond_100_km_is_not_believed():
    reading = read(packet(t_s=0.0, **NAMED, **{**SIGHT, "centre_lat": 50.0}))
    assert reading.table.num_rows == 0
    assert "200." in reading.issues[0].found


@pytest.mark.parametrize("items", [
    {"ground": 2000.0},
    {"heading": 0.0, "pitch": 0.0, "roll": 0.0, "az": 0.0, "el": 3.0, "rotation": 0.0},
])  # fmt: skip
def test_a_camera_that_looks_above_the_horizon_sees_no_ground(items):
    reading = read(packet(t_s=0.0, **NAMED, **{**SIGHT, **items}))
    assert reading.table.num_rows == 0
    assert "above the horizon" in reading.issues[0].found


def test_packets_that_say_nothing_about_the_ground_are_counted_once():
    reading = read(packet(t_s=0.0, **NAMED) + packet(t_s=1.0, **NAMED))
    (issue,) = reading.issues
    assert issue.found.startswith("2 of 2 packets")


def test_a_clock_that_goes_back_is_named_and_both_stretches_stay():
    reading = read(flight(np.array([100.0, 101, 0, 1])))
    assert rows_of(reading, IssueKind.DOUBTFUL) == [3]
    assert seconds(reading) == [(100, 102), (0, 2)]


@pytest.mark.parametrize("stamp", [b"\x00" * 8, b"\xff" * 8, (10**15).to_bytes(8, "big")[:-1] + b"\x00" * 2, b"\x01"])
def test_a_time_that_no_clock_shows_is_rejected(stamp):
    reading = read(packet(t_s=stamp, **NAMED, **SIGHT))
    assert rows_of(reading, IssueKind.REJECTED) == [1]
    assert reading.table.num_rows == 0


def test_a_time_in_the_future_or_before_1990_is_rejected():
    data = flight(np.array([0.0, 1, 3600, -40 * 365.25 * 86400]))
    reading = read(data, not_after_ns=START_NS + 60 * SECOND_NS)
    assert rows_of(reading, IssueKind.REJECTED) == [3, 4]
    assert "1985" in "".join(i.found for i in reading.issues)


def test_leap_seconds_that_a_packet_states_are_taken_off():
    assert seconds(read(packet(t_s=27.0, leap_s=27, **NAMED, **SIGHT)))[0][0] == 0


def test_a_truncated_last_packet_is_named_and_the_others_are_read():
    data = flight(np.arange(3.0))
    reading = read(data[:-7])
    assert rows_of(reading, IssueKind.REJECTED) == [3]
    assert "of which" in reading.issues[0].found
    assert seconds(reading) == [(0, 2)]


def test_bytes_between_packets_are_skipped_and_counted():
    one, two = packet(t_s=0.0, **NAMED, **SIGHT), packet(t_s=1.0, **NAMED, **SIGHT)
    reading = read(b"noise" + one + b"more noise" + two)
    assert [(i.row, i.found) for i in reading.issues] == [
        (None, "5 bytes before the first packet"), (1, "10 bytes after this packet")
    ]  # fmt: skip
    assert seconds(reading) == [(0, 2)]


def test_a_length_that_swallows_the_next_packet_costs_only_its_own():
    one, two = packet(t_s=0.0, **NAMED, **SIGHT), packet(t_s=1.0, **NAMED, **SIGHT)
    long = one[:17] + (len(one) + 50).to_bytes(2, "big") + one[19:]
    reading = read(long + two)
    assert rows_of(reading, IssueKind.REJECTED) == [1]
    assert integers(reading.table, "row").tolist() == [2]


def test_an_item_without_a_value_stays_unknown_and_is_named():
    reading = read(packet(t_s=0.0, **NAMED, **{**SIGHT, "centre_lat": b""}))
    assert reading.table.num_rows == 0
    assert any("tag 23" in i.found for i in reading.issues)


def test_unknown_items_are_passed_over_in_silence():
    reading = read(packet(item(200, b"later edition"), item(127, b""), t_s=0.0, **NAMED, **SIGHT))
    assert not reading.issues
    assert reading.table.num_rows == 1


@pytest.mark.parametrize("data", [b"not a packet", b"", KEY[:-1], b"G" + bytes(187)])
def test_a_file_without_a_packet_is_unreadable(data):
    reading = read(data)
    assert [i.kind for i in reading.issues] == [IssueKind.UNREADABLE]
    assert reading.table.num_rows == 0


def test_classified_data_are_read_and_named_once():
    reading = read(flight(np.arange(3.0), security=4))
    (issue,) = reading.issues
    assert (issue.row, issue.found) == (1, "the classification SECRET")
    assert reading.table.num_rows == 1
    assert not read(flight(np.arange(3.0), security=1)).issues


def test_rows_of_one_fault_are_named_up_to_the_limit():
    lost = flight(np.arange(9.0), centre_lat=INVALID, centre_lon=INVALID)
    assert len(read(lost, issues_per_kind=4).issues) == 5


def test_the_exact_bytes_of_a_packet_come_back():
    pieces = [packet(t_s=float(k), **NAMED, **SIGHT) for k in range(3)]
    data = b"noise" + b"noise".join(pieces)
    assert [klv.raw_row(data, k) for k in (1, 2, 3)] == pieces
    for row in (0, 4):
        with pytest.raises(CommandError, match="needed 1 to 3"):
            klv.raw_row(data, row)


def test_a_file_is_recognised_by_its_key_and_a_zip_is_left_to_others():
    data = flight(np.arange(2.0))
    assert klv.detect(data)
    assert klv.detect(b"half a packet" + data)
    assert not klv.detect(b"PK\x03\x04" + data)
    assert not klv.detect(b"date,time_from\n2025-04-19,06:00\n" * 40)


def transport(pieces: list[bytes], path: Path, kind: mpegts.KlvStreamType) -> bytes:
    """Return packets beside a video of 30 pictures in a transport stream."""
    program = mpegts.MuxerProgramConfigBuilder(1, 0x100).add_video(0x110, mpegts.VideoCodec.H264)
    program = program.add_klv(0x101, kind, carries_pts=True)
    muxer = mpegts.Muxer(mpegts.MuxerConfigBuilder().add_program(program.build()).build())
    with muxer.write_file(path) as sink:
        for k in range(30):
            at = mpegts.Pts90khz.from_ms(40 * k)
            sink.push_video(b"\x00\x00\x00\x01\x65" + bytes(range(1, 200)), pts=at, key_frame=True)
            if pieces:
                sink.push_klv(pieces[k], pts=at)
    return path.read_bytes()


@pytest.mark.parametrize("kind", list(mpegts.KlvStreamType))
def test_the_metadata_of_a_video_are_read_out_of_its_transport_stream(tmp_path, kind):
    pieces = [packet(t_s=float(k), **NAMED, **SIGHT) for k in range(30)]
    stream = transport(pieces, tmp_path / "flight.ts", kind)
    assert klv.detect(stream)
    reading, bare = read(stream), read(b"".join(pieces))
    assert seconds(reading) == seconds(bare)
    assert reading.table["geometry"].equals(bare.table["geometry"])
    assert klv.raw_row(stream, 7) == pieces[6]
    assert seconds(read(stream[: len(stream) // 2]))[0] == (0, 10)


def test_a_video_without_metadata_says_so(tmp_path):
    stream = transport([], tmp_path / "mute.ts", mpegts.KlvStreamType.PRIVATE_DATA)
    (issue,) = read(stream).issues
    assert klv.detect(stream)
    assert (issue.kind, issue.found) == (IssueKind.UNREADABLE, "a transport stream without a packet")


def test_flights_tell_path_times_and_packets_left_out():
    data = b"".join(flight(np.array([float(k)]), lon=37.5 + 0.001 * k) for k in range(10))
    broken = packet(t_s=10.0, **NAMED)[:-1] + b"\x00"
    later = flight(np.array([9000.0, 9001]))
    first, second = klv.flights(Source("flight.bin", data + broken + later))
    assert (first.platform, first.packets, first.left_out, second.packets) == ("Kestrel M-7", 10, 1, 2)
    assert (first.t_end_ns - first.t_start_ns) / SECOND_NS == 9
    parts = read_parts(first.path)
    assert parts.t_s.tolist() == list(range(10))
    assert parts.lon_deg[[0, -1]] == pytest.approx([37.5, 37.509], abs=2e-6)
    assert parts.radius_m.min() >= 37.1  # half a leg of 74.3 m: the discs leave no hole


def test_a_flight_without_positions_has_no_path_and_a_long_one_is_thinned():
    (blind,) = klv.flights(Source("flight.bin", packet(t_s=0.0, **NAMED)))
    assert blind.path is None
    (long,) = klv.flights(Source("flight.bin", flight(np.arange(2000.0))))
    assert long.packets == 2000
    assert len(read_parts(long.path).t_s) <= 512
    assert klv.flights(Source("flight.bin", b"nothing")) == []


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([KEY, KEY + b"\x20", packet(t_s=0.0, **SIGHT)]))))
@settings(max_examples=50)
def test_whatever_the_bytes_nothing_breaks_and_nothing_is_unsaid(pieces):
    reading = read(b"".join(pieces))
    assert reading.issues
    assert reading.table.num_rows == 0 or packet(t_s=0.0, **SIGHT) in b"".join(pieces)


@given(st.dictionaries(st.integers(2, 127), st.binary(max_size=20), max_size=30))
@settings(max_examples=50)
def test_whatever_the_items_of_a_sealed_packet_a_footprint_is_valid_ground_on_earth(items):
    body = b"".join(item(tag, value) for tag, value in items.items())
    reading = read(sealed(body))
    for ground in shapely.from_wkb(reading.table["geometry"].to_pylist()):
        west, south, east, north = ground.bounds
        assert ground.is_valid
        assert west >= -180
        assert east <= 180
        assert south >= -90
        assert north <= 90


def test_no_truncation_of_a_packet_gives_a_footprint():
    data = packet(t_s=0.0, **NAMED, **SIGHT)
    for size in range(len(data)):
        reading = read(data[:size])
        assert reading.table.num_rows == 0
        assert len(reading.issues) == 1


def test_no_flipped_bit_of_a_packet_gives_a_footprint():
    data = packet(t_s=0.0, **NAMED, **SIGHT)
    for bit in range(8 * len(data)):
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        assert read(bytes(broken)).table.num_rows == 0


def test_what_is_written_here_is_read_the_same_by_an_independent_reader():
    (other,) = StreamParser(packet(t_s=0.0, **NAMED, **SIGHT))
    assert other.items[b"\x17"].value.value == pytest.approx(48.2, abs=1e-7)
    assert other.items[b"\x0a"].value.value == "Kestrel"
