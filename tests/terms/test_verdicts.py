"""What the rules say about one incident and about a quiet day, in numbers that can be checked by head."""

from dataclasses import replace

import pytest
from shapely.geometry import box

from trucewatch.core.agreement import Force, Notice
from trucewatch.core.errors import AgreementError, ConfigError
from trucewatch.core.records import Status
from trucewatch.core.times import parse_instant
from trucewatch.terms import Config, judge_all, parse_agreement

ALL = Config(keep_unconcerned=True)


def verdict(judgement, clause, kind="incident"):
    """The only verdict of this kind under a clause."""
    found = [v for v in judgement.verdicts if v.clause == clause and v.subject_kind == kind]
    assert len(found) == 1, found
    return found[0]


@pytest.fixture
def agreement(files):
    return parse_agreement(files, "test")


def test_p_is_the_product_of_real_place_time_and_class(agreement, incident, situation):
    # Half of the hour lies in the corridor's window; the pixel-sharp place lies wholly in its buffer.
    heard = incident(lat=48.5, start="2026-03-01T07:30:00Z", end="2026-03-01T08:30:00Z", p_real=0.9)
    v = verdict(judge_all(agreement, situation(heard), Config()), "silence")
    assert v.numbers["p_real"] == 0.9
    assert v.numbers["p_place"] == 1.0
    assert v.numbers["p_time"] == 0.5  # 09:30 to 10:30 in Kyiv, window from 10:00
    assert v.p == pytest.approx(0.45)
    assert v.verdict == "undecided"


def test_a_place_half_inside_gives_half_the_probability(agreement, incident, situation):
    edge = incident(lon=37.1, kind="settlement", radius_m=2000, p_real=1.0)
    assert verdict(judge_all(agreement, situation(edge), Config()), "fire").p == pytest.approx(0.5, abs=1 / 32)


def test_a_breach_is_worded_as_a_condition(agreement, incident, situation):
    v = verdict(judge_all(agreement, situation(incident()), Config()), "fire")
    assert v.verdict == "breach"
    assert v.reason.startswith("If confirmed, would engage clause fire: impact in square")
    assert "violat" not in v.reason
    assert not v.hypothetical
    assert v.incident_version == 1


def test_an_agreement_not_in_force_marks_every_verdict(agreement, incident, situation):
    judged = judge_all(replace(agreement, force=Force.HYPOTHETICAL), situation(incident()), Config())
    assert all(v.hypothetical and "hypothetical" in v.reason for v in judged.verdicts)


@pytest.mark.parametrize(("p_real", "word"), [(0.80, "breach"), (0.79, "undecided"), (0.06, "undecided"),
                                              (0.05, "no_breach")])  # fmt: skip
def test_the_word_follows_the_thresholds(agreement, incident, situation, p_real, word):
    assert verdict(judge_all(agreement, situation(incident(p_real=p_real)), Config()), "fire").verdict == word


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"lon": None, "lat": None}, "its place is not known"),
        ({"cls": None}, "may or may not be an act"),
        ({"cls": "event"}, "may or may not be an act"),
        ({"cls": "fire"}, "fire may or may not be an act"),
        ({"kind": "exact", "radius_m": float("nan")}, "its place is not known"),
    ],
)
def test_what_is_unknown_leaves_the_clause_undecided(agreement, incident, situation, change, why):
    v = verdict(judge_all(agreement, situation(incident(**change)), Config()), "fire")
    assert v.verdict == "undecided"
    assert v.p is None
    assert why in v.reason
    assert v.numbers["p_low"] == 0
    assert v.numbers["p_high"] == pytest.approx(0.95)


@pytest.mark.parametrize("change", [{"cls": "overflight"}, {"cls": "industrial_heat"}, {"lat": 48.3},
                                    {"start": "2027-03-01T00:00:00Z"}, {"p_real": 0.0}])  # fmt: skip
def test_an_incident_that_surely_lies_outside_has_no_row_and_is_counted(agreement, incident, situation, change):
    judged = judge_all(agreement, situation(incident(**change)), Config())
    assert not [v for v in judged.verdicts if v.clause == "fire" and v.subject_kind == "incident"]
    tally = judged.tallies["fire"]
    assert (tally.incidents, tally.unconcerned) == (1, 1)
    kept = judge_all(agreement, situation(incident(**change)), ALL)
    assert verdict(kept, "fire").verdict == "no_breach"


def test_the_tally_counts_every_incident_once(agreement, incident, situation):
    mixed = [incident("a"), incident("b", p_real=0.5), incident("c", p_real=0.01), incident("d", lat=48.4)]
    tally = judge_all(agreement, situation(*mixed), Config()).tallies["fire"]
    assert (tally.breach, tally.undecided, tally.no_breach, tally.unconcerned) == (1, 1, 1, 1)
    assert tally.incidents == 4


def test_merged_and_retired_incidents_are_not_judged(agreement, incident, situation):
    gone = [replace(incident(), status=s) for s in (Status.MERGED, Status.RETIRED)]
    judged = judge_all(agreement, situation(*gone), Config())
    assert all(v.subject_kind == "period" for v in judged.verdicts)


# Longitude of a howitzer at 48 N around the baseline at 37 E (0.1° are 7.46 km); left is west, right is east.
@pytest.mark.parametrize(
    ("lon", "left", "right", "word"),
    [
        (36.8, "breach", "breach", "breach"),  # 15 km on the left
        (36.5, "no_breach", "breach", "undecided"),  # 37 km on the left
        (37.5, "breach", "no_breach", "undecided"),  # 37 km on the right
        (37.2, "breach", "breach", "breach"),  # 15 km on the right
    ],
)
def test_a_weapon_is_measured_for_each_party_from_its_own_baseline(
    agreement, incident, situation, lon, left, right, word
):
    gun = incident(lon=lon, cls="weapon_presence", weapon="152-mm howitzer")
    v = verdict(judge_all(agreement, situation(gun), Config()), "weapons")
    assert v.conditional == {"left": left, "right": right}
    assert v.verdict == word


def test_a_weapon_without_a_distance_engages_nothing(agreement, incident, situation):
    v = verdict(judge_all(agreement, situation(incident(cls="weapon_presence", weapon="rifle")), Config()), "weapons")
    assert v.verdict == "no_breach"


def test_a_coarse_weapon_word_decides_where_all_its_meanings_agree(agreement, incident, situation):
    # A mortar of unknown calibre: 120 mm must keep 15 km, 60 and 82 mm nothing.
    near = incident(cls="weapon_presence", weapon="mortar", lon=36.9)
    far = incident(cls="weapon_presence", weapon="tank", lon=36.9)
    v = verdict(judge_all(agreement, situation(near), Config()), "weapons")
    assert (v.verdict, v.p) == ("undecided", None)
    assert "not known well enough" in v.reason
    assert verdict(judge_all(agreement, situation(far), Config()), "weapons").verdict == "no_breach"


def test_quiet_counts_only_where_enough_was_seen(agreement, situation):
    seen = verdict(judge_all(agreement, situation(seen=0.8), Config()), "fire", "period")
    blind = verdict(judge_all(agreement, situation(seen=0.79), Config()), "fire", "period")
    assert (seen.verdict, blind.verdict) == ("no_breach", "unobserved")
    assert blind.p is None
    assert blind.numbers["seen"] == 0.79


def test_a_seen_breach_counts_however_little_was_seen(agreement, incident, situation):
    judged = judge_all(agreement, situation(incident(), seen=0.0), Config())
    assert verdict(judged, "fire", "period").verdict == "breach"


def test_many_doubtful_incidents_leave_the_day_undecided(agreement, incident, situation):
    faint = [incident(f"i{k}", p_real=0.04) for k in range(30)]
    judged = judge_all(agreement, situation(*faint), Config())
    day = verdict(judged, "fire", "period")
    assert day.verdict == "undecided"
    assert day.p == pytest.approx(1 - 0.96**30, abs=1e-4)


def test_an_incident_of_unknown_place_is_left_out_of_the_day_and_said(agreement, incident, situation):
    day = verdict(judge_all(agreement, situation(incident(lon=None, lat=None)), Config()), "fire", "period")
    assert day.verdict == "no_breach"
    assert day.numbers["unplaced"] == 1
    assert "1 incidents of unknown place are left out" in day.reason


def test_every_window_of_hours_is_a_subject(agreement, situation):
    judged = judge_all(agreement, situation(end="2026-03-04"), Config())
    subjects = [v.subject for v in judged.verdicts if v.clause == "silence"]
    assert subjects[0] == "road 2026-03-01T10:00:00+02:00/2026-03-01T14:00:00+02:00"
    assert len(subjects) == 3


def test_the_hours_keep_local_time_when_summer_time_begins(agreement, situation):
    judged = judge_all(agreement, situation(start="2026-03-28", end="2026-03-31"), Config())
    hours = [v.subject.split()[1] for v in judged.verdicts if v.clause == "silence"]
    assert [h[11:25] for h in hours] == ["10:00:00+02:00", "10:00:00+03:00", "10:00:00+03:00"]


def notice(activity="demining", west=36.98, east=37.02):
    """A notified activity of two hours around the centre of the square."""
    start, end = parse_instant("2026-03-01T09:00:00Z"), parse_instant("2026-03-01T11:00:00Z")
    return Notice("left", activity, start, end, box(west, 47.98, east, 48.02), "notice 7")


def test_a_notified_activity_takes_an_incident_out_of_the_clause(agreement, incident, situation):
    v = verdict(judge_all(agreement, situation(incident(), notices=(notice(),)), Config()), "fire")
    assert v.verdict == "no_breach"
    assert v.numbers["p_excepted"] == 1.0
    assert "notified demining of Party Left (notice 7)" in v.reason


@pytest.mark.parametrize("other", [notice("exercise"), notice(west=36.95, east=36.97)])
def test_a_notice_of_another_activity_or_place_changes_nothing(agreement, incident, situation, other):
    assert verdict(judge_all(agreement, situation(incident(), notices=(other,)), Config()), "fire").verdict == "breach"


def test_a_notice_covers_no_more_than_its_share_of_the_place(agreement, incident, situation):
    # The notice covers the western half of the disc.
    wide = incident(kind="settlement", radius_m=1000, p_real=1.0)
    v = verdict(judge_all(agreement, situation(wide, notices=(notice(east=37.0),)), Config()), "fire")
    assert v.p == pytest.approx(0.5, abs=1 / 32)


def test_a_zone_with_an_unsourced_vertex_is_undecided_whatever_happens(agreement, incident, situation):
    zones = tuple(replace(z, vertex_sources=("a", None, "a", "a")) if z.id == "square" else z for z in agreement.zones)
    judged = judge_all(replace(agreement, zones=zones), situation(incident(), seen=1.0), Config())
    for kind in ("incident", "period"):
        v = verdict(judged, "fire", kind)
        assert v.verdict == "undecided"
        assert "1 of 4 vertices of square name no source" in v.reason
        assert set(v.conditional.values()) == {"undecided"}
    assert ["1 of 4 vertices" in i.found for i in judged.issues] == [True]


def test_an_unsourced_baseline_leaves_a_weapon_undecided(agreement, incident, situation):
    zones = tuple(replace(z, vertex_sources=("a", None, "a")) if z.id == "meridian" else z for z in agreement.zones)
    gun = incident(lon=36.8, cls="weapon_presence", weapon="artillery_152")
    v = verdict(judge_all(replace(agreement, zones=zones), situation(gun), Config()), "weapons")
    assert v.conditional == {"left": "undecided", "right": "undecided"}
    assert "1 of 3 vertices of meridian name no source" in v.reason


def test_a_zone_counts_only_while_it_is_valid(agreement, incident, situation):
    until = parse_instant("2026-03-01T10:30:00Z")
    zones = tuple(replace(z, valid_to_ns=until) if z.id == "square" else z for z in agreement.zones)
    half = incident(start="2026-03-01T10:00:00Z", end="2026-03-01T11:00:00Z", p_real=1.0)
    v = verdict(judge_all(replace(agreement, zones=zones), situation(half), Config()), "fire")
    assert v.numbers["p_time"] == 0.5


def test_a_clause_that_binds_one_party_says_so(agreement, incident, situation):
    one = replace(agreement.provisions[0], binds=("left",))
    v = verdict(judge_all(replace(agreement, provisions=(one,)), situation(incident()), Config()), "fire")
    assert v.conditional == {"left": "breach"}
    assert "if it was done by or for Party Left" in v.reason


def test_no_clause_fails_closed(agreement, situation):
    with pytest.raises(AgreementError, match="found no clause"):
        judge_all(replace(agreement, provisions=()), situation(), Config())


def test_no_incident_gives_verdicts_about_the_periods_alone(agreement, situation):
    assert {v.subject_kind for v in judge_all(agreement, situation(), Config()).verdicts} == {"period"}


@pytest.mark.parametrize("wrong", [{"p_breach": 0.05}, {"p_clear": -0.1}, {"min_seen": 0.0}, {"place_points": 0}])
def test_thresholds_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ConfigError, match="change the settings"):
        Config(**wrong)
