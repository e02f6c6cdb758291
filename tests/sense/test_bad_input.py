"""Bad input: nothing stops the line, nothing is dropped, every fault is an Issue with its row."""

import io
import os
import stat
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.columns import integers, strings
from trucewatch.core.errors import CommandError
from trucewatch.core.issue import IssueKind
from trucewatch.sense import ADAPTERS, Config, raw_row, read_bytes, read_path, recognise, template

FIRES = "LATITUDE,LONGITUDE,ACQ_DATE\n48.1,37.1,2019-03-31\n48.2,37.2,2019-04-01\n"
CIR = "entry,date,event_group,brief description,lat,lon,link\n"
SAMPLES = [
    FIRES.encode(), (CIR + 'A,2022-03-01,Other,"x\ny",48,37,https://e.org\n').encode(), template("xlsx"),
    template("csv"), b'{"type": "FeatureCollection", "features": [{"properties": {"fill": "#a52714"}}]}',
    b'[{"date": "2022-03-01", "description": "a", "sources": [], "latitude": 48.0, "longitude": 37.0}]',
    b"satellite,instrument,time_start,time_end,p_detect,footprint_wkt\n",
]  # fmt: skip


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(("data", "found"), [
    (b"", "an empty file"), (bytes(range(256)) * 40, "a content that no adapter knows"),
    (b"a,b,c\n1,2,3\n", "a content that no adapter knows"), (b"PK\x03\x04 broken", "a zip that does not open"),
    (b"{", "a content that no adapter knows"), (b"\xff\xfe", "a content that no adapter knows"),
])  # fmt: skip
def test_a_file_that_nobody_can_read_is_one_issue_and_its_bytes_are_kept(read_one, data, found):
    reading = read_one("file.bin", data)
    assert (reading.kind, reading.table.num_rows) == ("observations", 0)
    (issue,) = reading.issues
    assert issue.kind is IssueKind.UNREADABLE
    assert issue.found.startswith(found)
    assert issue.file_sha256 == reading.file_sha256


def test_bytes_are_handed_over_before_anything_reads_them(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"\x00\x01")
    (tmp_path / "b.csv").write_text(FIRES)
    kept = []
    readings = read_path(tmp_path, put_blob=kept.append)
    next(readings)
    assert kept == [b"\x00\x01"]
    assert [r.file_name for r in readings] == ["b.csv"]
    assert kept[1] == FIRES.encode()


def test_a_file_is_known_by_its_content_and_not_by_its_name(read_one):
    assert read_one("map.geojson", FIRES).format == "fires_csv"
    assert recognise(FIRES.encode()) is not None
    assert len({a.FORMAT for a in ADAPTERS}) == len(ADAPTERS) == 26


def test_a_row_with_too_few_or_too_many_fields_costs_itself_only(read_one, rows_of):
    reading = read_one("fires.csv", FIRES + "48.3\n48.4,37.4,2019-04-02\n48.5,37.5,2019-04-02,extra\n")
    assert integers(reading.table, "row").tolist() == [1, 2, 4]
    assert rows_of(reading, IssueKind.REJECTED) == [3, 5]


def test_a_stray_quote_costs_its_own_row_only(read_one, rows_of):
    good = ",2022-03-01,Other,words,48.1,37.1,https://e.org\n"
    text = CIR + f"A{good}" + 'B,2022-03-01,Other,"never closed,48.1,37.1,\n' + f"C{good}D{good}"
    reading = read_one("cir.csv", text)
    assert strings(reading.table, "native_key").tolist() == ["A", "C", "D"]
    assert rows_of(reading, IssueKind.REJECTED) == [2]
    assert raw_row(text.encode(), "cir_csv", 3).decode() == f"C{good}".strip()


def test_a_truncated_csv_gives_the_rows_before_the_cut(read_one, rows_of):
    reading = read_one("fires.csv", FIRES[:-9])
    assert integers(reading.table, "row").tolist() == [1]
    assert rows_of(reading, IssueKind.REJECTED) == [2]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_and_blank_lines_leave_the_numbers_alone(read_one, end):
    text = FIRES.replace("\n", end) + end + "48.3,37.3,2019-04-02"
    assert integers(read_one("fires.csv", text).table, "row").tolist() == [1, 2, 3]
    assert raw_row(text.encode(), "fires_csv", 3) == b"48.3,37.3,2019-04-02"


@pytest.mark.parametrize(("codec", "word", "assumed"), [
    ("utf-8", "Кременчук", None), ("utf-8-sig", "Кременчук", None), ("utf-16", "Кременчук", None),
    ("cp1251", "Кременчук", "cp1251"), ("cp1252", "Müller näht", "cp1252"),
])  # fmt: skip
def test_every_encoding_is_read_and_an_assumed_one_is_named(read_one, codec, word, assumed):
    line = f"A,2022-03-01,Other,{word},48.1,37.1,https://e.org"
    data = (CIR + line + "\n").encode(codec)
    reading = read_one("cir.csv", data)
    assert strings(reading.table, "text").tolist() == [word]
    assert [assumed in i.found for i in reading.issues] == ([True] if assumed else [])
    bare = codec.replace("utf-8-sig", "utf-8").replace("utf-16", "utf-16-le")
    assert raw_row(data, "cir_csv", 1) == line.encode(bare)


def test_one_damaged_letter_does_not_turn_utf8_into_a_code_page(read_one):
    data = (CIR + "A,2022-03-01,Other,Кременчук,48,37,\nB,2022-03-01,Other,Київ,48,37,\n").encode()
    reading = read_one("cir.csv", data[:-6] + b"\xff" + data[-6:])
    assert strings(reading.table, "text")[0] == "Кременчук"
    assert "no UTF-8" in reading.issues[0].found


def test_a_million_rows_with_one_broken_give_all_the_others_and_its_number(read_one):
    n = 1_000_000
    lat = np.char.mod("%.4f", 45 + np.arange(n) % 70_000 / 10_000)
    lon = np.char.mod("%.4f", 30 + np.arange(n) // 70_000 / 10_000)
    rows = [f"{a},{o},2019-04-01" for a, o in zip(lat.tolist(), lon.tolist(), strict=True)]
    rows[654_320] = '48.1,"37.1;2019'
    reading = read_one("fires.csv", "LATITUDE,LONGITUDE,ACQ_DATE\n" + "\n".join(rows) + "\n")
    assert reading.table.num_rows == n - 1
    (issue,) = reading.issues
    assert (issue.kind, issue.row) == (IssueKind.REJECTED, 654_321)


def test_a_zip_is_read_entry_by_entry(read):
    data = zipped(**{"a/fires.csv": FIRES.encode(), "b.txt": b"words", "c.zip": zipped(x=b"1")})
    readings = read("bundle.zip", data)
    assert [r.file_name for r in readings] == ["bundle.zip/a/fires.csv", "bundle.zip/b.txt", "bundle.zip/c.zip"]
    assert [len(r.issues) for r in readings] == [0, 1, 1]


@pytest.mark.parametrize(
    "name", ["../fires.csv", "/etc/fires.csv", "a/../../fires.csv", "..\\fires.csv", "C:/fires.csv"]
)
def test_an_entry_whose_path_leaves_its_folder_is_left_out(read_one, name):
    reading = read_one("bundle.zip", zipped(**{name: FIRES.encode()}))
    assert reading.table.num_rows == 0
    assert "leaves its folder" in reading.issues[0].found


def test_an_entry_that_is_a_link_is_left_out(read_one):
    out, info = io.BytesIO(), zipfile.ZipInfo("fires.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert "a link" in read_one("bundle.zip", out.getvalue()).issues[0].found


def test_a_zip_bomb_is_not_opened(read_one):
    reading = read_one("bomb.zip", zipped(x=bytes(50_000_000)))
    assert "times its size" in reading.issues[0].found
    assert "entries" in read_one("many.zip", zipped(a=b"1", b=b"2"), max_archive_entries=1).issues[0].found
    assert "unpacks to" in read_one("large.zip", zipped(a=b"12345"), max_archive_bytes=4).issues[0].found


def test_a_workbook_that_is_a_zip_bomb_is_not_opened(read_one):
    book = {"[Content_Types].xml": b"", "xl/workbook.xml": b" " * 50_000_000}
    reading = read_one("form.xlsx", zipped(**book))
    assert reading.issues[0].kind is IssueKind.UNREADABLE
    assert "times its size" in reading.issues[0].found


def test_a_workbook_with_an_entity_bomb_is_not_opened(read_one):
    bomb = b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><workbook>&b;</workbook>'
    types = (
        b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
        b'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.'
        b'sheet.main+xml"/></Types>'
    )
    reading = read_one("form.xlsx", zipped(**{"[Content_Types].xml": types, "xl/workbook.xml": bomb}))
    assert reading.issues[0].kind is IssueKind.UNREADABLE


def test_a_link_that_leaves_the_folder_is_not_followed(tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text(FIRES)
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "inside.csv").write_text(FIRES)
    (folder / "link.csv").symlink_to(outside)
    (folder / "up").symlink_to(tmp_path)
    readings = {r.file_name: r for r in read_path(folder)}
    assert readings["inside.csv"].table.num_rows == 2
    assert all("leaves the folder" in readings[n].issues[0].found for n in ("link.csv", "up"))


def test_a_link_that_leads_to_itself_or_nowhere_is_an_issue(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    assert [r.issues[0].kind for r in read_path(tmp_path)] == [IssueKind.UNREADABLE] * 2


def test_an_issue_repeats_only_the_beginning_of_a_very_long_word(read_one):
    reading = read_one("fires.csv", FIRES + "9" * 100_000 + ",37.0,2019-04-02\n")
    assert len(reading.issues[0].found) < 400


def test_a_pipe_in_the_folder_does_not_make_us_wait(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (reading,) = read_path(tmp_path)
    assert "no file" in reading.issues[0].found


def test_a_file_that_is_too_large_is_not_opened(tmp_path):
    (tmp_path / "fires.csv").write_text(FIRES)
    (reading,) = read_path(tmp_path / "fires.csv", config=Config(max_file_bytes=10))
    assert reading.issues[0].kind is IssueKind.UNREADABLE


def test_the_same_bytes_under_two_names_are_read_once(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(FIRES)
    first, second = read_path(tmp_path)
    assert first.table.num_rows == 2
    assert (second.table.num_rows, second.issues[0].kind) == (0, IssueKind.DUPLICATE)


def test_a_path_that_does_not_exist_is_a_wrong_command(tmp_path):
    with pytest.raises(CommandError, match="found no file or folder"):
        read_path(tmp_path / "nothing")


def test_a_row_or_format_that_does_not_exist_is_a_wrong_command():
    with pytest.raises(CommandError, match="needed 1 to 2"):
        raw_row(FIRES.encode(), "fires_csv", 3)
    with pytest.raises(CommandError, match="needed one of firms_csv"):
        raw_row(FIRES.encode(), "no_such", 1)


def test_a_header_with_one_name_twice_is_not_recognised(read_one):
    assert read_one("x.csv", "latitude,LATITUDE,longitude,acq_date\n1,2,3,2019-01-01\n").format == "unknown"


@given(st.binary(max_size=400))
@settings(max_examples=50, deadline=None)
def test_no_bytes_raise(data):
    assert list(read_bytes("file-2022-01-01", data))


@given(st.sampled_from(SAMPLES), st.data())
@settings(max_examples=50, deadline=None)
def test_no_damage_to_a_good_file_raises(sample, data):
    at = data.draw(st.integers(0, len(sample)))
    gone = data.draw(st.integers(0, 40))
    noise = data.draw(st.binary(max_size=20))
    for reading in read_bytes("file-2022-01-01", sample[:at] + noise + sample[at + gone :]):
        assert reading.table.num_rows >= 0


FIELD = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)


@given(st.lists(st.tuples(FIELD, FIELD, FIELD), max_size=8), st.sampled_from(ADAPTERS))
@settings(max_examples=50, deadline=None)
def test_no_words_in_the_right_columns_raise(rows, adapter):
    sheet = getattr(adapter, "SHEET", None)
    if sheet is None:
        return
    names = sorted(sheet.needed)
    lines = [",".join(('"' + w.replace('"', '""') + '"') for w in (row * len(names))[: len(names)]) for row in rows]
    text = ",".join(names) + "\n" + "\n".join(lines)
    assert list(read_bytes("file.csv", text.encode()))
