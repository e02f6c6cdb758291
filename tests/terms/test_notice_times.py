"""A notice counts where it was given as long ahead as the clause asks."""

from dataclasses import replace

import pytest
import shapely

from trucewatch.core.agreement import Notice
from trucewatch.core.times import HOUR_NS, parse_instant
from trucewatch.terms import Config, judge_all, parse_agreement

NINE, ELEVEN = (parse_instant(f"2026-03-01T{h}:00:00Z") for h in ("09", "11"))


@pytest.fixture
def verdict(files, situation, incident):
    """The verdict about a shell at ten, demining notified from nine to eleven, 24 hours ahead being asked for."""

    def judge(notified_h, lead_h=24):
        agreement = parse_agreement(files, "test")
        lead_ns = None if lead_h is None else lead_h * HOUR_NS
        clauses = tuple(replace(c, notice_lead_ns=lead_ns) for c in agreement.provisions if c.id == "fire")
        ahead = None if notified_h is None else NINE - notified_h * HOUR_NS
        notice = Notice("left", "demining", NINE, ELEVEN, shapely.box(36.95, 47.95, 37.05, 48.05), "notice 1", ahead)
        facts = situation(incident(), notices=(notice,))
        judged = judge_all(replace(agreement, provisions=clauses), facts, Config())
        return next(v for v in judged.verdicts if v.subject_kind == "incident")

    return judge


def test_a_notice_in_time_takes_the_incident_out(verdict):
    assert verdict(24).verdict == "no_breach"


def test_a_notice_given_too_late_changes_nothing(verdict):
    late = verdict(23)
    assert (late.verdict, late.p) == ("breach", 0.95)


def test_a_notice_of_unknown_time_leaves_the_answer_open(verdict):
    v = verdict(None)
    assert v.verdict == "undecided"
    assert (v.numbers["p_low"], v.numbers["p_high"]) == (0.0, 0.95)
    assert "it is not known whether the notice that covers it was given in time" in v.reason


def test_where_no_lead_is_asked_for_any_notice_counts(verdict):
    assert verdict(None, lead_h=None).verdict == "no_breach"
