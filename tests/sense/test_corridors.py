"""Humanitarian corridors: hours, outcomes, and geocodes in the wrong region."""

from datetime import date

import numpy as np
import pytest

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import IssueKind
from trucewatch.core.times import parse_instant
from trucewatch.sense import raw_row, read_path
from trucewatch.sense.geocodes import Geocode, doubt, plain_name
from trucewatch.sense.hours import hours_of
from trucewatch.sense.limits import Config

HEADER = (
    "HC_ID,Date,date,proposal,status_result,text,Link,From,from_name,from_latitude,from_longitude,"
    "To,to_name,to_latitude,to_longitude\n"
)
GOOD = (
    '7,05.03.22,2022-03-05,Agreed,disputed,"KYIV. A ceasefire in Mariupol from 9:00 a.m. to 4:00 p.m. Kyiv Time '
    '(10:00 a.m. to 17:00 a.m. Moscow Time).",https://example.org/1,'
    "Mariupol,Mariupol,47.09514,37.54131,Zaporizhzhya,Zaporizhzhya,47.85167,35.11714\n"
)
WRONG = (
    "8,06.03.22,2022-03-06,Ukraine,proposed route/outcome unknown,Nothing of hours.,,"
    "Lysychansk,Lysychansk,48.90421,38.44094,Bakhmut,Bakhmut,49.15,34.28333\n"
)
DAY = date(2022, 3, 5)


def test_hours_with_their_zone_become_the_interval(read_one):
    table = read_one("corridors.csv", HEADER + GOOD).table
    assert integers(table, "t_start_ns")[0] == parse_instant("2022-03-05T07:00:00Z")
    assert integers(table, "t_end_ns")[0] == parse_instant("2022-03-05T14:00:00Z")
    assert table["hours_stated"].to_pylist() == [True]
    assert strings(table, "outcome").tolist() == ["disputed"]


def test_a_corridor_without_hours_lasts_the_day_in_kyiv_and_says_so(read_one):
    table = read_one("corridors.csv", HEADER + WRONG).table
    assert integers(table, "t_start_ns")[0] == parse_instant("2022-03-06T00:00:00+02:00")
    assert table["hours_stated"].to_pylist() == [False]
    assert strings(table, "outcome").tolist() == [None]


def test_a_geocode_in_the_wrong_region_becomes_unknown_and_is_never_mended(read_one):
    reading = read_one("corridors.csv", HEADER + WRONG)
    assert np.isnan(numbers(reading.table, "to_lon_deg")[0])
    assert numbers(reading.table, "from_lon_deg")[0] == 38.44094
    (issue,) = reading.issues
    assert issue.kind is IssueKind.DOUBTFUL
    assert "Bakhmut" in issue.found


def test_two_dates_that_disagree_are_doubtful(read_one, rows_of):
    reading = read_one("corridors.csv", HEADER + GOOD.replace("05.03.22", "06.03.22"))
    assert rows_of(reading, IssueKind.DOUBTFUL) == [1]


@pytest.mark.parametrize(("words", "first", "last"), [
    ("from 9 a.m. to 9 p.m. Kyiv time", "09:00+02:00", "21:00+02:00"),
    ("from 9:00 a.m. local time (10:00 a.m. Moscow Time) until 9:00 p.m.", "09:00+02:00", "21:00+02:00"),
    ("between 10:00 and 16:30 Moscow time", "10:00+03:00", "16:30+03:00"),
    ("from 12 a.m. to 12 p.m. local time", "00:00+02:00", "12:00+02:00"),
])  # fmt: skip
def test_ways_to_write_hours(words, first, last):
    (hours,) = hours_of(f"A corridor is open in Sumy {words}.", DAY, "Sumy")
    assert hours.t_start_ns == parse_instant(f"2022-03-05T{first}")
    assert hours.t_end_ns == parse_instant(f"2022-03-05T{last}")
    assert hours.zone_stated


def test_the_offset_of_a_zone_follows_the_day_on_which_the_clocks_change():
    (before,) = hours_of("Sumy: from 9:00 to 10:00 Kyiv time.", date(2022, 3, 26), "Sumy")
    (after,) = hours_of("Sumy: from 9:00 to 10:00 Kyiv time.", date(2022, 3, 27), "Sumy")
    assert before.t_start_ns == parse_instant("2022-03-26T09:00:00+02:00")
    assert after.t_start_ns == parse_instant("2022-03-27T09:00:00+03:00")


def test_hours_past_midnight_end_on_the_next_day():
    (hours,) = hours_of("Sumy: from 10 p.m. to 2 a.m. local time.", DAY, "Sumy")
    assert hours.t_end_ns == parse_instant("2022-03-06T02:00:00+02:00")


def test_hours_without_a_zone_take_the_dateline_and_say_so():
    (hours,) = hours_of("MOSCOW. March 5 (News) - A ceasefire in Sumy from 10 a.m. to 5 p.m.", DAY, "Sumy")
    assert (hours.zone, hours.zone_stated) == ("Europe/Moscow", False)


@pytest.mark.parametrize("text", [
    "A corridor is open in Sumy from 9 a.m. to 9 p.m.",  # no zone, no dateline
    "Lviv: from 9 a.m. to 9 p.m. Kyiv time.",  # another place
    "Sumy: starting 10:00 a.m. Moscow time.",  # no end
    "Sumy: from 9 to 12 Kyiv time.",  # no clock time: perhaps a count
    "Sumy: from 25:00 to 26:00 Kyiv time.",
])  # fmt: skip
def test_words_that_do_not_state_the_hours_of_this_corridor(text):
    assert hours_of(text, DAY, "Sumy") == []


def test_a_source_region_in_brackets_that_contradicts_the_geocode_is_doubted():
    assert doubt(Geocode("Nowhere (Kharkiv region)", None, 33.07, 47.19), Config()) is not None
    assert doubt(Geocode("Nowhere (training center)", None, 33.07, 47.19), Config()) is None
    assert plain_name("Belgorod, from where people go on") == "Belgorod"


def test_the_real_corridors_have_their_known_traps(shared_data):
    (reading,) = list(read_path(shared_data / "corridors"))
    table = reading.table
    assert table.num_rows == 282
    to, lon, lat = strings(table, "to_name"), numbers(table, "to_lon_deg"), numbers(table, "to_lat_deg")
    assert np.isnan(lon[to == "Bakhmut"]).all()  # all placed in Poltava oblast
    assert np.isnan(lon[to == "Lviv"]).all()  # placed in Mykolaiv oblast
    right = np.isfinite(lon[to == "Zaporizhzhya"])
    assert right.sum() >= 115
    assert lat[to == "Zaporizhzhya"][right] == pytest.approx(47.85167)
    names, from_lon = strings(table, "from_name"), numbers(table, "from_lon_deg")
    assert np.isfinite(from_lon[names == "Mariupol"]).all()
    assert [o for o in set(strings(table, "outcome").tolist()) if o] != []
    assert sum(table["hours_stated"].to_pylist()) == 10


def test_the_real_rows_are_found_by_number_in_spite_of_line_breaks(shared_data):
    data = (shared_data / "corridors" / "humanitarian_corridors_2022.csv").read_bytes()
    (reading,) = list(read_path(shared_data / "corridors"))
    for row, key in zip(integers(reading.table, "row"), strings(reading.table, "native_key"), strict=True):
        assert raw_row(data, "corridors_csv", int(row)).startswith(f"{key},".encode())
