"""CSV records: where they begin and end, whatever stands in their quotes."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.sense.lines import BROKEN, split_records

FIELD = st.text(st.sampled_from('ab",\n\r '), max_size=6)


def records(text: str, expected: int) -> list[tuple[str, int]]:
    data = text.encode()
    found = split_records(data, 0, ",", True, expected)
    return [(data[a:b].decode(), int(n)) for a, b, n in zip(found.start, found.end, found.fields, strict=True)]


@given(st.lists(st.lists(FIELD, min_size=3, max_size=3), min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_what_a_csv_writer_wrote_is_split_into_its_rows(rows):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    found = records(out.getvalue(), 3)
    assert [next(csv.reader(io.StringIO(text, newline=""))) for text, _ in found] == rows
    assert [n for _, n in found] == [3] * len(rows)


@given(st.text(st.sampled_from('ab",\n\r'), max_size=60))
@settings(max_examples=50, deadline=None)
def test_records_never_overlap_and_nothing_but_line_ends_lies_between(text):
    data = text.encode()
    found = split_records(data, 0, ",", True, 2)
    between = zip([0, *found.end.tolist()], [*found.start.tolist(), len(data)], strict=True)
    assert all(set(data[a:b]) <= {10, 13} for a, b in between)


@pytest.mark.parametrize(("text", "expected"), [
    ('a,b\n"c\nd",e\n', [("a,b", 2), ('"c\nd",e', 2)]),
    ('a,"b\nc,d\n', [('a,"b', BROKEN), ("c,d", 2)]),
    ('a,b"\nc,d\n', [('a,b"', 2), ("c,d", 2)]),
    ("a,b\r\n\r\nc,d", [("a,b", 2), ("", 0), ("c,d", 2)]),
    ('a,"b', [('a,"b', BROKEN)]),
])  # fmt: skip
def test_quotes_and_line_ends(text, expected):
    assert records(text, 2) == expected


def test_hostile_quotes_cost_no_more_than_a_few_scans():
    text = ',"""x\n' * 50_000
    assert len(records(text, 2)) >= 25_000
