"""The observer's form: positions in words, sectors, times in the row's own zone, numbers that are not known."""

import csv
import io
from datetime import date, time

import numpy as np
import pytest
from openpyxl import Workbook, load_workbook

from trucewatch.core.classes import CLASSES
from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.errors import CommandError
from trucewatch.core.issue import IssueKind
from trucewatch.core.times import parse_instant
from trucewatch.sense import raw_row, template
from trucewatch.sense.local_times import local_interval
from trucewatch.sense.observer_columns import COLUMNS, OBSERVATIONS
from trucewatch.sense.observer_form import amounts

NAMES = [c.name for c in COLUMNS]
ROW = {
    "date": "2025-04-19", "time_from": "21:05", "time_to": "21:35", "time_zone": "Europe/Kyiv",
    "position": "17km north of Donetsk", "sector": "south-east", "distance_from_km": "2", "distance_to_km": "6",
    "means": "heard", "number": "4", "observation": "explosions", "description": "outgoing",
    "weapon": "mortar (120mm)", "killed": "", "injured": "2-3", "patrol": "P3",
}  # fmt: skip


def form(*changes: dict, delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, NAMES, restval="", lineterminator="\n", delimiter=delimiter)
    writer.writeheader()
    writer.writerows({**ROW, **change} for change in changes)
    return text.getvalue()


def workbook(*rows: list, title: str | None = None, header: list | None = None) -> bytes:
    book, out = Workbook(), io.BytesIO()
    book.properties.title = title
    for row in [header or NAMES, *rows]:
        book.worksheets[0].append(row)
    book.save(out)
    return out.getvalue()


def cells(**changes: object) -> list:
    return [{**ROW, **changes}.get(name) for name in NAMES]


def test_a_heard_salvo_becomes_a_sector_an_interval_and_a_number(read_one):
    table = read_one("form.csv", form({})).table
    (row,) = table.to_pylist()
    assert row["t_start_ns"] == parse_instant("2025-04-19T21:05:00+03:00")
    assert row["t_end_ns"] == parse_instant("2025-04-19T21:36:00+03:00")
    assert (row["class"], row["count"], row["count_unit"], row["means"]) == ("outgoing", 4, "explosion", "heard")
    assert (row["injured_low"], row["injured_high"], row["killed_low"]) == (2, 3, None)
    assert row["place_kind"] == "sector"
    assert row["size1_m"] < 2000
    assert row["size2_m"] > 6000
    assert row["bearing_deg"] == 135
    assert row["width_deg"] >= 45


@pytest.mark.parametrize("position", ["37U DQ 12345 67890", "48.16, 37.80", "N48.16 E37.80"])
def test_a_position_is_read_as_grid_reference_or_degrees(read_one, position):
    reading = read_one("form.csv", form({"position": position}))
    assert strings(reading.table, "place_kind").tolist() == ["sector"]
    assert reading.issues == ()


def test_measured_coordinates_go_before_words(read_one):
    table = read_one(
        "form.csv", form({"position": "a hill", "position_lon": "37.80512", "position_lat": "48.16034"})
    ).table
    assert numbers(table, "lon_deg")[0] == pytest.approx(37.80512)
    assert numbers(table, "size1_m")[0] == pytest.approx(2000, abs=20)


@pytest.mark.parametrize("change", [
    {"sector": "", "distance_from_km": "", "distance_to_km": ""}, {"sector": "N/K", "distance_from_km": "N/K",
     "distance_to_km": "N/K"}, {"position": "somewhere behind the hill 3"}, {"position": ""}, {"distance_from_km": "x"},
    {"distance_from_km": "", "distance_to_km": ""},
])  # fmt: skip
def test_a_place_that_cannot_be_read_stays_unknown_with_an_issue(read_one, rows_of, change):
    reading = read_one("form.csv", form(change))
    assert strings(reading.table, "place_kind").tolist() == [None]
    assert np.isnan(numbers(reading.table, "lon_deg")[0])
    assert rows_of(reading, IssueKind.DOUBTFUL) == [1]


def test_a_distance_without_a_direction_is_a_ring(read_one):
    table = read_one("form.csv", form({"sector": ""})).table
    assert numbers(table, "width_deg").tolist() == [360.0]


@pytest.mark.parametrize("change", [
    {"time_zone": ""}, {"time_zone": "Kyiv time"}, {"date": "19th of April"}, {"date": ""}, {"date": "2202-02-03"},
    {"time_from": "25:00"}, {"time_from": "", "time_to": "10:00"},
    {"date": "9999-12-31", "time_from": "", "time_to": ""},
])  # fmt: skip
def test_a_row_without_a_sure_time_is_rejected(read_one, rows_of, change):
    reading = read_one("form.csv", form({}, change))
    assert integers(reading.table, "row").tolist() == [1]
    assert rows_of(reading, IssueKind.REJECTED) == [2]


@pytest.mark.parametrize(("zone", "offset"), [
    ("Europe/Kyiv", "+03:00"), ("UTC", "+00:00"), ("+02:00", "+02:00"), ("UTC+3", "+03:00"), ("utc-0330", "-03:30"),
])  # fmt: skip
def test_the_row_is_read_in_its_own_zone(zone, offset):
    interval = local_interval("2025-07-01", "10:00", None, zone)
    assert interval.t_start_ns == parse_instant(f"2025-07-01T10:00:00{offset}")


def test_an_hour_that_comes_twice_covers_both_readings():
    interval = local_interval("2025-10-26", "03:30", None, "Europe/Kyiv")
    assert interval.t_start_ns == parse_instant("2025-10-26T03:30:00+03:00")
    assert interval.t_end_ns == parse_instant("2025-10-26T03:31:00+02:00")
    assert interval.doubt is not None


def test_a_last_minute_before_the_first_is_of_the_next_day():
    interval = local_interval("2025-07-01", "23:50", "00:10", "UTC")
    assert interval.t_end_ns == parse_instant("2025-07-02T00:11:00Z")


def test_a_day_without_minutes_is_the_whole_civil_day():
    interval = local_interval("2025-03-30", None, None, "Europe/Kyiv")
    assert (interval.t_end_ns - interval.t_start_ns) / 3.6e12 == 23


@pytest.mark.parametrize(("words", "low", "high"), [
    ("2", 2, 2), ("2-3", 2, 3), ("2 to 3", 2, 3), ("at least 2", 2, None), ("2+", 2, None), (None, None, None),
    ("0", 0, 0),
])  # fmt: skip
def test_numbers_of_people(words, low, high):
    assert [None if np.isnan(n) else n for n in amounts(words)] == [low, high]


@pytest.mark.parametrize("words", ["several", "3-2", "-1", "two"])
def test_words_that_are_no_number(words):
    assert amounts(words) is None


def test_not_known_is_unknown_and_never_a_word(read_one):
    table = read_one("form.csv", form({"number": "N/K", "weapon": "N/K", "means": "n/k", "patrol": "-"})).table
    (row,) = table.to_pylist()
    assert [row[n] for n in ("count", "weapon", "means", "asset")] == [None] * 4


def test_words_outside_the_lists_are_named_and_left_unknown(read_one):
    change = {"observation": "rumble", "means": "smelled", "description": "odd", "number": "many"}
    reading = read_one("form.csv", form(change))
    (row,) = reading.table.to_pylist()
    assert [row[n] for n in ("class", "means", "description", "count")] == [None] * 4
    assert len(reading.issues) == 4


@pytest.mark.parametrize("words", ["N_to_S", "N to S", "from north to south"])
def test_a_direction_of_flight_has_one_form(read_one, words):
    assert strings(read_one("form.csv", form({"description": words})).table, "description").tolist() == ["N_to_S"]


def test_patrol_and_position_make_the_group_and_do_not_stand_in_it(read_one):
    table = read_one("form.csv", form({}, {"number": "1"}, {"patrol": "P4"}, {"position": "in Avdiivka"})).table
    first, again, *others = strings(table, "group")
    assert first == again
    assert len({first, *others}) == 3
    assert not any("P3" in g or "Donetsk" in g for g in strings(table, "group"))


def test_a_spreadsheet_export_with_semicolons_is_read(read_one):
    assert read_one("form.csv", form({}, delimiter=";")).table.num_rows == 1


def test_every_word_for_an_observation_is_a_class():
    assert {cls for cls, _ in OBSERVATIONS.values()} <= CLASSES


def test_a_workbook_gives_the_same_table_as_its_csv(read_one):
    one = read_one("form.csv", form({})).table.drop_columns(["file_sha256"])
    plain = cells()
    typed = cells(date=date(2025, 4, 19), time_from=time(21, 5), time_to=time(21, 35), number=4, distance_from_km=2.0)
    for row in (plain, typed):
        reading = read_one("form.xlsx", workbook(row))
        assert reading.issues == ()
        assert reading.table.drop_columns(["file_sha256"]).equals(one)


def test_a_row_of_a_workbook_comes_back_as_text():
    data = workbook(cells(), cells(number=9, date=date(2025, 4, 20)))
    words = next(csv.reader([raw_row(data, "observer_form", 2).decode()]))
    assert dict(zip(NAMES, words, strict=False))["date"] == "2025-04-20"
    with pytest.raises(CommandError, match="row 3"):
        raw_row(data, "observer_form", 3)


def test_a_formula_and_merged_cells_are_named(read_one, rows_of):
    book, out = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.append(NAMES)
    sheet.append(cells())
    sheet.append(cells(number="=2+2"))
    sheet.merge_cells("T2:T3")
    book.save(out)
    reading = read_one("form.xlsx", out.getvalue())
    assert reading.table.num_rows == 2
    assert np.isnan(numbers(reading.table, "count")[1])
    assert sorted(rows_of(reading, IssueKind.DOUBTFUL), key=str) == [2, None]


def test_a_workbook_without_the_columns_is_unreadable(read_one):
    reading = read_one("other.xlsx", workbook(["x"], header=["name", "value"]))
    assert reading.issues[0].kind is IssueKind.UNREADABLE
    assert "sheet" in reading.issues[0].found


def test_a_synthetic_workbook_says_so(read_one):
    assert read_one("form.xlsx", workbook(cells(), title="SYNTHETIC: an exercise")).synthetic
    assert not read_one("form.xlsx", workbook(cells())).synthetic


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_the_empty_template_reads_without_an_issue(read_one, file_format):
    reading = read_one(f"form.{file_format}", template(file_format))
    assert (reading.format, reading.table.num_rows, reading.issues) == ("observer_form", 0, ())


def test_the_workbook_template_offers_choices_and_explains_every_column():
    book = load_workbook(io.BytesIO(template("xlsx")))
    assert book.sheetnames == ["observations", "explanations"]
    assert [row[0].value for row in book["explanations"].iter_rows(min_row=2)] == NAMES
    assert len(book["observations"].data_validations.dataValidation) == sum(bool(c.words) for c in COLUMNS)


def test_a_filled_template_is_read(read_one):
    text = template("csv").decode() + form({}).splitlines()[1] + "\n"
    reading = read_one("form.csv", text)
    assert reading.table.num_rows == 1
    assert raw_row(text.encode(), "observer_form", 1).decode() == form({}).splitlines()[1]


def test_an_unknown_template_is_refused():
    with pytest.raises(CommandError, match="csv or xlsx"):
        template("pdf")


def test_a_heard_direction_is_wider_than_a_seen_one(read_one):
    table = read_one("form.csv", form({"means": "heard"}, {"means": "saw"}, {"means": "recorded"})).table
    heard, saw, recorded = numbers(table, "width_deg")
    assert heard > saw > recorded >= 45


def test_the_mission_observers_carry_marks(read_one):
    table = read_one("form.csv", form({})).table
    assert (table["reliability"].to_pylist(), table["credibility"].to_pylist()) == (["B"], ["2"])
