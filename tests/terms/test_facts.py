"""Calls and inspections out of tables, and words in them that the agreement does not know."""

from trucewatch.core.tables import CALLS, INSPECTIONS
from trucewatch.terms import parse_agreement
from trucewatch.terms.facts import read_calls, read_inspections, unknown_callers, unknown_sites

COMMON = {"source": "hotline", "file_sha256": "00"}


def calls(**changes):
    columns = {
        **COMMON, "row": [1, 2, 3], "t_start_ns": [10, 20, 30], "t_end_ns": [10, 25, 29],
        "party": ["left", "middle", "right"], "outcome": ["unsuccessful", "shouted", None],
    }  # fmt: skip
    return CALLS.table({**columns, **changes}, 3)


def inspections(**changes):
    columns = {
        **COMMON, "row": [1, 2], "t_start_ns": [10, 20], "t_end_ns": [10, 25], "site": ["square", "barn"],
        "weapon": ["D-30", None], "declared": [12.0, None], "present": [10.0, None], "missing": [-1.0, None],
        "not_verified": [2.0, None], "access": ["granted", "perhaps"],
    }  # fmt: skip
    return INSPECTIONS.table({**columns, **changes}, 2)


def test_a_call_keeps_who_when_and_what_came_of_it():
    read, _ = read_calls(calls())
    assert [(c.party, c.t_start_ns, c.t_end_ns, c.outcome) for c in read] == [
        ("left", 10, 10, "unsuccessful"), ("middle", 20, 25, None),
    ]  # fmt: skip
    assert read[0].source == "hotline, record 1"


def test_odd_calls_become_issues_and_their_neighbours_stay():
    _, issues = read_calls(calls())
    assert [(i.row, i.kind, i.found) for i in issues] == [
        (2, "doubtful", "the outcome 'shouted'"), (3, "rejected", "a call that ends before it begins"),
    ]  # fmt: skip


def test_an_inspection_keeps_its_counts_and_unknown_ones_stay_unknown():
    read, issues = read_inspections(inspections())
    assert [(i.site, i.declared, i.present, i.missing, i.not_verified, i.access) for i in read] == [
        ("square", 12.0, 10.0, None, 2.0, "granted"), ("barn", None, None, None, None, "perhaps"),
    ]  # fmt: skip
    assert [(i.row, i.found) for i in issues] == [(1, "-1 as missing"), (2, "the access 'perhaps'")]


def test_an_inspection_that_ends_before_it_begins_is_left_out():
    read, issues = read_inspections(inspections(t_end_ns=[9, 25]))
    assert [i.site for i in read] == ["barn"]
    assert "ends before it begins" in issues[0].found


def test_sites_and_callers_that_the_agreement_does_not_know_are_told_once(files):
    agreement = parse_agreement(files, "test")
    read, _ = read_inspections(inspections())
    assert [i.found for i in unknown_sites(agreement, read * 3)] == ["the unknown site 'barn'"]
    assert [i.found for i in unknown_callers(agreement, read_calls(calls())[0])] == ["the unknown party 'middle'"]


def test_empty_tables_give_nothing():
    assert read_calls(CALLS.empty()) == ((), [])
    assert read_inspections(INSPECTIONS.empty()) == ((), [])
