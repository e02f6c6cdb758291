"""A proposed mapping: what names and values say, and what a person must decide."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.errors import CommandError
from trucewatch.sense.mapping import read_mapping
from trucewatch.sense.own_table import read_table
from trucewatch.sense.source import Source
from trucewatch.sense.suggest import suggest, suggest_text

ENGLISH = """\
id,date,time,latitude,longitude,type,killed,url,description
1,2025-04-19,21:05,48.1,37.5,shelling,2,https://example.org/1,near the mill
2,2025-04-19,21:40,48.2,37.6,drone strike,N/K,https://example.org/2,
3,2025-04-20,06:10,48.2,37.6,salute,0,https://example.org/3,
"""
UKRAINIAN = """\
№;дата;широта;довгота;тип;загиблі;поранені;опис
1;19.04.2025 21:05;48,1;37,5;обстріл;2;1-2;біля млина
2;20.04.2025 06:10;48,2;37,6;вибух;0;3;
"""
RUSSIAN = """\
дата;место;вид события;погибшие
03.04.2025;Донецк;обстрел;1
04.04.2025;Горловка;пожар;0
"""


def _proposed(text: str, name: str = "list.csv") -> str:
    return suggest(Source(name, text.encode()))


def test_an_english_list_is_understood():
    entry = read_mapping("m", _proposed(ENGLISH)).entry
    assert entry.time is not None
    assert entry.place is not None
    assert entry.time.start == ("date", "time")
    assert (entry.place.lon, entry.place.lat) == ("longitude", "latitude")
    assert entry.columns["class"].map == {"drone strike": "drone_strike", "salute": None, "shelling": "explosion"}
    assert {n: c.column for n, c in entry.columns.items() if n != "class"} == {
        "native_key": "id", "killed": "killed", "link": "url", "text": "description"}  # fmt: skip


def test_a_ukrainian_list_with_decimal_commas_is_understood():
    entry = read_mapping("m", _proposed(UKRAINIAN)).entry
    assert entry.time is not None
    assert entry.place is not None
    assert entry.file.decimal == ","
    assert entry.time.format == "%d.%m.%Y %H:%M:%S"
    assert (entry.place.lon, entry.place.lat) == ("довгота", "широта")
    assert entry.columns["killed"].column == "загиблі"
    assert entry.columns["injured"].column == "поранені"
    assert entry.columns["class"].map == {"вибух": "explosion", "обстріл": "explosion"}


def test_a_russian_list_without_degrees_takes_its_places_from_words():
    entry = read_mapping("m", _proposed(RUSSIAN)).entry
    assert entry.place is not None
    assert entry.place.text == "место"
    assert entry.columns["class"].map == {"обстрел": "explosion", "пожар": "fire"}
    assert entry.columns["killed"].column == "погибшие"


def test_what_a_person_must_decide_is_marked():
    asked = [line for line in _proposed(ENGLISH).splitlines() if "# ? " in line]
    assert any("zone: UTC" in line for line in asked)
    assert any("radius:" in line for line in asked)
    assert any("salute: null" in line for line in asked)


def test_a_zone_is_not_asked_for_where_every_moment_has_an_offset():
    text = "started_at,finished_at,lat,lon\n2025-04-19T21:05+03:00,2025-04-19T21:40+03:00,48.1,37.5\n"
    proposed = _proposed(text)
    assert "zone" not in proposed
    entry = read_mapping("m", proposed).entry
    assert entry.time is not None
    assert (entry.time.start, entry.time.end) == (("started_at",), ("finished_at",))


def test_a_date_that_may_be_read_two_ways_is_asked_for():
    proposed = _proposed("date,lat,lon\n03/04/2025,48.1,37.5\n05/06/2025,48.1,37.5\n")
    (line,) = [line for line in proposed.splitlines() if "format:" in line and "%d" in line]
    assert "# ? day first and month first both fit" in line


def test_a_day_beyond_twelve_tells_the_order():
    proposed = _proposed("date,lat,lon\n03/04/2025,48.1,37.5\n05/16/2025,48.1,37.5\n")
    assert 'format: "%m/%d/%Y"  # by its values' in proposed


def test_what_could_not_be_told_is_said():
    proposed = _proposed("a,b\n1,2\n")
    assert "no column looks like a time" in proposed
    assert "no column looks like a place" in proposed
    assert "# not used: a, b" in proposed


def test_every_line_says_why():
    lines = [line for line in _proposed(ENGLISH).splitlines() if line and not line.startswith("#")]
    assert all("  # " in line for line in lines)


def test_a_proposal_is_the_same_every_time():
    assert _proposed(UKRAINIAN) == _proposed(UKRAINIAN)


def test_labels_parted_by_a_bar_are_split():
    entry = read_mapping("m", _proposed("date,type\n2025-04-19,shelling|fire\n2025-04-20,fire\n")).entry
    assert entry.columns["class"].split == "|"
    assert set(entry.columns["class"].map) == {"shelling", "fire"}


def test_two_header_rows_are_seen():
    text = "Event,,Position,\nid,when,lon,lat\n1,2025-04-19T21:05Z,37.5,48.1\n"
    entry = read_mapping("m", _proposed(text)).entry
    assert entry.file.header_rows == 2
    assert entry.place is not None
    assert entry.place.lon == "Position / lon"


def test_a_geojson_file_gives_its_shapes():
    text = """{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"date": "2025-04-19"},
    "geometry": {"type": "Polygon", "coordinates": [[[37, 48], [37.1, 48], [37.1, 48.1], [37, 48]]]}}]}"""
    entry = read_mapping("m", _proposed(text, "areas.geojson")).entry
    assert entry.place is not None
    assert entry.place.geometry == "geometry"
    assert entry.place.radius is None


def test_what_is_no_table_is_refused():
    with pytest.raises(CommandError, match="found no table in x"):
        suggest(Source("x", b""))
    with pytest.raises(CommandError, match="found no file"):
        suggest_text(Path("not_there.csv"))


NAMES = st.text(alphabet="abя \"#:{}[]&*!|>%@`'\\-", min_size=1, max_size=8).filter(
    lambda n: n.strip() and "\n" not in n
)


@settings(max_examples=40)
@given(st.lists(NAMES, min_size=1, max_size=4), st.integers(1, 5))
def test_a_proposal_reads_as_many_rows_as_the_table_has(names, rows):
    cells = ",".join('"' + n.replace('"', '""') + '"' for n in names)
    line = ",".join("w" for _ in names)
    text = f"when,lat,lon,type,{cells}\n" + "".join(
        f"2025-04-{n:02d},48.1,37.{n},{names[0][:1]}x,{line}\n" for n in range(1, rows + 1)
    )
    text = text if '"x' not in text else text.replace('"x', "x")
    data = text.encode()
    (reading,) = read_table(Source("list.csv", data), suggest(Source("list.csv", data)), "m.yaml")
    assert reading.table.num_rows == rows


@pytest.mark.parametrize(
    ("name", "start", "zone_asked"),
    [
        ("viina/viina_incidents_202307.csv", "datetime", True),
        ("sirens/official_until_2023-08.csv", "started_at", False),
        ("incidents_cir/events_2022_h1.csv", "date", True),
        ("firms/second_dialect_excerpt.csv", "acq_date", True),
    ],
)
def test_real_lists_get_a_sensible_proposal_that_reads(shared_data, name, start, zone_asked):
    path = shared_data / name
    proposed = suggest_text(path)
    entry = read_mapping("m", proposed).entry
    assert entry.time is not None
    assert entry.time.start[0] == start
    assert ("zone: UTC  # ?" in proposed) is zone_asked
    (reading,) = read_table(Source(path.name, path.read_bytes()), proposed, "m.yaml")
    assert reading.table.num_rows > 0
