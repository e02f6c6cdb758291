"""A party's allegations in rows, in a workbook and in free text, in three languages, and what may be missing."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from trucewatch.core.classes import CLASSES
from trucewatch.core.columns import integers, strings
from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.tables import SCHEMAS
from trucewatch.core.times import SECOND_NS, parse_instant
from trucewatch.sense import Config, allegations_csv, allegations_text, allegations_xlsx
from trucewatch.sense.allegations_lines import when_in
from trucewatch.sense.allegations_words import _CLASSES, understood
from trucewatch.sense.source import Source

HEADER = (
    "reference,party,against,date,time_from,time_to,time_zone,place,lon,lat,radius_km,allegation,number,weapon,killed\n"
)
ROW = "A-1,North,South,2025-03-12,14:20,14:35,Europe/Kyiv,in Avdiivka,,,,mortar shelling,12,mortar (120 mm),\n"
TEXT = "# party: North\n# against: South\n# time_zone: Europe/Kyiv\n# year: 2025\n"
LINE = "12.03 14:20–14:35, 120-mm mortar, 12 rounds at Avdiivka, 1 civilian wounded"


def read(adapter, data: str | bytes, **thresholds: object) -> Reading:
    raw = data.encode() if isinstance(data, str) else data
    (reading,) = adapter.read(Source("list", raw, Config(**thresholds)))
    SCHEMAS["allegations"].check(reading.table)
    return reading


def said(line: str, header: str = TEXT) -> dict:
    """Return what one line of free text says."""
    (row,) = read(allegations_text, f"{header}{line}\n").table.to_pylist()
    return row


def doubts(reading: Reading) -> list[Issue]:
    return [i for i in reading.issues if i.kind is IssueKind.DOUBTFUL]


def workbook(*lines: list, merged: tuple[str, ...] = ()) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for line in lines:
        book.worksheets[0].append(line)
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    book.save(out)
    return out.getvalue()


# Rows


def test_a_row_says_who_alleges_what_against_whom_when_and_where():
    (row,) = read(allegations_csv, HEADER + ROW).table.to_pylist()
    assert (row["party"], row["against"], row["native_key"], row["state"]) == ("North", "South", "A-1", "accepted")
    assert row["t_start_ns"] == parse_instant("2025-03-12T14:20:00+02:00")
    assert row["t_end_ns"] == parse_instant("2025-03-12T14:36:00+02:00")
    assert (row["place_kind"], row["class"], row["count"], row["weapon"]) == (
        "settlement", "fire_event", 12, "mortar (120 mm)",
    )  # fmt: skip
    assert row["text"] == "mortar shelling"


def test_an_empty_column_is_read_from_the_words_of_the_allegation():
    row = ROW.replace("mortar shelling,12,mortar (120 mm),", '"4 explosions, 2 killed",,,')
    (found,) = read(allegations_csv, HEADER + row).table.to_pylist()
    assert (found["count"], found["count_unit"], found["killed_low"], found["weapon"]) == (4, "explosion", 2, None)


@pytest.mark.parametrize(("old", "new", "unknown"), [
    ("2025-03-12", "", "t_start_ns"), ("2025-03-12", "soon", "t_start_ns"), ("Europe/Kyiv", "", "t_start_ns"),
    ("2025-03-12", "1025-03-12", "t_start_ns"), ("in Avdiivka", "", "place_kind"),
    ("in Avdiivka", "in Xyzzyville", "place_kind"), ("mortar shelling", "an outrage", "class"),
])  # fmt: skip
def test_an_allegation_without_place_time_or_class_is_kept_and_doubtful(old, new, unknown):
    row = ROW.replace(",mortar (120 mm),", ",,") if unknown == "class" else ROW
    reading = read(allegations_csv, HEADER + row.replace(old, new))
    assert reading.table.to_pylist()[0][unknown] is None
    assert [i.row for i in doubts(reading)] == [1]


def test_an_allegation_of_tomorrow_has_no_time():
    reading = read(allegations_csv, HEADER + ROW, not_after_ns=parse_instant("2025-03-01T00:00:00Z"))
    assert reading.table.to_pylist()[0]["t_start_ns"] is None
    assert "future" in doubts(reading)[0].needed


@pytest.mark.parametrize("missing", ["North", "mortar shelling"])
def test_a_row_that_nobody_says_or_that_says_nothing_is_rejected(missing):
    reading = read(allegations_csv, HEADER + ROW.replace(missing, ""))
    assert reading.table.num_rows == 0
    assert [(i.kind, i.row) for i in reading.issues] == [(IssueKind.REJECTED, 1)]


def test_nobody_need_be_accused():
    reading = read(allegations_csv, HEADER + ROW.replace("South", ""))
    assert reading.table.to_pylist()[0]["against"] is None
    assert reading.issues == ()


def test_the_raw_row_of_a_list_comes_back():
    assert allegations_csv.raw_row((HEADER + ROW).encode(), 1).decode() == ROW.strip()


# Copies


@pytest.mark.parametrize("adapter", [allegations_csv, allegations_text], ids=lambda a: a.FORMAT)
def test_ten_thousand_copies_are_kept_and_one_issue_counts_them(adapter):
    head, line = (HEADER, ROW) if adapter is allegations_csv else (TEXT, LINE + "\n")
    reading = read(adapter, head + line * 10_000)
    assert strings(reading.table, "state").tolist() == ["accepted"] + ["duplicate"] * 9_999
    assert len(set(strings(reading.table, "text"))) == 1
    (copies,) = reading.issues
    assert copies.kind is IssueKind.DUPLICATE
    assert copies.found.startswith("9,999 rows")


def test_a_copy_says_all_that_its_first_says():
    rows = read(allegations_text, f"{TEXT}{LINE}\n13.03 10:00, shelling of Avdiivka\n  {LINE.replace(', ', ',  ')}\n")
    first, _, copy = rows.table.drop_columns(["row", "state"]).to_pylist()
    assert first == copy


def test_what_is_doubtful_in_ten_thousand_copies_is_said_once():
    reading = read(allegations_text, TEXT + "12.03 14:20 an outrage\n" * 10_000)
    assert sorted(i.kind.value for i in reading.issues) == ["doubtful", "doubtful", "duplicate"]


def test_the_same_words_of_another_party_are_no_copy():
    other = TEXT.replace("North", "?").replace("South", "North").replace("?", "South")
    table = read(allegations_text, f"{TEXT}{LINE}\n{other}{LINE}\n").table
    assert strings(table, "state").tolist() == ["accepted", "accepted"]
    assert strings(table, "party").tolist() == ["North", "South"]


# Both parties


@pytest.mark.parametrize(("adapter", "text"), [(allegations_csv, HEADER + ROW), (allegations_text, f"{TEXT}{LINE}\n")],
                         ids=["csv", "text"])  # fmt: skip
def test_either_party_is_read_by_the_same_code(adapter, text):
    swapped = text.replace("North", "?").replace("South", "North").replace("?", "South")
    (a,), (b,) = (read(adapter, t).table.drop_columns(["file_sha256"]).to_pylist() for t in (text, swapped))
    assert (a.pop("party"), a.pop("against")) == (b.pop("against"), b.pop("party"))
    assert a == b


# Workbooks


def cells(line: str) -> list:
    return [v or None for v in line.strip().split(",")]


def test_a_workbook_gives_the_same_rows():
    data = workbook(cells(HEADER), cells(ROW))
    assert allegations_xlsx.detect(data)
    assert not allegations_csv.detect(data)
    a, b = read(allegations_xlsx, data), read(allegations_csv, HEADER + ROW)
    assert a.table.drop_columns(["file_sha256"]).equals(b.table.drop_columns(["file_sha256"]))
    assert allegations_xlsx.raw_row(data, 1).decode().startswith("A-1,North,South")


def test_two_header_rows_with_merged_cells_are_read_together():
    top = ["party", "against", "time", None, None, None, "place", "allegation"]
    low = [None, None, "date", "from", "to", "zone", None, None]
    row = ["North", "South", "2025-03-12", "14:20", "14:35", "Europe/Kyiv", "in Avdiivka", "shelling"]
    data = workbook(["A list of violations"], top, low, row, merged=("A2:A3", "B2:B3", "C2:F2", "G2:G3", "H2:H3"))
    assert allegations_xlsx.detect(data)
    reading = read(allegations_xlsx, data)
    (found,) = reading.table.to_pylist()
    assert (found["party"], found["t_start_ns"]) == ("North", parse_instant("2025-03-12T14:20:00+02:00"))
    assert sorted(i.found.split()[0] for i in reading.issues) == ["a", "merged"]
    assert any(i.found == "a header of two rows" for i in reading.issues)


def test_a_formula_is_named():
    row = cells(ROW)
    row[12] = "=6+6"
    reading = read(allegations_xlsx, workbook(cells(HEADER), row))
    assert any("formula" in i.found and i.row == 1 for i in reading.issues)


def test_copies_in_a_workbook_are_counted():
    reading = read(allegations_xlsx, workbook(cells(HEADER), *[cells(ROW)] * 100))
    assert strings(reading.table, "state").tolist().count("duplicate") == 99


# Free text


def test_a_line_says_when_where_and_what():
    row = said(LINE)
    assert (row["party"], row["against"], row["text"]) == ("North", "South", LINE)
    assert row["t_start_ns"] == parse_instant("2025-03-12T14:20:00+02:00")
    assert row["t_end_ns"] == parse_instant("2025-03-12T14:36:00+02:00")
    assert (row["class"], row["count"], row["count_unit"], row["weapon"]) == (
        "fire_event", 12, "projectile", "120-mm mortar",
    )  # fmt: skip
    assert (row["injured_low"], row["injured_high"], row["killed_low"]) == (1, 1, None)
    assert row["place_kind"] == "settlement"


def test_a_village_that_the_gazetteer_lacks_is_found_by_its_distance_from_a_town():
    row = said("12.03 14:20, shelling at Xyzzy Ridge, 2 km north of Avdiivka")
    assert row["place_kind"] == "sector"


@pytest.mark.parametrize(("line", "date", "first", "last"), [
    ("12.03 14:20 x", "2025-03-12", "14:20", None), ("12.03.2024 x", "2024-03-12", None, None),
    ("12.03.24, 9:05-10:15 x", "2024-03-12", "9:05", "10:15"),
    ("2024-03-12 from 14:20 to 14:35 x", "2024-03-12", "14:20", "14:35"),
    ("з 22:00 до 01:15 12.03 x", "2025-03-12", "22:00", "01:15"),
    ("с 22:00 по 23:15 12/03/2025 x", "2025-03-12", "22:00", "23:15"),
    ("№ 7. 12.03 о 14:20 x", "2025-03-12", "14:20", None), ("2.50 km east of X", None, None, None),
    ("14.20 x", None, None, None), ("- 12.03 x", "2025-03-12", None, None), ("47.95, 37.80 x", None, None, None),
])  # fmt: skip
def test_dates_and_times_are_read_and_numbers_that_are_none_are_not(line, date, first, last):
    when = when_in(line, "2025")
    assert (when.date, when.first, when.last) == (date, first, last)


def test_a_date_without_a_year_has_no_time():
    header = TEXT.replace("# year: 2025\n", "")
    reading = read(allegations_text, f"{header}{LINE}\n")
    assert reading.table.to_pylist()[0]["t_start_ns"] is None
    assert doubts(reading)[0].found == "'12.03' without a year"


def test_a_day_in_the_header_holds_for_lines_that_say_none():
    row = said("14:20 shelling of Avdiivka", TEXT + "# date: 2025-03-12\n")
    assert row["t_start_ns"] == parse_instant("2025-03-12T14:20:00+02:00")


def test_a_line_over_midnight_ends_on_the_next_day():
    row = said("12.03 23:50–00:10 shelling, Avdiivka")
    assert row["t_end_ns"] - row["t_start_ns"] == 21 * 60 * SECOND_NS


def test_a_line_without_anything_is_kept():
    reading = read(allegations_text, f"{TEXT}they never keep their word\n")
    row = reading.table.to_pylist()[0]
    assert (row["t_start_ns"], row["place_kind"], row["class"]) == (None, None, None)
    assert len(doubts(reading)) == 3


@pytest.mark.parametrize("piece", ["1 m of ", "2 killed ", "12 rounds ", "1.2,", "10:00-", "at ", "drone flew "])
def test_an_endless_line_is_kept_whole_and_understood_in_part(piece):
    line = "12.03 " + piece * 100_000
    reading = read(allegations_text, f"{TEXT}{line}\n")
    assert reading.table.to_pylist()[0]["text"] == line.strip()
    assert any("only its beginning" in i.action for i in doubts(reading))


def test_header_lines_hold_for_the_lines_below_them():
    table = read(allegations_text, f"{TEXT}{LINE}\n# against:\n{LINE}\n").table
    assert strings(table, "against").tolist() == ["South", None]


@pytest.mark.parametrize(("words", "cls"), [
    ("shelling", "fire_event"), ("обстріл з міномета", "fire_event"), ("миномётный обстрел", "fire_event"),
    ("an explosion was heard", "explosion"), ("пролунав вибух", "explosion"), ("прилёт", "impact"),
    ("удар БПЛА по автомобілю", "drone_strike"), ("скид з дрона", "drone_strike"), ("FPV drone", "drone_strike"),
    ("a drone flew over the line", "uav_overflight"), ("проліт БПЛА", "uav_overflight"),
    ("полёт беспилотника", "uav_overflight"),
    ("air strike", "airstrike"), ("авиаудар", "airstrike"), ("2 КАБи", "airstrike"),
    ("ракетний удар", "missile_strike"), ("a helicopter flew in", "aircraft_overflight"),
    ("new trenches", "fortification"), ("окопы", "fortification"), ("мінування дороги", "mines"),
    ("mines laid on the road", "mines"), ("jamming of the navigation", "jamming"), ("не допустили патруль", "denial"),
    ("tanks positioned in the village", "weapon_presence"), ("розміщення гаубиць", "weapon_presence"),
    ("штурм позицій", "ground_battle"), ("crossed the contact line", "crossing"), ("a house caught fire", "fire"),
    ("пошкоджено будинок", "damage"), ("2 killed", "casualty"), ("120-mm mortar", "fire_event"), ("2 mortars", None),
    ("words", None),
])  # fmt: skip
def test_the_class_is_known_by_words_of_three_languages(words, cls):
    assert understood(words).cls == cls


def test_every_class_of_the_words_is_in_the_tree():
    assert set(_CLASSES) <= CLASSES


@pytest.mark.parametrize(("words", "count", "unit"), [
    ("12 rounds", 12, "projectile"), ("at least 20 shells", 20, "projectile"), ("15 мін", 15, "projectile"),
    ("не менее 20 снарядов", 20, "projectile"), ("12 120-mm rounds", 12, "projectile"), ("3 вибухи", 3, "explosion"),
    ("5-7 explosions", 5, "explosion"), ("up to 9 shots", None, "shot"), ("двоє пострілів", 2, "shot"),
    ("two FPV drones", 2, "drone"), ("3 БПЛА", 3, "drone"), ("4 bursts", 4, "burst"), ("120 mm rounds", None, None),
    ("5 km from the drone base", None, None), ("15 мин", None, None),
])  # fmt: skip
def test_what_was_counted_is_known_with_its_number(words, count, unit):
    found = understood(words)
    assert (None if np.isnan(found.count) else found.count) == count
    assert found.count_unit == unit


@pytest.mark.parametrize(("words", "killed", "injured"), [
    ("1 civilian wounded", (None, None), (1, 1)), ("2 killed and 3 wounded", (2, 2), (3, 3)),
    ("поранено двох цивільних", (None, None), (2, 2)), ("погиб 1, ранены 3-4 человека", (1, 1), (3, 4)),
    ("at least 2 people were killed", (2, None), (None, None)), ("загинуло: 5", (5, 5), (None, None)),
    ("up to 3 injured", (None, None), (None, 3)), ("nobody was hurt", (None, None), (None, None)),
])  # fmt: skip
def test_harm_is_a_range_and_unknown_where_nothing_is_said(words, killed, injured):
    found = understood(words)
    known = [tuple(None if np.isnan(n) else n for n in pair) for pair in (found.killed, found.injured)]
    assert known == [killed, injured]


@pytest.mark.parametrize(("words", "weapon"), [
    ("обстріл з міномета 120 мм", "міномета 120 мм"), ("fire from small arms", "small arms"),
    ("РСЗО «Град»", "РСЗО; Град"), ("a 152 mm howitzer", "152 mm howitzer"), ("shelling", None),
    ("mortars and tanks", "mortars; tanks"), ("бої біля Градівки", None),
])  # fmt: skip
def test_weapons_are_kept_as_they_are_said(words, weapon):
    assert understood(words).weapon == weapon


@pytest.mark.parametrize(
    "change", [("# party: North\n", ""), ("# against: South\n", ""), ("# time_zone: Europe/Kyiv\n", "")]
)
def test_free_text_needs_its_three_header_lines(change):
    assert allegations_text.detect(f"{TEXT}{LINE}".encode())
    assert not allegations_text.detect(f"{TEXT.replace(*change)}{LINE}".encode())


def test_a_table_with_such_comments_is_no_free_text():
    assert not allegations_text.detect(f"{TEXT}{HEADER}{ROW}".encode())


def test_rows_are_numbered_by_lines_that_are_no_comments():
    text = f"\n{TEXT}\n{LINE}\n\n# a remark\r\n13.03 10:00 shelling of Avdiivka\r\n"
    assert integers(read(allegations_text, text).table, "row").tolist() == [1, 2]
    assert allegations_text.raw_row(text.encode(), 2) == b"13.03 10:00 shelling of Avdiivka"
    with pytest.raises(CommandError, match="needed 1 to 2"):
        allegations_text.raw_row(text.encode(), 3)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_every_encoding_of_free_text_is_read(codec):
    data = f"{TEXT}13.03 10:00 обстріл, Авдіївка\n".encode(codec)
    assert allegations_text.detect(data)
    row = read(allegations_text, data).table.to_pylist()[0]
    assert row["text"].endswith("обстріл, Авдіївка")


def test_synthetic_text_says_so():
    assert read(allegations_text, f"# SYNTHETIC: an exercise\n{TEXT}{LINE}\n").synthetic


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200))
def test_no_line_stops_the_reader_and_none_is_lost(line):
    text = f"{TEXT}{line}\n"
    parts = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [part for part in parts if part.strip() and not part.strip().startswith("#")]
    assert read(allegations_text, text).table.num_rows == len(lines)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([LINE, "13.03 10:00 shelling of Avdiivka", "words"]), max_size=12))
def test_states_count_each_allegation_once(lines):
    states = strings(read(allegations_text, TEXT + "".join(f"{x}\n" for x in lines)).table, "state").tolist()
    assert states.count("accepted") == len(set(lines))
    assert len(states) == len(lines)
