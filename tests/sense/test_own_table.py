"""A user's own CSV or XLSX through a mapping."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.errors import CommandError
from trucewatch.core.issue import IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.tables import SCHEMAS
from trucewatch.core.times import DAY_NS, SECOND_NS, parse_instant
from trucewatch.sense import Config
from trucewatch.sense.own_table import is_mapping, mapped, mapping_of, raw_row, read_table
from trucewatch.sense.source import Source

MAPPING = """\
format: 1
reads: observations
source: town_list
time: {start: when}
place: {lon: lon, lat: lat, radius: {value: 0.5, unit: km}}
columns:
  native_key: id
  class: {column: type, map: {shelling: explosion, fire: fire}}
  count: number
  killed: killed
  text: remarks
"""
HEADER = "id,when,lon,lat,type,number,killed,remarks\n"
FIRST = "a1,2025-04-19T21:05:00+03:00,37.5,48.1,shelling,3,2-3,near the mill\n"
SECOND = 'a2,2025-04-19T21:06Z,37.6,48.2,Fire,,N/K,"two, or more"\n'
LIST = HEADER + FIRST + SECOND

ReadOwn = Callable[..., Reading]


@pytest.fixture(scope="module")
def own() -> ReadOwn:
    """Read a table through a mapping; keyword arguments are thresholds."""

    def _read(data: str | bytes, mapping: str = MAPPING, name: str = "list.csv", **thresholds: object) -> Reading:
        raw = data.encode() if isinstance(data, str) else data
        (reading,) = read_table(Source(name, raw, Config(**thresholds)), mapping, "list.mapping.yaml")
        SCHEMAS[reading.kind].check(reading.table)
        return reading

    return _read


def _said(reading: Reading) -> str:
    return "\n".join(str(i) for i in reading.issues)


def test_each_column_goes_where_the_mapping_says(own):
    table = own(LIST).table
    assert strings(table, "native_key").tolist() == ["a1", "a2"]
    assert strings(table, "class").tolist() == ["explosion", "fire"]
    assert strings(table, "text").tolist() == ["near the mill", "two, or more"]
    assert numbers(table, "size1_m").tolist() == [500.0, 500.0]
    assert strings(table, "source").tolist() == strings(table, "project").tolist() == ["town_list"] * 2


def test_moments_with_different_offsets_are_one_clock(own):
    table = own(LIST).table
    starts = [parse_instant("2025-04-19T18:05:00Z"), parse_instant("2025-04-19T21:06:00Z")]
    assert integers(table, "t_start_ns").tolist() == starts


def test_an_interval_lasts_one_step_of_the_clock_that_was_written(own):
    table = own(LIST).table
    assert (integers(table, "t_end_ns") - integers(table, "t_start_ns")).tolist() == [SECOND_NS, 60 * SECOND_NS]


def test_counts_in_words_are_ranges_and_not_known_is_unknown(own):
    table = own(LIST).table
    assert numbers(table, "killed_low")[0] == 2.0
    assert numbers(table, "killed_high")[0] == 3.0
    assert np.isnan(numbers(table, "killed_low")[1])
    assert np.isnan(numbers(table, "count")[1])


@settings(max_examples=30)
@given(st.permutations(range(8)))
def test_the_order_of_columns_does_not_matter(own, order):
    def turned(line: str) -> str:
        cells = (
            ["a2", "2025-04-19T21:06Z", "37.6", "48.2", "Fire", "", "N/K", "two"] if "Fire" in line else line.split(",")
        )
        return ",".join(cells[i] for i in order)

    plain = own(HEADER + SECOND.replace('"two, or more"', "two")).table
    text = turned(HEADER.strip()) + "\n" + turned("Fire") + "\n"
    assert own(text).table.drop_columns(["file_sha256"]).equals(plain.drop_columns(["file_sha256"]))


def test_a_missing_column_is_named_with_the_line_that_names_it_and_the_nearest_name(own):
    reading = own(LIST.replace("lon,", "lonn,"))
    (issue,) = reading.issues
    assert issue.kind is IssueKind.UNREADABLE
    assert "no column 'lon' (list.mapping.yaml:5 names it)" in issue.found
    assert "id, when, lonn, lat" in issue.needed
    assert "nearest is 'lonn'" in issue.action
    assert reading.table.num_rows == 0


def test_a_time_without_a_zone_is_rejected_and_the_fix_is_named(own):
    reading = own(HEADER + FIRST + "a3,2025-04-19 21:05,37.5,48.1,fire,,,\n")
    assert integers(reading.table, "row").tolist() == [1]
    assert "`zone:`" in _said(reading)
    assert "none is assumed" in _said(reading)


def test_a_date_is_a_day_in_the_zone_of_the_mapping(own):
    mapping = MAPPING.replace("{start: when}", "{start: when, zone: Europe/Kyiv}")
    table = own(HEADER + "a3,2025-04-19,37.5,48.1,fire,,,\n", mapping).table
    assert integers(table, "t_start_ns")[0] == parse_instant("2025-04-18T21:00:00Z")
    assert integers(table, "t_end_ns")[0] - integers(table, "t_start_ns")[0] == DAY_NS


def test_a_zone_may_stand_in_a_column_of_its_own(own):
    mapping = MAPPING.replace("{start: when}", "{start: when, zone: {column: remarks}}")
    row = "a,2025-04-19 12:00,37.5,48.1,fire,,,{}\n"
    rows = row.format("UTC") + row.format("+03:00") + row.format("")
    reading = own(HEADER + rows, mapping)
    hours = (integers(reading.table, "t_start_ns") // (3600 * SECOND_NS) % 24).tolist()
    assert hours == [12, 9]
    assert [i.row for i in reading.issues if i.kind is IssueKind.REJECTED] == [3]


def test_a_date_that_could_be_read_two_ways_needs_a_format(own):
    row = "a3,03/04/2025,37.5,48.1,fire,,,\n"
    reading = own(HEADER + row, MAPPING.replace("{start: when}", "{start: when, zone: UTC}"))
    assert reading.table.num_rows == 0
    assert "day and month may be either" in _said(reading)


@pytest.mark.parametrize(("pattern", "day"), [("%d/%m/%Y", "2025-04-03"), ("%m/%d/%Y", "2025-03-04")])
def test_a_format_says_which_is_the_day(own, pattern, day):
    mapping = MAPPING.replace("{start: when}", f'{{start: when, zone: UTC, format: "{pattern}"}}')
    table = own(HEADER + "a3,03/04/2025,37.5,48.1,fire,,,\n", mapping).table
    assert integers(table, "t_start_ns")[0] == parse_instant(f"{day}T00:00:00Z")


def test_an_hour_that_comes_twice_is_widened_and_named(own):
    mapping = MAPPING.replace("{start: when}", "{start: when, zone: Europe/Kyiv}")
    reading = own(HEADER + "a3,2025-10-26 03:30,37.5,48.1,fire,,,\n", mapping)
    assert integers(reading.table, "t_end_ns")[0] - integers(reading.table, "t_start_ns")[0] == 3660 * SECOND_NS
    assert "comes twice" in _said(reading)


def test_date_and_clock_may_stand_in_two_columns(own):
    mapping = MAPPING.replace("{start: when}", "{start: [when, remarks], zone: UTC}")
    rows = "a,2025-04-19,37.5,48.1,fire,,,21:05\nb,2025-04-19,37.5,48.1,fire,,,\n"
    table = own(HEADER + rows, mapping).table
    assert (integers(table, "t_end_ns") - integers(table, "t_start_ns")).tolist() == [60 * SECOND_NS, DAY_NS]


def test_an_end_closes_the_interval_and_one_before_its_start_is_rejected(own):
    mapping = MAPPING.replace("{start: when}", "{start: when, end: remarks}")
    rows = ("a,2025-04-19T12:00Z,37.5,48.1,fire,,,2025-04-19T15:00+02:00\n"
            "b,2025-04-19T12:00Z,37.5,48.1,fire,,,2025-04-19T11:00Z\n"
            "c,2025-04-19T12:00Z,37.5,48.1,fire,,,\n")  # fmt: skip
    reading = own(HEADER + rows, mapping)
    assert (integers(reading.table, "t_end_ns") - integers(reading.table, "t_start_ns")).tolist() == [
        3600 * SECOND_NS, 60 * SECOND_NS]  # fmt: skip
    assert "an end after its start" in _said(reading)


def test_a_duration_has_the_unit_that_the_mapping_states(own):
    mapping = MAPPING.replace("{start: when}", "{start: when, duration: {column: number, unit: min}}")
    table = own(LIST, mapping).table
    assert integers(table, "t_end_ns")[0] - integers(table, "t_start_ns")[0] == 180 * SECOND_NS


def test_a_happening_of_tomorrow_is_rejected_where_now_is_given(own):
    reading = own(LIST, not_after_ns=parse_instant("2025-04-19T20:00:00Z"))
    assert integers(reading.table, "row").tolist() == [1]


def test_unknown_words_are_named_once_with_their_number_and_their_class_is_unknown(own):
    row = "a{},2025-04-19T21:05Z,37.5,48.1,salute,,,\n"
    reading = own(HEADER + row.format(1) + row.format(2))
    assert strings(reading.table, "class").tolist() == [None, None]
    (issue,) = reading.issues
    assert "type 'salute' in 2 rows" in issue.found
    assert "list.mapping.yaml:8" in issue.needed


def test_several_words_in_one_field_have_their_common_class(own):
    mapping = MAPPING.replace("fire: fire}", 'fire: fire, gun: impact, air: airburst}, split: "|"')
    row = "a{0},2025-04-19T21:05Z,37.5,48.1,{0},,,\n"
    table = own(HEADER + row.format("gun|air") + row.format("gun|shelling") + row.format("gun|fire"), mapping).table
    assert strings(table, "class").tolist() == ["explosion", "impact", "event"]


def test_a_row_without_a_position_is_kept_with_its_place_unknown(own):
    reading = own(HEADER + "a3,2025-04-19T21:05Z,,,fire,,,\n")
    assert strings(reading.table, "place_kind").tolist() == [None]
    assert "its place is unknown" in _said(reading)


@pytest.mark.parametrize("position", ["0,0", "37.5,95", "200,48.1", "37.5,", "37.5,NaN", "inf,48.1"])
def test_an_impossible_position_is_rejected(own, position):
    reading = own(HEADER + FIRST + f"a3,2025-04-19T21:05Z,{position},fire,,,\n")
    assert [i.row for i in reading.issues if i.kind is IssueKind.REJECTED] == [2]


def test_positions_whose_order_seems_turned_are_named_and_left(own):
    reading = own(LIST.replace("lon,lat", "lat,lon"))
    assert numbers(reading.table, "lon_deg").tolist() == [48.1, 48.2]
    assert "changed places" in _said(reading)


def test_numbers_with_a_decimal_comma_are_named_with_the_fix(own):
    reading = own(LIST.replace(",3,2-3", ',"3,5",2-3'))
    assert np.isnan(numbers(reading.table, "count")[0])
    assert 'decimal: ","' in _said(reading)


def test_a_decimal_comma_that_the_mapping_states_is_read(own):
    text = "id;when;lon;lat;type;number;killed;remarks\na;2025-04-19T21:05Z;37,5;48,1;fire;3;;\n"
    table = own(text, MAPPING + 'file: {decimal: ","}\n').table
    assert numbers(table, "lon_deg").tolist() == [37.5]


def test_identical_rows_are_kept_as_duplicates(own):
    reading = own(LIST + FIRST)
    assert strings(reading.table, "state").tolist() == ["accepted", "accepted", "duplicate"]
    assert [i.row for i in reading.issues if i.kind is IssueKind.DUPLICATE] == [3]


def test_a_row_with_too_many_fields_costs_itself_alone(own):
    reading = own(HEADER + FIRST + "a,b,c\n" + SECOND)
    assert integers(reading.table, "row").tolist() == [1, 3]
    assert "3 fields" in _said(reading)


def test_text_in_a_windows_code_page_is_read_and_named(own):
    reading = own(LIST.replace("near the mill", "біля млина").encode("cp1251"))
    assert strings(reading.table, "text")[0] == "біля млина"
    assert "cp1251" in _said(reading)


def test_lines_above_the_header_are_skipped_and_the_raw_row_is_found_again(own):
    text = "Report of the week\n" + LIST
    reading = own(text, MAPPING + "file: {skip: 1}\n")
    assert integers(reading.table, "row").tolist() == [1, 2]
    assert raw_row(text.encode(), reading.format, 2) == SECOND.strip().encode()


def test_two_header_rows_are_joined_and_named(own):
    text = "Event,,Position,\nid,when,lon,lat\na,2025-04-19T21:05Z,37.5,48.1\n"
    mapping = """\
format: 1
reads: observations
source: town_list
file: {header_rows: 2}
time: {start: Event / when}
place: {lon: Position / lon, lat: Position / lat, radius: 300}
"""
    reading = own(text, mapping)
    assert numbers(reading.table, "lat_deg").tolist() == [48.1]
    assert "two header rows" in _said(reading)
    assert raw_row(text.encode(), reading.format, 1) == b"a,2025-04-19T21:05Z,37.5,48.1"


def test_a_column_that_comes_twice_is_told_apart(own):
    reading = own(LIST.replace("killed,", "number,"), MAPPING.replace("killed: killed", "killed: number (2)"))
    assert numbers(reading.table, "killed_high")[0] == 3.0
    assert "'number' twice" in _said(reading)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter_is_found(own, delimiter):
    text = LIST.replace('"two, or more"', "two").replace(",", delimiter)
    assert own(text).table.num_rows == 2


def test_the_format_names_the_mapping_so_that_it_can_be_found_again(own):
    kind, _, digest = own(LIST).format.partition("?mapping=")
    assert kind == "own_csv"
    assert len(digest) == 64


def test_a_file_and_a_mapping_can_say_that_they_are_synthetic(own):
    assert own("# SYNTHETIC by hand\n" + LIST).synthetic
    assert own(LIST, MAPPING + "synthetic: true\n").synthetic
    assert not own(LIST).synthetic


def test_groups_are_digests_inside_the_project(own):
    table = own(LIST, MAPPING + "  group: remarks\n").table
    groups = strings(table, "group").tolist()
    assert len(set(groups)) == 2
    assert all(g.startswith("town_list:") and "mill" not in g for g in groups)


def test_a_place_in_words_is_resolved_and_one_that_is_not_is_unknown(own):
    mapping = MAPPING.replace("{lon: lon, lat: lat, radius: {value: 0.5, unit: km}}", "{text: remarks}")
    rows = "a,2025-04-19T21:05Z,,,fire,,,Donetsk\nb,2025-04-19T21:05Z,,,fire,,,Qwertyville\n"
    reading = own(HEADER + rows, mapping)
    assert [kind is None for kind in strings(reading.table, "place_kind")] == [False, True]
    assert numbers(reading.table, "lat_deg")[0] == pytest.approx(48.0, abs=0.1)
    assert "Qwertyville" in _said(reading)


def test_a_grid_reference_is_a_cell_and_a_name_is_none(own):
    mapping = MAPPING.replace("{lon: lon, lat: lat, radius: {value: 0.5, unit: km}}", "{mgrs: remarks}")
    rows = "a,2025-04-19T21:05Z,,,fire,,,37T DP 1039 1143\nb,2025-04-19T21:05Z,,,fire,,,Donetsk\n"
    reading = own(HEADER + rows, mapping)
    assert strings(reading.table, "place_kind").tolist() == ["pixel", None]
    assert numbers(reading.table, "size1_m")[0] == 10.0


NOTICES = """\
format: 1
reads: notices
source: notices
time: {start: from, end: to, zone: Europe/Kyiv}
place: {lon: lon, lat: lat, radius: {column: radius, unit: km}}
columns:
  party: who
  activity: {column: what, map: {training: exercise}}
  t_notified_ns: {column: told}
"""


def test_notices_may_lie_in_the_future_and_tell_when_they_were_given(own):
    text = "who,what,from,to,lon,lat,radius,told\nA,training,2099-01-01,2099-01-03,37,48,2,2098-12-31\n"
    table = own(text, NOTICES, not_after_ns=parse_instant("2025-01-01T00:00:00Z")).table
    assert strings(table, "activity").tolist() == ["exercise"]
    assert integers(table, "t_end_ns")[0] == parse_instant("2099-01-04T00:00:00+02:00")
    assert integers(table, "t_notified_ns")[0] == parse_instant("2098-12-31T00:00:00+02:00")
    assert numbers(table, "size1_m").tolist() == [2000.0]


def test_a_row_without_a_value_that_its_table_needs_is_rejected(own):
    text = "who,what,from,to,lon,lat,radius,told\n,training,2025-01-01,2025-01-03,37,48,2,\n"
    reading = own(text, NOTICES)
    assert reading.table.num_rows == 0
    assert "a value for party" in _said(reading)


def test_impediments_take_their_place_as_a_disc(own):
    mapping = """\
format: 1
reads: impediments
source: patrols
time: {start: when}
place: {text: where}
columns:
  kind: {value: denial}
"""
    table = own("when,where\n2025-04-19T21:05Z,Donetsk\n", mapping).table
    assert numbers(table, "lat_deg")[0] == pytest.approx(48.0, abs=0.1)
    assert numbers(table, "radius_m")[0] > 1000


def test_allegations_need_no_time(own):
    mapping = "format: 1\nreads: allegations\nsource: claims\ntime: {start: when, zone: UTC}\ncolumns: {party: who}\n"
    table = own("when,who\n2025-04-19,A\n,B\n", mapping).table
    assert table.column("t_start_ns").null_count == 1


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"\x00\xff\x00", b"PK\x03\x04xl/", b"PAR1", b"SQLite format 3\x00", b"<kml"]
)
def test_a_file_that_cannot_be_read_is_one_issue(own, data):
    reading = own(data)
    assert reading.table.num_rows == 0
    assert IssueKind.UNREADABLE in {i.kind for i in reading.issues}


def test_a_row_that_is_not_there_is_refused(own):
    with pytest.raises(CommandError, match="found no row 3; needed 1 to 2"):
        raw_row(LIST.encode(), own(LIST).format, 3)


def test_a_mapping_is_found_beside_its_table():
    names = {"a/list.csv.mapping.yaml": b"", "a/other.mapping.yaml": b""}
    assert mapping_of("a/list.csv", names) == "a/list.csv.mapping.yaml"
    assert mapping_of("a/other.xlsx", names) == "a/other.mapping.yaml"
    assert mapping_of("list.csv", names) is None
    assert is_mapping("a/list.csv.mapping.yaml")


def test_a_file_with_a_mapping_beside_it_is_read_through_it():
    readings = mapped(Source("list.csv", LIST.encode()), {"list.mapping.yaml": MAPPING.encode()})
    assert readings is not None
    assert [r.table.num_rows for r in readings] == [2]
    assert mapped(Source("list.csv", LIST.encode()), {}) is None
