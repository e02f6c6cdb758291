"""Drone metadata of real flights."""

import pytest
from klvdata import StreamParser
from tstrans.klv import decode_uas_datalink

from trucewatch.core.columns import integers
from trucewatch.core.times import SECOND_NS
from trucewatch.sense import klv
from trucewatch.sense.klv_packets import frames
from trucewatch.sense.source import Source


def test_the_real_flight_over_land_gives_nine_intervals(shared_data):
    source = Source("Cheyenne.bin", (shared_data / "klv" / "Cheyenne.bin").read_bytes())
    (reading,) = klv.read(source)
    assert len(frames(source.data).start) == 407
    assert (reading.table.num_rows, reading.issues) == (9, ())
    (whole,) = klv.flights(source)
    assert (whole.packets, whole.left_out) == (407, 0)
    assert integers(reading.table, "t_end_ns")[-1] - whole.t_end_ns < SECOND_NS


def test_the_real_invalid_frame_centres_are_named_packet_by_packet(shared_data):
    source = Source("realflight.bin", (shared_data / "klv" / "realflight.bin").read_bytes())
    (reading,) = klv.read(source)
    assert reading.table.num_rows == 0
    centres = [i.row for i in reading.issues if "invalid frame centre" in i.found]
    assert centres == list(range(1, 20))
    assert any("RESTRICTED" in i.found for i in reading.issues)


def test_the_synthetic_files_show_a_bad_checksum_and_a_frame_centre_far_away(shared_data):
    found = []
    for name in ("DynamicConstantMISMMSPacketData.bin", "DynamicOnlyMISMMSPacketData.bin"):
        (reading,) = klv.read(Source(name, (shared_data / "klv" / name).read_bytes()))
        assert reading.table.num_rows == 0
        found.append("; ".join(i.found for i in reading.issues))
    assert "checksum mismatch" in found[0]
    assert "11529.2 km from the aircraft" in found[1]


OTHERS = {
    5: "platform_heading_deg", 6: "platform_pitch_deg", 7: "platform_roll_deg", 13: "sensor_lat_deg",
    14: "sensor_lon_deg", 15: "sensor_alt_m", 16: "sensor_hfov_deg", 18: "sensor_rel_az_deg",
    19: "sensor_rel_el_deg", 21: "slant_range_m", 23: "frame_center_lat_deg", 24: "frame_center_lon_deg",
    25: "frame_center_elev_m", 26: "corner_lat_offset_p1_deg", 33: "corner_lon_offset_p4_deg",
}  # fmt: skip


def test_an_independent_reader_sees_the_same_numbers(shared_data):
    data = (shared_data / "klv" / "Cheyenne.bin").read_bytes()
    found = frames(data)
    pieces = [data[a:b] for a, b in zip(found.start, found.end, strict=True)]
    for piece, other in zip(pieces, StreamParser(data), strict=True):
        ours = decode_uas_datalink(piece)
        theirs = [other.items[bytes([tag])].value.value for tag in OTHERS]
        assert [getattr(ours, name) for name in OTHERS.values()] == pytest.approx(theirs, rel=1e-9, abs=1e-9)
        assert ours.timestamp_us == round(other.items[b"\x02"].value.value.timestamp() * 1e6)
