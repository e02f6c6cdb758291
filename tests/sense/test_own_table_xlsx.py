"""A user's own workbook through a mapping."""

import io
from datetime import datetime

import openpyxl

from trucewatch.core.columns import integers, numbers
from trucewatch.core.reading import Reading
from trucewatch.core.times import parse_instant
from trucewatch.sense.own_table import raw_row, read_table
from trucewatch.sense.source import Source

HEADER = ("id", "when", "lon", "lat", "type", "killed")
MAPPING = """\
format: 1
reads: observations
source: town_list
time: {start: when}
place: {lon: lon, lat: lat, radius: {value: 0.5, unit: km}}
columns: {native_key: id, killed: killed}
"""


def _own(data: bytes, mapping: str = MAPPING) -> Reading:
    (reading,) = read_table(Source("list.xlsx", data), mapping, "list.mapping.yaml")
    return reading


def _said(reading: Reading) -> str:
    return "\n".join(str(i) for i in reading.issues)


def _workbook(*rows: tuple[object, ...], merged: str | None = None) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    for row in rows:
        page.append(row)
    if merged:
        page.merge_cells(merged)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_like_a_csv_file():
    data = _workbook(HEADER, ("a", "2025-04-19T21:05Z", 37.5, 48.1, "fire", 2))
    reading = _own(data)
    assert reading.format.startswith("own_xlsx?")
    assert numbers(reading.table, "killed_low").tolist() == [2.0]
    assert raw_row(data, reading.format, 1) == b"a,2025-04-19T21:05Z,37.5,48.1,fire,2"


def test_merged_cells_formulas_and_two_header_rows_of_a_workbook_are_named():
    data = _workbook(("Event", None, "Position", None), ("id", "when", "lon", "lat"),
                     ("a", "2025-04-19T21:05Z", 37.5, 48.1), ("b", "2025-04-19T21:05Z", "=37+1", 48.1),
                     merged="C1:D1")  # fmt: skip
    mapping = """\
format: 1
reads: observations
source: town_list
file: {header_rows: 2}
time: {start: Event / when}
place: {lon: Position / lon, lat: Position / lat, radius: 300}
"""
    reading = _own(data, mapping)
    assert integers(reading.table, "row").tolist() == [1]  # the formula was never worked out
    for what in ("merged cells C1:D1", "a formula in column C", "two header rows"):
        assert what in _said(reading)


def test_a_sheet_is_chosen_by_its_name():
    book = openpyxl.Workbook()
    book.active.append(("nothing",))
    page = book.create_sheet("Events")
    page.append(("when",))
    page.append(("2025-04-19T21:05Z",))
    out = io.BytesIO()
    book.save(out)
    mapping = "format: 1\nreads: observations\nsource: x\ntime: {start: when}\nfile: {sheet: Events}\n"
    reading = _own(out.getvalue(), mapping)
    assert reading.table.num_rows == 1
    assert raw_row(out.getvalue(), reading.format, 1) == b"2025-04-19T21:05Z"


def test_a_date_and_time_of_a_cell_is_read_in_the_zone_of_the_mapping():
    data = _workbook(HEADER, ("a", datetime.fromisoformat("2025-04-19 21:05"), 37.5, 48.1, "fire", 2))
    reading = _own(data, MAPPING.replace("{start: when}", "{start: when, zone: Europe/Kyiv}"))
    assert integers(reading.table, "t_start_ns")[0] == parse_instant("2025-04-19T21:05:00+03:00")


def test_a_workbook_marked_synthetic_above_its_header_is_synthetic():
    assert _own(_workbook(("SYNTHETIC",), HEADER, ("a", "2025-04-19T21:05Z", 37.5, 48.1, "fire", 2))).synthetic
