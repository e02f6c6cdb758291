"""Fire in return: only after an attack and a call that failed, in time and in proportion; each party by itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.agreement import Call
from trucewatch.core.times import parse_instant
from trucewatch.terms import Config, judge_all, parse_agreement
from trucewatch.terms.replies import Volleys, reply_chance

REPLY = """\
  - id: reply
    text_reference: article 8
    rule: return_fire
    domain: land
    binds: [left, right]
    acts: [fire_event]
    zones: [square]
    parameters: {within_s: 3600, proportion: 2}
"""
SURE = {"p_real": 1.0}


@pytest.fixture
def agreement(files):
    return parse_agreement({**files, "terms.yaml": files["terms.yaml"] + REPLY}, "test")


def call(party="left", at="2026-03-01T10:10:00Z", outcome="unsuccessful", until=None):
    start = parse_instant(at)
    return Call(party, start, start if until is None else parse_instant(until), outcome, "hotline 1")


def attack(incident, **more):
    return incident("attack", **{**SURE, "start": "2026-03-01T10:00:00Z", **more})


def fire(incident, **more):
    return incident("fire", **{**SURE, "start": "2026-03-01T10:30:00Z", **more})


def about(agreement, facts, subject="fire"):
    found = [v for v in judge_all(agreement, facts, Config()).verdicts if v.clause == "reply"]
    return next(v for v in found if v.subject == subject)


def words(agreement, facts, subject="fire"):
    v = about(agreement, facts, subject)
    return v.verdict, dict(v.conditional)


BOTH = {"left": "breach", "right": "breach"}
LEFT_OPEN = {"left": "undecided", "right": "breach"}


def test_without_any_call_fire_engages_the_clause_whoever_fired(agreement, incident, situation):
    facts = situation(attack(incident), fire(incident))
    assert words(agreement, facts) == ("breach", BOTH)
    assert words(agreement, facts, "attack") == ("breach", BOTH)


def test_after_an_attack_and_an_unsuccessful_call_the_caller_may_have_been_permitted(agreement, incident, situation):
    facts = situation(attack(incident), fire(incident), calls=(call(),))
    assert words(agreement, facts) == ("undecided", LEFT_OPEN)
    assert "as a reply to an earlier act, after a call that failed" in about(agreement, facts).reason
    assert words(agreement, facts, "attack") == ("breach", BOTH)  # nothing came before it


def test_the_other_party_gets_the_same_from_its_own_call(agreement, incident, situation):
    facts = situation(attack(incident), fire(incident), calls=(call("right"),))
    assert words(agreement, facts) == ("undecided", {"left": "breach", "right": "undecided"})


@pytest.mark.parametrize(
    ("outcome", "conditional"),
    [("unsuccessful", LEFT_OPEN), ("unanswered", LEFT_OPEN), (None, LEFT_OPEN), ("resolved", BOTH)],
)
def test_only_a_call_that_may_have_failed_permits(agreement, incident, situation, outcome, conditional):
    facts = situation(attack(incident), fire(incident), calls=(call(outcome=outcome),))
    assert dict(about(agreement, facts).conditional) == conditional


@pytest.mark.parametrize("at", ["2026-03-01T09:59:00Z", "2026-03-01T10:31:00Z"])
def test_a_call_before_the_attack_or_after_the_fire_permits_nothing(agreement, incident, situation, at):
    assert words(agreement, situation(attack(incident), fire(incident), calls=(call(at=at),))) == ("breach", BOTH)


def test_a_call_that_lasted_over_the_attack_may_have_been_made_after_it(agreement, incident, situation):
    long = call(at="2026-03-01T09:50:00Z", until="2026-03-01T10:05:00Z")
    assert words(agreement, situation(attack(incident), fire(incident), calls=(long,)))[1] == LEFT_OPEN


def test_a_reply_that_comes_too_late_is_none(agreement, incident, situation):
    late = fire(incident, start="2026-03-01T11:01:00Z")
    assert words(agreement, situation(attack(incident), late, calls=(call(),))) == ("breach", BOTH)


def test_a_reply_whose_interval_reaches_into_the_permitted_time_may_be_one(agreement, incident, situation):
    wide = fire(incident, start="2026-03-01T10:50:00Z", end="2026-03-01T12:00:00Z")
    assert words(agreement, situation(attack(incident), wide, calls=(call(),)))[1] == LEFT_OPEN


@pytest.mark.parametrize(
    ("attacked", "fired", "conditional"),
    [(5.0, 10.0, LEFT_OPEN), (5.0, 11.0, BOTH), (None, 11.0, LEFT_OPEN), (5.0, None, LEFT_OPEN)],
)
def test_a_reply_out_of_proportion_is_none(agreement, incident, situation, attacked, fired, conditional):
    first = replace(attack(incident), count=attacked, count_unit="explosion")
    then = replace(fire(incident), count=fired, count_unit="explosion")
    assert dict(about(agreement, situation(first, then, calls=(call(),))).conditional) == conditional


def test_an_attack_that_may_not_have_been_leaves_that_much(agreement, incident, situation):
    v = about(agreement, situation(attack(incident, p_real=0.1), fire(incident), calls=(call(),)))
    assert (v.numbers["p_low"], v.numbers["p_high"]) == (0.9, 1.0)
    assert v.verdict == "breach"


def test_an_attack_elsewhere_permits_nothing(agreement, incident, situation):
    far = attack(incident, lon=39.0)
    assert words(agreement, situation(far, fire(incident), calls=(call(),))) == ("breach", BOTH)


def test_an_attack_of_unknown_place_may_be_one(agreement, incident, situation):
    somewhere = attack(incident, lon=None)
    assert words(agreement, situation(somewhere, fire(incident), calls=(call(),)))[1] == LEFT_OPEN


def test_a_flight_is_no_attack(agreement, incident, situation):
    seen = attack(incident, cls="overflight")
    assert words(agreement, situation(seen, fire(incident), calls=(call(),))) == ("breach", BOTH)


def test_fire_far_from_the_zone_does_not_engage_the_clause(agreement, incident, situation):
    judged = judge_all(agreement, situation(fire(incident, lon=39.0)), Config(keep_unconcerned=True))
    assert [v.verdict for v in judged.verdicts if v.clause == "reply" and v.subject == "fire"] == ["no_breach"]


def test_the_period_is_quiet_seen_or_unobserved_as_under_any_clause(agreement, situation):
    for seen, word in ((0.9, "no_breach"), (0.1, "unobserved")):
        judged = judge_all(agreement, situation(seen=seen), Config()).verdicts
        assert [v.verdict for v in judged if v.clause == "reply"] == [word]


@settings(max_examples=30, deadline=None)
@given(
    first=st.tuples(st.integers(0, 90), st.integers(0, 60)),
    then=st.tuples(st.integers(0, 90), st.integers(0, 60)),
    rung=st.tuples(st.integers(0, 90), st.integers(0, 60)),
    within_s=st.sampled_from([60, 600, 1800, 3600]),
)
def test_a_reply_is_possible_exactly_where_some_minutes_follow_each_other(first, then, rung, within_s):
    """Against trying every minute of the three intervals; all of them begin and end at full minutes."""
    minute = 60 * 10**9
    (a0, a1), (f0, f1), (c0, c1) = ((s, s + length) for s, length in (first, then, rung))
    volleys = Volleys(
        np.array([a0, f0]) * minute, np.array([a1, f1]) * minute, np.array([0.7, 0.0]), np.ones(2), np.ones(2)
    )
    rang = Call("left", c0 * minute, c1 * minute, "unanswered", "hotline 1")
    found = reply_chance(volleys, np.array([False, True]), [rang], within_s, None)
    possible = any(
        a <= c <= f and (f - a) * 60 <= within_s
        for a in range(a0, a1 + 1)
        for c in range(c0, c1 + 1)
        for f in range(f0, f1 + 1)
    )
    assert found.tolist() == [0.0, pytest.approx(0.7) if possible else 0.0]
