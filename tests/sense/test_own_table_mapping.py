"""What a mapping may say, and the sentences for what it may not."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.errors import CommandError
from trucewatch.sense.mapping import read_mapping

GOOD = """\
format: 1
reads: observations
source: town_list
time:
  start: when
  zone: Europe/Kyiv
place:
  lon: x
  lat: y
  radius: {value: 1, unit: km}
columns:
  class: {column: type, map: {shelling: explosion}}
"""


def test_a_good_mapping_is_read_and_says_which_columns_it_uses():
    used = {name: path for path, name in read_mapping("m.yaml", GOOD).used()}
    assert used == {
        "when": ("time", "start"),
        "x": ("place", "lon"),
        "y": ("place", "lat"),
        "type": ("columns", "class"),
    }


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("  zone:", "  zon:", 6, "found the unknown key 'zon'; needed one of start, end, duration, zone"),
        ("radius: {value", "radius: {valeu", 10, "did you mean 'value'?"),
        ("format: 1", "format: 2", 1, "found format 2; needed format 1"),
        ("observations", "sightings", 2, "found the table 'sightings'"),
        ("town_list", "Town List", 3, "a lower-case word"),
        ("Europe/Kyiv", "Kyiv time", 6, "found the zone 'Kyiv time'"),
        ("unit: km", "unit: leagues", 10, "found the unit 'leagues'; needed one of m, km"),
        ("explosion", "bang", 12, "found the word 'bang' for class; needed one of"),
        ("  class:", "  klass:", 12, "found the column 'klass' of observations"),
        ("  lat: y\n", "", 7, "found a place by lon"),
        ("  radius: {value: 1, unit: km}\n", "", 7, "lon and lat without a radius"),
        ("  lon: x\n", "  lon: x\n  text: z\n", 7, "found a place by lon and lat and text"),
        ("{column: type, map", "{column: type, value: x, map", 12, "both a column and a value"),
        ("  start: when\n", "", 4, "found no start; needed the key 'start'"),
        ("  start: when\n", '  start: when\n  format: "%d/%m"\n', 6, "found the format '%d/%m'"),
        ("columns:", "columns:\n  t_start_ns: x", 12, "found the column 't_start_ns'"),
        ("columns:", "columns:\n  count: {column: n, map: {a: b}}", 12, "a map for the numbers of count"),
        ("source: town_list", "source: town_list\nfile: {header_rows: 3}", 4, "found 3 as header_rows; needed 1 or 2"),
        ("source: town_list", "source: town_list\nfile: {delimiter: ab}", 4, "one character"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line_and_the_fix(old, new, line, said):
    with pytest.raises(CommandError) as caught:
        read_mapping("m.yaml", GOOD.replace(old, new))
    assert f"m.yaml:{line}:" in str(caught.value)
    assert said in str(caught.value)


def test_a_table_that_must_have_a_column_says_so():
    with pytest.raises(CommandError, match="found no party; needed it, for a table of notices"):
        read_mapping("m.yaml", "format: 1\nreads: notices\nsource: n\ntime: {start: a}\ncolumns: {activity: b}\n")


def test_a_table_of_areas_needs_shapes():
    text = "format: 1\nreads: control\nsource: n\ntime: {start: a}\ncolumns: {status: b}\n"
    with pytest.raises(CommandError, match="found no place; needed it, for a table of control"):
        read_mapping("m.yaml", text)


def test_several_faults_are_said_at_once():
    with pytest.raises(CommandError, match="mend 2 things"):
        read_mapping("m.yaml", GOOD.replace("explosion", "bang").replace("town_list", "T L"))


@pytest.mark.parametrize("text", ["", "a", "- 1", "a: [", "format: 1", "format: 1\nreads: [1]\nsource: {}\n"])
def test_what_is_no_mapping_is_refused(text):
    with pytest.raises(CommandError, match="cannot be used"):
        read_mapping("m.yaml", text)


@settings(max_examples=50)
@given(st.text(alphabet="format: 1\nreads{}[],:abc#'\"|&*", max_size=60))
def test_no_text_does_anything_but_be_read_or_refused(text):
    with suppress(CommandError):
        read_mapping("m.yaml", text)


def test_the_mapping_in_the_documentation_is_one():
    page = (Path(__file__).parents[2] / "docs" / "own-tables.md").read_text(encoding="utf-8")
    entry = read_mapping("m.yaml", page.partition("```yaml\n")[2].partition("```")[0]).entry
    assert entry.time is not None
    assert entry.time.start == ("day", "hour")
    assert entry.columns["class"].map["обстріл"] == "explosion"
