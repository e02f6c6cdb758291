"""Phases that switch domains on: a clause judges nothing while its domain is off."""

import pytest

from trucewatch.core import tables
from trucewatch.core.errors import AgreementError
from trucewatch.core.times import HOUR_NS, parse_instant
from trucewatch.terms import Config, judge_all, parse_agreement, run_cases, with_corridors

PHASES = """\
phases:
  - {id: one, from: 2026-01-01, to: 2026-03-01, domains: [air, sea, energy]}
  - {id: two, from: 2026-03-01, to: 2026-05-01}
  - {id: pause, from: 2026-05-01, to: 2026-06-01, domains: [energy]}
  - {id: three, from: 2026-06-01, to: 2027-01-01, domains: [land, air]}
"""
ON_LAND = [("2026-02-28T21:59:00Z", False), ("2026-02-28T22:01:00Z", True), ("2026-04-30T20:59:00Z", True),
           ("2026-05-15T10:00:00Z", False), ("2026-05-31T21:01:00Z", True)]  # fmt: skip


def phased(files, old="", new="", phases=PHASES):
    """The small agreement with these phases, and another change."""
    start = files["terms.yaml"].index("phases:")
    end = files["terms.yaml"].index("provisions:")
    text = files["terms.yaml"][:start] + phases + files["terms.yaml"][end:]
    assert old in text
    return {**files, "terms.yaml": text.replace(old, new, 1)}


def clause(agreement, name="fire"):
    """A clause by its id."""
    return next(p for p in agreement.provisions if p.id == name)


def word(agreement, incident, situation, start):
    """What is said of a shell at some time."""
    shell = incident(start=start)
    judged = judge_all(agreement, situation(shell), Config(keep_unconcerned=True))
    return next(str(v.verdict) for v in judged.verdicts if v.clause == "fire" and v.subject_kind == "incident")


@pytest.mark.parametrize(("start", "on"), ON_LAND)
def test_an_incident_is_judged_only_while_the_domain_is_on(files, incident, situation, start, on):
    agreement = parse_agreement(phased(files), "test")
    assert word(agreement, incident, situation, start) == ("breach" if on else "no_breach")


def test_the_times_of_a_clause_are_the_hull_and_the_windows_of_its_domain(files):
    land = clause(parse_agreement(phased(files), "test"))
    at = [parse_instant(f"{day}T00:00:00", "Europe/Kyiv")
          for day in ("2026-03-01", "2026-05-01", "2026-06-01", "2027-01-01")]  # fmt: skip
    assert (land.effective_from_ns, land.effective_to_ns) == (at[0], at[3])
    assert land.windows_ns == ((at[0], at[1]), (at[2], at[3]))


def test_touching_phases_are_one_window(files):
    air = clause(parse_agreement(phased(files, "domain: land", "domain: air\n    effective_to: 2026-05-01"), "test"))
    assert air.windows_ns == ()
    assert air.effective_from_ns == parse_instant("2026-01-01T00:00:00", "Europe/Kyiv")
    assert air.effective_to_ns == parse_instant("2026-05-01T00:00:00", "Europe/Kyiv")


def test_phases_without_domains_switch_nothing_off(files):
    agreement = parse_agreement(files, "test")
    assert all(p.windows_ns == () for p in agreement.provisions)
    assert clause(agreement).effective_from_ns == agreement.effective_from_ns


def test_a_clause_of_a_named_phase_has_the_dates_of_that_phase(files):
    named = clause(parse_agreement(phased(files, "domain: land", "domain: land\n    phase: three"), "test"))
    assert named.effective_from_ns == parse_instant("2026-06-01T00:00:00", "Europe/Kyiv")
    assert named.windows_ns == ()


def test_a_period_while_the_domain_is_off_is_no_subject(files, situation):
    agreement = parse_agreement(phased(files), "test")
    off = judge_all(agreement, situation(start="2026-02-01", end="2026-02-02"), Config()).verdicts
    on = judge_all(agreement, situation(start="2026-02-28", end="2026-03-02"), Config()).verdicts
    assert off == []
    (quiet,) = [v for v in on if v.clause == "fire"]
    assert quiet.subject == "square 2026-03-01T00:00:00+02:00/2026-03-02T00:00:00+02:00"


UNREACHABLE = [
    ("domain: land", "domain: sea\n    phase: three", "nothing switches the domain 'sea' on in phase 'three'"),
    ("domain: land", "domain: sea\n    effective_to: 2026-06-02", "effective outside its phases of the domain 'sea'"),
    ("domain: land", "domain: land\n    effective_from: 2026-05-02\n    effective_to: 2026-05-20",
     "nothing switches the domain 'land' on in its dates"),
    ("domains: [air, sea, energy]", "domains: [fire]", "'land', 'air', 'sea' or 'energy'"),
    ("domains: [air, sea, energy]", "domains: []", "at least 1 item"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "words"), UNREACHABLE, ids=[u[2] for u in UNREACHABLE])
def test_a_clause_whose_domain_is_never_on_is_unreachable(files, old, new, words):
    with pytest.raises(AgreementError) as caught:
        parse_agreement(phased(files, old, new), "test")
    assert words in str(caught.value)


def test_a_domain_that_no_phase_has_is_named_with_its_line(files):
    only_air = PHASES.replace("from: 2026-03-01, to: 2026-05-01", "from: 2026-03-01, to: 2026-05-01, domains: [air]")
    with pytest.raises(AgreementError, match=r"terms.yaml:\d+: found the unreachable clause 'fire'"):
        parse_agreement(phased(files, phases=only_air.replace("[land, air]", "[air]")), "test")


CASES = """\
cases:
  - case: a shell the day before the truce reaches the land, and one the day after
    given:
      period: {from: 2026-02-28, to: 2026-03-02}
      seen: 0.9
      incidents:
        - {id: before, class: impact, p_real: 0.97, time: 2026-02-28T12:00:00+02:00,
           place: {lon: 37.0, lat: 48.0, radius_m: 100}}
        - {id: after, class: impact, p_real: 0.97, time: 2026-03-01T12:00:00+02:00,
           place: {lon: 37.0, lat: 48.0, radius_m: 100}}
    expect:
      before: {fire: no_breach}
      after: {fire: breach}
"""


def test_a_case_proves_that_a_domain_switched_on_later_does_not_judge_what_was_before(files):
    results = run_cases(parse_agreement(phased(files), "test"), {"cases/phases.yaml": CASES})
    assert [r.passed for r in results] == [True, True], [str(r) for r in results]


CORRIDORS = """
corridors:
  id_prefix: C-
  text_reference: list of corridors
  rule: silence_window
  domain: land
  binds: [left, right]
  acts: [fire_event]
  in_force_when_proposer: [both]
  parameters: {buffer_m: 1000, far_m: 20000}
"""


def test_a_corridor_on_the_list_counts_only_while_its_domain_is_on(files, situation):
    changed = phased(files)
    changed["terms.yaml"] += CORRIDORS
    hours = [parse_instant(f"2026-{day}T10:00:00Z") for day in ("02-20", "03-10")]
    columns = {
        "source": "list", "file_sha256": "f", "row": [1, 2], "native_key": ["a", "b"], "t_start_ns": hours,
        "t_end_ns": [h + 4 * HOUR_NS for h in hours], "hours_stated": [True, True], "proposer": ["both", "both"],
        "from_name": ["A", "A"], "to_name": ["B", "B"], "from_lon_deg": [37.0, 37.0], "from_lat_deg": [48.0, 48.0],
        "to_lon_deg": [37.5, 37.5], "to_lat_deg": [48.0, 48.0],
    }  # fmt: skip
    agreement = with_corridors(parse_agreement(changed, "test"), tables.CORRIDORS.table(columns, 2))
    judged = judge_all(agreement, situation(start="2026-02-15", end="2026-03-15"), Config()).verdicts
    assert [v.clause for v in judged if v.clause.startswith("C-")] == ["C-b"]


def test_a_notice_says_when_it_was_given_and_a_clause_how_long_before_it_must(files):
    files["terms.yaml"] = files["terms.yaml"].replace(
        "exceptions: [demining]", "exceptions: [demining, flight]\n    notice_hours: 1.5"
    )
    files["terms.yaml"] += (
        "notices:\n  - {party: left, activity: flight, from: 2026-03-01, to: 2026-03-02, "
        "notified: 2026-02-27T12:00:00Z, zone: square, source: notice 1}\n"
    )
    agreement = parse_agreement(files, "test")
    assert clause(agreement).notice_lead_ns == 1.5 * HOUR_NS
    assert clause(agreement, "weapons").notice_lead_ns is None
    assert agreement.notices[0].t_notified_ns == parse_instant("2026-02-27T12:00:00Z")


def test_a_notice_for_a_place_without_extent_is_refused(files):
    files["terms.yaml"] += (
        "notices:\n  - {party: left, activity: demining, from: 2026-03-01, to: 2026-03-02, zone: meridian, source: n}\n"
    )
    with pytest.raises(AgreementError, match="'meridian', which has no extent"):
        parse_agreement(files, "test")
