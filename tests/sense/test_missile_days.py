"""Days of missiles and drones: what one side's air force counted, read as its claim."""

import numpy as np
import pytest

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.tables import OBSERVATIONS
from trucewatch.core.times import parse_instant
from trucewatch.sense import Config, Source, missile_days_csv
from trucewatch.sense.missile_days_csv import class_of

HEADER = (
    "time_start,time_end,model,launch_place,target,carrier,launched,destroyed,not_reach_goal,num_hit_location,source"
)


def attack(first="2024-02-03 22:00", last="2024-02-04 05:30", model="Type-1 drone", target="", launched="9",
           destroyed="7", lost="1", hits="", source="statement 12"):  # fmt: skip
    return ",".join([first, last, model, "North Field", target, "", launched, destroyed, lost, hits, source])


def read(*rows: str, header: str = HEADER, **limits: object) -> Reading:
    data = "\n".join([header, *rows, ""]).encode()
    (reading,) = missile_days_csv.read(Source("attacks.csv", data, Config(**limits)))
    OBSERVATIONS.check(reading.table)
    return reading


def doubts(reading):
    return [i.found for i in reading.issues if i.kind is IssueKind.DOUBTFUL]


def test_a_night_is_an_interval_in_kyiv_and_its_last_minute_belongs_to_it():
    table = read(attack()).table
    assert integers(table, "t_start_ns")[0] == parse_instant("2024-02-03T22:00:00+02:00")
    assert integers(table, "t_end_ns")[0] == parse_instant("2024-02-04T05:31:00+02:00")


def test_a_date_is_a_whole_day_also_where_the_clocks_change_and_where_no_end_is_given():
    table = read(attack("2024-03-31", "2024-03-31"), attack("2024-03-31", "")).table
    assert set(integers(table, "t_start_ns")) == {parse_instant("2024-03-31T00:00:00+02:00")}
    assert set(integers(table, "t_end_ns")) == {parse_instant("2024-04-01T00:00:00+03:00")}


def test_what_was_launched_is_counted_and_stays_a_claim():
    reading = read(attack())
    table = reading.table
    assert (numbers(table, "count")[0], strings(table, "count_unit")[0]) == (9.0, "projectile")
    assert strings(table, "weapon")[0] == "Type-1 drone"
    assert (strings(table, "reliability")[0], strings(table, "means")[0]) == ("D", "reported")
    assert "one side's own claims" in doubts(reading)[0]
    assert "destroyed 7" in strings(table, "text")[0]


@pytest.mark.parametrize(("model", "hits", "cls"), [
    ("Type-1 drone", np.nan, "aerial_attack"), ("Type-1 drone", 0.0, "aerial_attack"),
    ("Type-1 drone", 2.0, "drone_strike"), ("Shahed-136/131", 1.0, "drone_strike"),
    ("Type-2 cruise missile", 1.0, "missile_strike"),
])  # fmt: skip
def test_a_strike_needs_a_stated_hit(model, hits, cls):
    assert class_of(model, hits) == cls


def test_a_region_as_target_is_somewhere_in_it_and_a_vague_one_is_unknown():
    reading = read(attack(target="Poltava oblast"), attack(target="the whole front"), attack(target="the whole front"))
    assert strings(reading.table, "place_kind").tolist() == ["candidates", None, None]
    assert "the target 'the whole front' in 2 rows" in doubts(reading)


def test_more_stopped_than_launched_is_doubtful_and_kept_as_claimed(rows_of):
    reading = read(attack(), attack(launched="5", destroyed="7", lost=""))
    assert rows_of(reading, IssueKind.DOUBTFUL)[0] == 2
    assert "7 stopped of 5 launched" in doubts(reading)
    assert numbers(reading.table, "count").tolist() == [9.0, 5.0]


@pytest.mark.parametrize("launched", ["many", "-3"])
def test_a_count_that_is_no_number_of_things_is_unknown_and_doubtful(launched):
    reading = read(attack(launched=launched, destroyed=""))
    assert np.isnan(numbers(reading.table, "count")[0])
    assert any(f"launched '{launched}'" in found for found in doubts(reading))


def test_rows_of_one_statement_count_once():
    table = read(attack(), attack(model="Type-2"), attack(source="statement 13")).table
    first, second, other = strings(table, "group")
    assert first == second != other


def test_bad_rows_become_issues_and_their_good_neighbours_go_on(rows_of):
    reading = read(
        attack(), attack("03.02.2024"), attack("2024-02-05 10:00", "2024-02-04 05:30"), attack(model=""),
        attack("2030-01-01", "2030-01-01"), attack("2024-02-07", "2024-02-07"),
        not_after_ns=parse_instant("2025-01-01T00:00:00Z"),
    )  # fmt: skip
    assert integers(reading.table, "row").tolist() == [1, 6]
    assert sorted(rows_of(reading, IssueKind.REJECTED)) == [2, 3, 4, 5]


def test_the_same_row_twice_counts_once(rows_of):
    reading = read(attack(), attack())
    assert strings(reading.table, "state").tolist() == ["accepted", "duplicate"]
    assert rows_of(reading, IssueKind.DUPLICATE) == [2]


def test_four_columns_are_enough_and_a_file_without_rows_gives_none():
    short = "time_start,time_end,model,launched"
    assert read("2024-02-03,2024-02-03,Type-1,4", header=short).table.num_rows == 1
    assert read(header=short).table.num_rows == 0


def test_the_raw_bytes_of_a_row_come_back_and_the_header_is_known():
    data = "\n".join([HEADER, attack(), attack(model="Type-2")]).encode()
    assert missile_days_csv.raw_row(data, 2).decode() == attack(model="Type-2")
    assert missile_days_csv.detect(data)
