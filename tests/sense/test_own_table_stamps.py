"""Columns of time stamps as numbers."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.times import from_datetime
from trucewatch.sense.local_times import zone_of
from trucewatch.sense.stamps import instants, read_stamps, stamp_codes

_day = datetime.fromisoformat
OFFSETS = st.integers(-12 * 60, 14 * 60 - 1).map(lambda m: timezone(timedelta(minutes=m)))
MOMENTS = st.datetimes(_day("1800-01-01"), _day("2190-01-01"), timezones=OFFSETS)


def _starts(words: list[str | None], pattern: str | None = None, zone: str | None = "UTC") -> list[int | None]:
    stamps = read_stamps(pa.array(words, pa.string()), pattern)
    starts = instants(stamps, zone_of(zone)).start_ns
    return [int(s) if k else None for s, k in zip(starts, stamps.known, strict=True)]


def _ns(*parts: int) -> int:
    return from_datetime(datetime(*parts, tzinfo=UTC))


@settings(max_examples=50)
@given(st.lists(MOMENTS, min_size=1, max_size=20))
def test_what_python_writes_as_iso_8601_is_read_as_the_same_instant(moments):
    assert _starts([m.isoformat() for m in moments]) == [from_datetime(m) for m in moments]


@settings(max_examples=50)
@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=20))
def test_no_text_does_anything_but_be_read_or_not(words):
    assert len(_starts(words)) == len(words)


@pytest.mark.parametrize(
    "word", ["2025-04-19T21:05:00Z", "2025-04-19 21:05:00 UTC", "2025-04-19T21:05Z", "2025-04-20T00:05+03:00",
             "2025-04-20 00:05 +0300", "2025-04-20t00:05:00,000+03", "2025-04-19T21:05", "2025-04-19 17:35:00-03:30"],
)  # fmt: skip
def test_one_instant_may_be_written_in_many_ways(word):
    assert _starts([word]) == [_ns(2025, 4, 19, 21, 5)]


@pytest.mark.parametrize(
    "word", ["2025-02-29", "2025-13-01", "2025-00-01", "2025-04-31", "2025-04-19T24:00", "2025-04-19T21:60",
             "2025-4-19", "2025-04-19T", "2025-04-19T21:05:00+25:00", "2025-04-19Z", "2025-04-19T21:05:00.",
             "19.04.2025", "1", "", "2025-04-19T21:05:00Z and more", "2025-04-19T21:05:00+3"],
)  # fmt: skip
def test_what_is_no_time_is_none(word):
    assert _starts([word]) == [None]


@pytest.mark.parametrize(
    ("pattern", "word", "parts"),
    [
        ("%d.%m.%Y %H:%M", "19.4.2025 9:05", (2025, 4, 19, 9, 5)),
        ("%d.%m.%Y %H:%M", "19.04.2025", (2025, 4, 19)),
        ("%m/%d/%Y %I:%M %p", "4/19/2025 9:05 PM", (2025, 4, 19, 21, 5)),
        ("%m/%d/%Y %I:%M %p", "4/19/2025 12:05 am", (2025, 4, 19, 0, 5)),
        ("%Y%m%d", "20250419", (2025, 4, 19)),
        ("%d-%m-%y", "19-04-25", (2025, 4, 19)),
        ("%Y-%m-%dT%H:%M:%S.%f%z", "2025-04-19T09:05:00.5+02:00", (2025, 4, 19, 7, 5, 0, 500000)),
        ("unix", "1745096700", (2025, 4, 19, 21, 5)),
        ("unix_ms", "1745096700000", (2025, 4, 19, 21, 5)),
    ],
)
def test_a_pattern_is_followed(pattern, word, parts):
    assert _starts([word], pattern) == [_ns(*parts)]


@pytest.mark.parametrize(("pattern", "word"), [("%m/%d/%Y %I:%M %p", "4/19/2025 9:05"), ("%d/%m/%Y", "4/19/2025"),
                                               ("unix", "soon"), ("unix", "1e30")])  # fmt: skip
def test_what_does_not_follow_its_pattern_is_none(pattern, word):
    assert _starts([word], pattern) == [None]


@pytest.mark.parametrize("pattern", ["%d/%m", "%H:%M", "%Y-%m-%d %q", "%Y-%m-%d %d", "", "%Y%y%m%d"])
def test_a_pattern_without_a_whole_date_is_none(pattern):
    assert stamp_codes(pattern) is None


def test_a_naive_stamp_without_a_zone_has_no_instant():
    stamps = read_stamps(pa.array(["2025-04-19 21:05"]), None)
    assert stamps.naive.tolist() == [True]
    assert instants(stamps, None).end_ns.tolist() == [0]


@settings(max_examples=30)
@given(st.lists(st.datetimes(_day("2000-01-01"), _day("2040-01-01")), min_size=1, max_size=20))
def test_clock_times_in_a_zone_hold_both_readings_that_python_gives(moments):
    zone = zone_of("Europe/Kyiv")
    found = instants(read_stamps(pa.array([m.isoformat(sep=" ") for m in moments]), None), zone)
    for moment, start, end in zip(moments, found.start_ns, found.end_ns, strict=True):
        for fold in (0, 1):
            assert start <= from_datetime(moment.replace(tzinfo=zone, fold=fold)) < end


def test_a_day_of_23_hours_is_23_hours_long():
    found = instants(read_stamps(pa.array(["2025-03-30", "2025-10-26"]), None), zone_of("Europe/Kyiv"))
    assert np.diff([found.start_ns, found.end_ns], axis=0).ravel().tolist() == [23 * 3600 * 10**9, 25 * 3600 * 10**9]


def test_a_slice_of_a_longer_column_is_read_as_it_stands():
    words = pa.array(["x", "2025-04-19T21:05Z", None, "2025-04-20T21:05Z"]).slice(1)
    assert read_stamps(words, None).known.tolist() == [True, False, True]
