"""A limit on acts in any window of hours, judged over each zone's period."""

from dataclasses import replace

import pytest

from trucewatch.core.errors import AgreementError
from trucewatch.terms import Config, judge_all, parse_agreement

LIMIT = """\
  - id: rate
    text_reference: article 9
    rule: rate_over_window
    domain: land
    binds: [left, right]
    acts: [fire_event]
    zones: [square]
    parameters: {most: 2, window_h: 6}
"""


def with_clause(files, text):
    return parse_agreement({**files, "terms.yaml": files["terms.yaml"] + text}, "test")


def rate(agreement, facts):
    (verdict,) = [v for v in judge_all(agreement, facts, Config()).verdicts if v.clause == "rate"]
    return verdict


def shells(incident, *hours, **more):
    return [incident(f"i{h}", start=f"2026-03-01T{h:02}:00:00Z", **{"p_real": 1.0, **more}) for h in hours]


@pytest.fixture
def agreement(files):
    return with_clause(files, LIMIT)


def test_three_certain_shells_in_six_hours_pass_a_limit_of_two(agreement, incident, situation):
    v = rate(agreement, situation(*shells(incident, 1, 3, 6)))
    assert (v.verdict, v.p, v.subject_kind) == ("breach", 1.0, "period")
    assert v.conditional == {"left": "breach", "right": "breach"}
    assert v.reason == (
        "If confirmed, would engage clause rate: at most 2 incidents are allowed in any 6 h in square; more of them "
        "fall into one such window with probability 1.00; the fullest begins at 2026-03-01T01:00:00Z, with at least "
        "3.0 expected in it."
    )


def test_the_same_shells_over_seven_hours_stay_within_the_limit(agreement, incident, situation):
    v = rate(agreement, situation(*shells(incident, 1, 3, 8)))
    assert (v.verdict, v.p) == ("no_breach", 0.0)


def test_single_shells_have_no_verdict_of_their_own_under_a_limit(agreement, incident, situation):
    verdicts = judge_all(agreement, situation(*shells(incident, 1, 3, 6)), Config(keep_unconcerned=True)).verdicts
    assert {v.subject_kind for v in verdicts if v.clause == "rate"} == {"period"}


def test_uncertain_shells_leave_the_limit_undecided(agreement, incident, situation):
    v = rate(agreement, situation(*shells(incident, 1, 3, 6, p_real=0.8)))
    assert (v.verdict, v.p) == ("undecided", pytest.approx(0.512, abs=1e-4))


def test_a_quiet_day_that_nobody_could_see_is_unobserved(agreement, situation):
    v = rate(agreement, situation(seen=0.2))
    assert v.verdict == "unobserved"
    assert "no known incident can be one" in v.reason


def test_a_quiet_day_that_was_seen_keeps_the_limit(agreement, situation):
    assert rate(agreement, situation(seen=0.9)).verdict == "no_breach"


def test_shells_outside_the_zone_do_not_count(agreement, incident, situation):
    v = rate(agreement, situation(*shells(incident, 1, 3), *shells(incident, 4, lon=38.5)))
    assert v.verdict == "no_breach"


def test_shells_of_unknown_place_are_left_out_and_said(agreement, incident, situation):
    v = rate(agreement, situation(*shells(incident, 1, 3), *shells(incident, 4, lon=None)))
    assert v.verdict == "no_breach"
    assert v.numbers["unplaced"] == 1
    assert "1 incidents of unknown place are left out" in v.reason


def counted(incidents, count, unit="explosion"):
    return [replace(i, count=count, count_unit=unit) for i in incidents]


@pytest.mark.parametrize(
    ("count", "unit", "word"),
    [
        (3.0, "explosion", "breach"),
        (2.0, "explosion", "no_breach"),
        (None, None, "undecided"),  # at least one, possibly many
        (50.0, "pixel", "undecided"),  # pixels are no acts
    ],
)
def test_an_incident_can_count_for_all_its_explosions(files, incident, situation, count, unit, word):
    agreement = with_clause(files, LIMIT.replace("window_h: 6", "window_h: 6, unit: counted"))
    assert rate(agreement, situation(*counted(shells(incident, 1), count, unit))).verdict == word


def test_what_is_expected_in_the_fullest_window_is_not_cut_at_the_limit(files, incident, situation):
    agreement = with_clause(files, LIMIT.replace("window_h: 6", "window_h: 6, unit: counted"))
    v = rate(agreement, situation(*counted(shells(incident, 1, 2), 40.0)))
    assert v.numbers["expected_low"] == 80.0


def test_unknown_counts_count_for_at_least_one(files, incident, situation):
    agreement = with_clause(files, LIMIT.replace("window_h: 6", "window_h: 6, unit: counted"))
    assert rate(agreement, situation(*shells(incident, 1, 2, 3))).verdict == "breach"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("most: 2", "most: -1", "greater than or equal to 0"),
        ("window_h: 6", "window_h: 0", "greater than 0"),
        ("window_h: 6", "window: 6", "did you mean 'window_h'?"),
        ("window_h: 6", "window_h: 6, unit: bangs", "'incidents' or 'counted'"),
        ("zones: [square]\n    parameters: {most", "zones: [meridian]\n    parameters: {most", "of kind line"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(files, old, new, words):
    assert LIMIT.count(old) == 1
    with pytest.raises(AgreementError, match=words):
        with_clause(files, LIMIT.replace(old, new))
