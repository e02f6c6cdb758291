"""Instants, civil days and zones; a naive datetime is refused."""

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.times import (
    DAY_NS,
    HOUR_NS,
    SECOND_NS,
    day_interval_ns,
    day_intervals_ns,
    format_ns,
    from_datetime,
    parse_instant,
    to_datetime,
)

INSTANT = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds


def test_midnight_of_24_february_2022_in_utc_is_the_unix_second_1645660800() -> None:
    assert parse_instant("2022-02-24T00:00:00Z") == 1645660800 * SECOND_NS


@pytest.mark.parametrize("text", ["2025-04-19T18:00:00+03:00", "2025-04-19T15:00:00Z", "2025-04-19 15:00:00z"])
def test_one_instant_in_three_spellings_is_one_number(text: str) -> None:
    assert parse_instant(text) == parse_instant("2025-04-19T15:00:00+00:00")


def test_text_without_a_zone_is_refused_with_what_to_add() -> None:
    with pytest.raises(ValueError, match=r"without a zone; needed an offset such as Z or \+03:00; add it"):
        parse_instant("2025-04-19T18:00:00")


def test_text_without_an_offset_is_read_in_the_zone_its_source_declares() -> None:
    assert parse_instant("2022-07-01T12:00", "Europe/Kyiv") == parse_instant("2022-07-01T09:00Z")
    assert parse_instant("2022-01-01T12:00", "Europe/Kyiv") == parse_instant("2022-01-01T10:00Z")


def test_an_offset_in_the_text_wins_over_the_declared_zone() -> None:
    assert parse_instant("2022-07-01T12:00+00:00", "Europe/Kyiv") == parse_instant("2022-07-01T12:00Z")


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="naive datetime"):
        from_datetime(datetime(2022, 2, 24))  # noqa: DTZ001  # the point of the test


def test_an_impossible_date_is_an_error() -> None:
    with pytest.raises(ValueError, match="day is out of range"):
        parse_instant("2022-02-30T00:00:00Z")


def hours(day: date, zone: str) -> float:
    """Length of a civil day."""
    start, end = day_interval_ns(day, zone)
    return (end - start) / HOUR_NS


def test_the_day_on_which_summer_time_begins_in_kyiv_has_23_hours() -> None:
    assert hours(date(2022, 3, 27), "Europe/Kyiv") == 23


def test_the_day_on_which_summer_time_ends_in_kyiv_has_25_hours() -> None:
    assert hours(date(2022, 10, 30), "Europe/Kyiv") == 25


def test_moscow_keeps_24_hours_on_both_days() -> None:
    assert hours(date(2022, 3, 27), "Europe/Moscow") == hours(date(2022, 10, 30), "Europe/Moscow") == 24


def test_one_date_is_three_different_days_in_kyiv_moscow_and_utc() -> None:
    starts = [day_interval_ns(date(2022, 12, 1), zone)[0] for zone in ("UTC", "Europe/Kyiv", "Europe/Moscow")]
    assert [(starts[0] - start) / HOUR_NS for start in starts] == [0, 2, 3]


def test_days_in_columns_are_the_days_one_by_one() -> None:
    days = np.array(["2022-10-30", "2022-03-27", "2022-10-30"], dtype="datetime64[D]")
    start, end = day_intervals_ns(days, "Europe/Kyiv")
    assert ((end - start) / HOUR_NS).tolist() == [25, 23, 25]
    assert (start[0], end[0]) == day_interval_ns(date(2022, 10, 30), "Europe/Kyiv")


def test_no_days_are_no_intervals() -> None:
    start, end = day_intervals_ns(np.empty(0, "datetime64[D]"), "Europe/Kyiv")
    assert len(start) == len(end) == 0


def test_utc_is_written_with_z_and_other_zones_with_their_offset() -> None:
    t_ns = parse_instant("2025-04-19T15:00:00Z")
    assert format_ns(t_ns) == "2025-04-19T15:00:00Z"
    assert format_ns(t_ns, "Europe/Kyiv") == "2025-04-19T18:00:00+03:00"


@settings(max_examples=50)
@given(INSTANT)
def test_an_instant_survives_the_way_to_nanoseconds_and_back(moment: datetime) -> None:
    assert to_datetime(from_datetime(moment)) == moment
    assert parse_instant(format_ns(from_datetime(moment), timespec="microseconds")) == from_datetime(moment)


@settings(max_examples=50)
@given(st.dates(date(1995, 1, 1), date(2060, 1, 1)), st.sampled_from(["Europe/Kyiv", "Europe/Moscow", "UTC"]))
def test_days_follow_each_other_without_gap_or_overlap(day: date, zone: str) -> None:
    start, end = day_interval_ns(day, zone)
    assert end == day_interval_ns(date.fromordinal(day.toordinal() + 1), zone)[0]
    assert abs(end - start - DAY_NS) <= HOUR_NS
