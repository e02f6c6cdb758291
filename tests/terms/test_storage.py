"""Storage sites: what inspections found there, what they could not verify, and where nobody looked."""

import pytest

from trucewatch.core.agreement import Inspection
from trucewatch.core.errors import AgreementError
from trucewatch.core.times import parse_instant
from trucewatch.terms import Config, judge_all, parse_agreement

STORES = """\
  - id: stores
    text_reference: article 7
    rule: storage_inventory
    domain: land
    binds: [left]
    acts: [weapon_presence]
    zones: [square]
    parameters: {}
"""


def agreement_of(files, parameters="{}"):
    text = STORES.replace("parameters: {}", f"parameters: {parameters}")
    return parse_agreement({**files, "terms.yaml": files["terms.yaml"] + text}, "test")


def look(day=1, weapon="D-30", declared=12, present=12, missing=0, not_verified=0, access="granted", site="square"):
    at = parse_instant(f"2026-03-{day:02}T08:00:00Z")
    return Inspection(site, at, at, weapon, declared, present, missing, not_verified, access, "report 4")


def stores(agreement, situation, *inspections, end="2026-03-02"):
    facts = situation(inspections=inspections, end=end, seen=0.0)
    (verdict,) = [v for v in judge_all(agreement, facts, Config()).verdicts if v.clause == "stores"]
    return verdict


@pytest.mark.parametrize(
    ("found", "word"),
    [
        ({}, "no_breach"),
        ({"missing": 2, "present": 10}, "breach"),
        ({"missing": None, "present": 10}, "breach"),  # 12 declared, 10 seen, none left to verify
        ({"missing": None, "present": 10, "not_verified": 2}, "undecided"),
        ({"missing": None, "present": 9, "not_verified": 2}, "breach"),
        ({"missing": 0, "not_verified": 2, "present": 10}, "undecided"),
        ({"missing": None, "present": 10, "not_verified": None}, "undecided"),
        ({"missing": None, "not_verified": None}, "no_breach"),  # 12 declared, 12 seen
        ({"missing": None, "present": None, "declared": None, "not_verified": None}, "undecided"),
        ({"missing": None, "present": None, "not_verified": None, "access": "denied"}, "undecided"),
        ({"access": "delayed"}, "no_breach"),
    ],
)
def test_an_inspection_decides_by_what_it_counted(files, situation, found, word):
    v = stores(agreement_of(files), situation, look(**found))
    assert (v.verdict, v.conditional) == (word, {"left": word})


def test_without_an_inspection_the_site_is_unobserved(files, situation):
    v = stores(agreement_of(files), situation)
    assert v.verdict == "unobserved"
    assert "no inspection of square is known in the period" in v.reason


def test_inspections_of_other_sites_and_other_times_say_nothing(files, situation):
    assert stores(agreement_of(files), situation, look(site="wide"), look(day=9)).verdict == "unobserved"


def test_the_reason_names_numbers_weapon_time_and_report(files, situation):
    v = stores(agreement_of(files), situation, look(missing=2, present=10), look(weapon="BM-21", declared=6, present=6))
    assert v.reason == (
        "If confirmed, would engage clause stores: in square 2 of 12 D-30 missing on 2026-03-01T08:00:00Z (report 4)."
    )
    assert (v.numbers["missing:D-30"], v.numbers["missing:BM-21"]) == (2, 0)


def test_denied_access_is_named_and_leaves_the_clause_undecided(files, situation):
    denied = look(missing=None, present=None, not_verified=None, access="denied")
    v = stores(agreement_of(files), situation, denied)
    assert "access to D-30 denied on 2026-03-01T08:00:00Z (report 4)" in v.reason
    assert v.numbers["denied:D-30"] == 1


def test_a_later_full_count_does_not_take_back_what_was_missing(files, situation):
    v = stores(agreement_of(files), situation, look(1, missing=1, present=11), look(2), end="2026-03-05")
    assert v.verdict == "breach"


@pytest.mark.parametrize(
    ("days", "word", "unwatched"),
    [
        ((3, 7), "no_breach", 0.0),
        ((3,), "unobserved", 0.058),  # from 10:00 on 3 March to the end of 8 March: 14 h beyond five days, of ten days
        ((), "unobserved", 0.5),
    ],
)
def test_an_inspection_is_due_every_so_many_days(files, situation, days, word, unwatched):
    agreement = agreement_of(files, "{every_days: 5}")
    start = "2026-02-27"
    facts = situation(inspections=tuple(look(d) for d in days), start=start, end="2026-03-09", seen=1.0)
    (v,) = [v for v in judge_all(agreement, facts, Config()).verdicts if v.clause == "stores"]
    assert v.verdict == word
    assert v.numbers["unwatched"] == pytest.approx(unwatched, abs=1e-3)


def test_an_inspection_before_the_period_counts_for_its_first_days(files, situation):
    agreement = agreement_of(files, "{every_days: 5}")
    facts = situation(inspections=(look(1), look(6)), start="2026-03-05", end="2026-03-08", seen=1.0)
    (v,) = [v for v in judge_all(agreement, facts, Config()).verdicts if v.clause == "stores"]
    assert (v.verdict, v.numbers["unwatched"]) == ("no_breach", 0.0)


def test_where_nobody_looked_in_the_period_an_earlier_inspection_does_not_clear_it(files, situation):
    agreement = agreement_of(files, "{every_days: 5}")
    facts = situation(inspections=(look(1),), start="2026-03-02", end="2026-03-03", seen=1.0)
    (v,) = [v for v in judge_all(agreement, facts, Config()).verdicts if v.clause == "stores"]
    assert (v.verdict, v.numbers["unwatched"]) == ("unobserved", 0.0)


def test_denied_access_is_no_look(files, situation):
    agreement = agreement_of(files, "{every_days: 1}")
    denied = look(2, access="denied")
    v = stores(agreement, situation, look(1), denied, look(3), end="2026-03-04")
    assert v.numbers["unwatched"] > 0.3


@pytest.mark.parametrize("parameters", ["{every_days: 0}", "{every: 5}"])
def test_parameters_that_make_no_sense_are_refused(files, parameters):
    with pytest.raises(AgreementError, match="every"):
        agreement_of(files, parameters)
