"""Two versions of an agreement on the same facts."""

import json
from dataclasses import replace

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trucewatch.terms import Config, changed_clauses, diff, judge_all, parse_agreement, superseded

FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def agreement(files):
    return parse_agreement(files, "test")


@pytest.fixture
def facts(incident, situation):
    """A shell in the square, and one two kilometres east of it."""
    return situation(incident("inside"), incident("beside", lon=37.13))


def clause(agreement, name):
    return next(c for c in agreement.provisions if c.id == name)


def with_clause(agreement, name, **changes):
    changed = tuple(replace(c, **changes) if c.id == name else c for c in agreement.provisions)
    return replace(agreement, provisions=changed)


def with_zone(agreement, name, **changes):
    return replace(agreement, zones=tuple(replace(z, **changes) if z.id == name else z for z in agreement.zones))


def told(agreement, amended, facts):
    """Changes about incidents, in short."""
    changes = diff(agreement, amended, facts, Config()).changes
    return [(c.clause, c.subject, c.before, c.after, c.why) for c in changes if c.kind == "incident"]


def test_nothing_changes_between_an_agreement_and_itself(agreement, facts):
    same = diff(agreement, agreement, facts, Config())
    assert (dict(same.clauses), same.changes) == ({}, ())
    assert same.judged[0] == same.judged[1] > 0


def test_a_zone_drawn_anew_is_named_as_the_reason(agreement, facts):
    wider = with_zone(agreement, "square", geometry=shapely.box(36.9, 47.9, 37.2, 48.1))
    assert told(agreement, wider, facts) == [("fire", "beside", "no verdict", "breach 0.95", "zone square: drawn anew")]


def test_a_removed_clause_leaves_no_verdict(agreement, facts):
    rest = replace(agreement, provisions=tuple(c for c in agreement.provisions if c.id != "fire"))
    assert told(agreement, rest, facts) == [("fire", "inside", "breach 0.95", "no verdict", "the clause is removed")]


def test_an_added_clause_says_so(agreement, facts):
    more = replace(agreement, provisions=(*agreement.provisions, replace(clause(agreement, "fire"), id="fire too")))
    assert told(agreement, more, facts) == [("fire too", "inside", "no verdict", "breach 0.95", "the clause is added")]


def test_changed_acts_are_named_with_both_values(agreement, facts):
    other = with_clause(agreement, "fire", acts=("overflight",))
    assert told(agreement, other, facts) == [
        ("fire", "inside", "breach 0.95", "no verdict", "acts: fire_event becomes overflight")
    ]


def test_changed_parameters_are_named_one_by_one(agreement):
    c = clause(agreement, "weapons")
    nearer = {**c.parameters, "distances_m": {"mortar_120": 10000, "artillery_152": 25000}}
    amended = with_clause(agreement, "weapons", parameters=nearer)
    (what,) = changed_clauses(agreement, amended)["weapons"]
    assert what.startswith("distances_m.mortar_120: 15000")
    assert what.endswith("becomes 10000")


def test_a_changed_date_is_named_in_the_zone_of_the_agreement(agreement):
    c = clause(agreement, "fire")
    later = with_clause(agreement, "fire", effective_to_ns=c.effective_to_ns - 86_400_000_000_000)
    assert changed_clauses(agreement, later) == {
        "fire": ("effective_to: 2027-01-01T00:00:00+02:00 becomes 2026-12-31T00:00:00+02:00",)
    }


def test_a_source_that_is_missing_now_is_named(agreement, facts):
    unsourced = with_zone(agreement, "square", vertex_sources=(None, *["made for the test"] * 4))
    (change,) = [c for c in told(agreement, unsourced, facts) if c[1] == "inside"]
    assert change[2:] == ("breach 0.95", "undecided", "zone square: sources of its vertices differ")


def test_the_result_can_be_written_as_json_and_as_rows(agreement, facts):
    rest = replace(agreement, provisions=agreement.provisions[1:])
    found = diff(agreement, rest, facts, Config())
    plain = json.loads(json.dumps(found.as_dict()))
    assert plain["clauses"] == {"fire": ["the clause is removed"]}
    assert [tuple(c.values()) for c in plain["changes"]] == found.rows()
    assert all(len(row) == 6 for row in found.rows())


@FEW
@given(east=st.floats(36.95, 37.3), lons=st.lists(st.floats(36.8, 37.4), max_size=5))
def test_there_and_back_again_the_same_subjects_change(agreement, situation, incident, east, lons):
    facts = situation(*(incident(f"i{k}", lon=lon) for k, lon in enumerate(lons)))
    amended = with_zone(agreement, "square", geometry=shapely.box(36.9, 47.9, east, 48.1))
    there, back = diff(agreement, amended, facts, Config()), diff(amended, agreement, facts, Config())
    assert [(c.clause, c.subject, c.before, c.after) for c in there.changes] == [
        (c.clause, c.subject, c.after, c.before) for c in back.changes
    ]


def verdicts(agreement, facts):
    return judge_all(agreement, facts, Config()).verdicts


def test_an_earlier_verdict_is_followed_by_the_one_under_the_amended_agreement(agreement, facts):
    amended = with_clause(agreement, "fire", effective_from_ns=clause(agreement, "fire").effective_to_ns - 1)
    narrowed = with_zone(agreement, "square", geometry=shapely.box(36.9, 47.9, 37.0, 48.1))
    old = verdicts(agreement, facts)
    ((before, after),) = [
        s for s in superseded(old, verdicts(narrowed, facts), narrowed, ["inside"]) if s.before.subject == "inside"
    ]
    assert (before.verdict, after.verdict) == ("breach", "undecided")
    withdrawn = superseded(old, verdicts(amended, facts), amended, ["inside"])
    after = next(s.after for s in withdrawn if s.before.subject == "inside")
    assert (after.verdict, after.p, after.conditional) == (
        "no_breach",
        0.0,
        {"left": "no_breach", "right": "no_breach"},
    )
    assert "as it now is" in after.reason


def test_a_verdict_under_a_clause_that_is_gone_gives_way(agreement, facts):
    rest = replace(agreement, provisions=agreement.provisions[1:])
    found = superseded(verdicts(agreement, facts), verdicts(rest, facts), rest, ["inside"])
    assert {s.before.clause for s in found} == {"fire"}
    assert all("no longer part of the agreement" in s.after.reason for s in found)


def test_what_was_not_judged_now_keeps_its_verdict(agreement, facts, situation):
    old, new = verdicts(agreement, facts), verdicts(agreement, situation())
    assert [s for s in superseded(old, new, agreement, []) if s.before.subject_kind == "incident"] == []


def test_under_the_same_agreement_nothing_gives_way(agreement, facts):
    same = verdicts(agreement, facts)
    assert superseded(same, same, agreement, ["inside", "beside"]) == []
