"""What the record says of allegations: the word of a party is no evidence, whoever the party is."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trucewatch.core.errors import ConfigError
from trucewatch.core.records import Allegation, PlaceRecord, SourceRef
from trucewatch.core.times import parse_instant
from trucewatch.terms import Config, judge_all, parse_agreement

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
OTHER = {"left": "right", "right": "left"}
TEN = "2026-03-01T10:00:00Z"


def source(row=1, name="left's list", project="left's list"):
    return SourceRef(name, "0" * 64, row, None, project, "one", 1.0)


def allege(
    name="a1", lon=37.0, lat=48.0, cls="impact", at=TEN, party="left", against="right", radius_m=300.0, copies=1
):
    """Party Left says that Party Right shelled the middle of the square at ten."""
    kind = None if lon is None else "exact"
    place = PlaceRecord(kind, lon, lat if lon is not None else None, radius_m, None, None, None, lon, lat, radius_m)
    t = None if at is None else parse_instant(at)
    return Allegation(name, party, against, None, t, t, place, cls, source(int(name[1:])), copies=copies)


@pytest.fixture
def agreement(files):
    return parse_agreement(files, "test")


@pytest.fixture
def judged(agreement, situation):
    """Judges allegations beside incidents; returns all verdicts about allegations."""

    def judge(*told, incidents=(), seen=0.4, config=None):
        facts = situation(*incidents, seen=seen, allegations=tuple(told))
        verdicts = judge_all(agreement, facts, config or Config()).verdicts
        return [v for v in verdicts if v.subject_kind == "allegation"]

    return judge


@dataclass
class Counting:
    """Sees half, and keeps for which starts it was asked."""

    asked: list[int] = field(default_factory=list)

    def fraction(self, _geometry, start_ns, _end_ns):
        self.asked.append(start_ns)
        return 0.5


def status(verdict):
    return str(verdict.verdict), verdict.numbers["status"]


def test_without_a_record_an_allegation_of_what_could_hardly_be_seen_stays_undecided(judged):
    (v,) = judged(allege(), seen=0.4)
    assert status(v) == ("undecided", "plausible_unseen")
    assert v.reason == (
        "Undecided under clause fire: impact alleged by Party Left fits no independent record, and 40% could have been "
        "seen there and then."
    )


def test_what_could_have_been_seen_and_was_not_contradicts_an_allegation(judged):
    (v,) = judged(allege(), seen=0.8)
    assert status(v) == ("no_breach", "contradicted")
    assert "80% could have been seen" in v.reason


def test_where_nothing_could_be_seen_nothing_can_be_said(judged):
    (v,) = judged(allege(), seen=0.05)
    assert status(v) == ("unobserved", "outside_coverage")
    assert v.p is None


def test_an_independent_incident_there_and_then_decides_not_the_allegation(judged, incident):
    (v,) = judged(allege(), incidents=[incident()])
    assert status(v) == ("breach", "matched")
    assert v.numbers["incident"] == "i1"
    assert v.p == pytest.approx(0.95, abs=0.03)


def test_a_doubtful_incident_leaves_the_matched_allegation_undecided(judged, incident):
    (v,) = judged(allege(), incidents=[incident(p_real=0.6)])
    assert status(v) == ("undecided", "matched")


def test_a_match_that_engages_nothing_clears_where_the_rest_could_have_been_seen(judged, incident):
    edge = allege(lon=37.1005, radius_m=300.0)
    outside = incident(lon=37.11, radius_m=50.0, p_real=0.99)
    (v,) = [v for v in judged(edge, incidents=[outside], seen=0.9) if v.clause == "fire"]
    assert status(v) == ("no_breach", "matched")


@pytest.mark.parametrize(
    "away",
    [
        {"lon": 37.05},  # 3.7 km
        {"start": "2026-03-01T11:00:00Z"},
        {"cls": "overflight"},
        {"kind": None, "lon": None, "lat": None},
    ],
)
def test_an_incident_elsewhere_at_another_time_of_another_class_or_without_a_place_matches_nothing(
    judged, incident, away
):
    assert status(judged(allege(), incidents=[incident(**away)])[0]) == ("undecided", "plausible_unseen")


def test_an_incident_known_by_its_day_matches_an_hour_of_that_day(judged, incident):
    day = incident(start="2026-02-28T22:00:00Z", end="2026-03-01T22:00:00Z", p_real=0.99)
    assert status(judged(allege(), incidents=[day])[0])[1] == "matched"


def test_an_incident_known_vaguely_is_named_as_what_it_may_be(judged, incident):
    wide = incident(radius_m=8000.0, kind="settlement", p_real=0.99)
    (v,) = judged(allege(), incidents=[wide])
    assert status(v) == ("undecided", "plausible_unseen")
    assert v.numbers["p_match"] < 0.5
    assert "may be the independent incident i1" in v.reason


def test_the_allegation_is_no_evidence_of_itself(judged, incident):
    own = replace(incident(), sources=(source(1, "another copy", "another"),))
    assert status(judged(allege(), incidents=[own])[0]) == ("undecided", "plausible_unseen")


def test_more_of_the_same_list_is_no_independent_record(judged, incident):
    same = replace(incident(), sources=(source(7),))
    assert status(judged(allege(), incidents=[same])[0]) == ("undecided", "plausible_unseen")


def test_one_independent_source_is_enough_beside_the_list(judged, incident):
    both = replace(incident(), sources=(source(7), source(8, "post 3", "posts")))
    assert status(judged(allege(), incidents=[both])[0]) == ("breach", "matched")


@pytest.mark.parametrize(
    ("missing", "word"),
    [({"lon": None}, "a place"), ({"at": None}, "a time"), ({"lon": None, "at": None}, "a place and a time")],
)
def test_without_place_or_time_the_detail_does_not_suffice(judged, incident, missing, word):
    v = next(v for v in judged(allege(**missing), incidents=[incident()], seen=0.9) if v.clause == "fire")
    assert status(v) == ("undecided", "insufficient_detail")
    assert v.reason == f"Undecided under clause fire: impact alleged by Party Left comes without {word}."


def test_without_a_time_a_place_outside_the_zone_still_engages_nothing(judged):
    (v,) = judged(allege(lon=30.0, at=None))
    assert status(v) == ("no_breach", "not_engaged")


@pytest.mark.parametrize("off", [{"lon": 30.0}, {"cls": "burial"}, {"at": "2025-06-01T10:00:00Z"}])
def test_what_would_engage_no_clause_even_if_true_gets_one_verdict_that_says_so(judged, off):
    (v,) = judged(allege(**off), seen=0.0)
    assert status(v) == ("no_breach", "not_engaged")
    assert "even as alleged" in v.reason


def test_every_clause_gets_a_verdict_where_that_is_asked_for(judged):
    told = judged(allege(), config=Config(keep_unconcerned=True))
    assert [v.clause for v in told] == ["fire", "weapons", "silence"]


def test_the_verdict_is_conditional_on_the_party_that_is_named(judged, incident):
    assert judged(allege(), incidents=[incident()])[0].conditional == {"right": "breach"}
    assert judged(allege(against=None), incidents=[incident()])[0].conditional == {}
    assert judged(allege(against="the neighbours"), incidents=[incident()])[0].conditional == {}


def test_a_party_that_the_clause_does_not_bind_breaches_nothing(agreement, situation, incident):
    clauses = tuple(replace(c, binds=("left",)) for c in agreement.provisions if c.id == "fire")
    facts = situation(incident(), allegations=(allege(against="right"),))
    verdicts = judge_all(replace(agreement, provisions=clauses), facts, Config()).verdicts
    assert {status(v) for v in verdicts if v.subject_kind == "allegation"} == {("no_breach", "not_engaged")}


def test_a_weapon_alleged_of_one_party_is_measured_from_that_party_s_line(judged):
    """20 km east of the meridian: 20 km beyond the line of the left party, well behind that of the right one."""
    gun = {"lon": 37.27, "cls": "weapon_presence"}
    of_left, of_right = (replace(allege(against=p, **gun), weapon="mortar_120") for p in ("left", "right"))
    assert status(judged(of_left)[0])[1] == "plausible_unseen"
    assert status(judged(of_right)[0])[1] == "not_engaged"


def test_the_tally_counts_every_allegation_by_clause_and_status(agreement, situation, incident):
    told = (allege("a1"), allege("a2", lon=30.0), allege("a3", lon=None))
    counts = judge_all(agreement, situation(incident(), seen=0.9, allegations=told), Config()).allegations
    assert counts["fire"] == {"insufficient_detail": 1, "matched": 1, "not_engaged": 1}
    assert sum(counts["weapons"].values()) == 3


def test_what_could_have_been_seen_is_asked_once_for_each_place_and_time(agreement, situation):
    counting = Counting()
    told = (allege("a1"), allege("a2", party="right", against="left"), allege("a3", lon=None), allege("a4", lon=30.0))
    facts = replace(situation(allegations=told), sight=counting)
    clauses = tuple(replace(c, id=f"{c.id}{k}") for c in agreement.provisions for k in range(3) if c.id == "fire")
    judge_all(replace(agreement, provisions=clauses), facts, Config())
    assert counting.asked.count(parse_instant(TEN)) == 1


alleged = st.fixed_dictionaries(
    {
        "lon": st.one_of(st.none(), st.floats(36.85, 37.15)),
        "lat": st.floats(47.9, 48.1),
        "cls": st.sampled_from(["impact", "explosion", "fire", "weapon_presence", None]),
        "at": st.sampled_from([TEN, "2026-03-01T10:20:00Z", "2026-03-01T18:00:00Z", None]),
        "party": st.sampled_from(["left", "right"]),
        "radius_m": st.floats(1, 5000),
    }
)
happened = st.fixed_dictionaries(
    {
        "lon": st.one_of(st.none(), st.floats(36.85, 37.15)),
        "lat": st.floats(47.9, 48.1),
        "cls": st.sampled_from(["impact", "fire", None]),
        "p_real": st.floats(0, 1),
    }
)


def both(told, parties):
    return [
        allege(f"a{k + 1}", **{**d, "party": parties[d["party"]], "against": parties[OTHER[d["party"]]]})
        for k, d in enumerate(told)
    ]


SAME = {"left": "left", "right": "right"}


@FEW
@given(told=st.lists(alleged, min_size=1, max_size=5), seen=st.sampled_from([0.0, 0.4, 0.9]),
       given_=st.lists(happened, max_size=4))  # fmt: skip
def test_swapping_the_parties_swaps_their_names_and_nothing_else(agreement, situation, incident, told, seen, given_):
    """Fire is fire for both parties; only weapons are measured from a party's own line."""
    fire = replace(agreement, provisions=tuple(c for c in agreement.provisions if c.id != "weapons"))
    incidents = [incident(f"i{k}", **d) for k, d in enumerate(given_)]
    a, b = (
        judge_all(fire, situation(*incidents, seen=seen, allegations=tuple(both(told, who))), Config()).verdicts
        for who in (SAME, OTHER)
    )
    for v, w in zip(a, b, strict=True):
        assert (v.clause, v.subject, v.verdict, v.p, v.numbers) == (w.clause, w.subject, w.verdict, w.p, w.numbers)
        if v.subject_kind == "allegation":
            assert {OTHER[p]: word for p, word in v.conditional.items()} == w.conditional


@FEW
@given(told=st.lists(alleged, min_size=1, max_size=5), given_=st.lists(happened, max_size=4), data=st.data())
def test_the_order_of_allegations_does_not_matter(agreement, situation, incident, told, given_, data):
    allegations = both(told, SAME)
    incidents = [incident(f"i{k}", **d) for k, d in enumerate(given_)]
    shuffled = data.draw(st.permutations(allegations))
    a, b = (
        judge_all(agreement, situation(*incidents, allegations=tuple(x)), Config()) for x in (allegations, shuffled)
    )
    assert a.verdicts == b.verdicts
    assert a.allegations == b.allegations


@FEW
@given(
    told=st.lists(alleged, min_size=1, max_size=4), given_=st.lists(happened, max_size=4), copies=st.integers(1, 999)
)
def test_copies_never_change_a_verdict(agreement, situation, incident, told, given_, copies):
    once = both(told, SAME)
    often = [replace(a, copies=copies) for a in once]
    incidents = [incident(f"i{k}", **d) for k, d in enumerate(given_)]
    a, b = (judge_all(agreement, situation(*incidents, allegations=tuple(x)), Config()).verdicts for x in (once, often))
    assert a == b


@FEW
@given(told=st.lists(alleged, min_size=1, max_size=4), given_=st.lists(happened, min_size=1, max_size=4))
def test_an_allegation_never_changes_the_verdict_about_an_incident_or_a_period(
    agreement, situation, incident, told, given_
):
    incidents = [incident(f"i{k}", **d) for k, d in enumerate(given_)]
    silent = judge_all(agreement, situation(*incidents), Config())
    loud = judge_all(agreement, situation(*incidents, allegations=tuple(both(told, SAME))), Config())
    assert [v for v in loud.verdicts if v.subject_kind != "allegation"] == silent.verdicts
    assert loud.tallies == silent.tallies


@FEW
@given(told=alleged, given_=st.lists(happened, max_size=4), seen=st.floats(0, 1))
def test_without_an_independent_incident_an_allegation_is_never_a_breach(
    agreement, situation, incident, told, given_, seen
):
    far = [incident(f"i{k}", **{**d, "lat": 40.0}) for k, d in enumerate(given_)]
    facts = situation(*far, seen=seen, allegations=tuple(both([told], SAME)))
    words = [v.verdict for v in judge_all(agreement, facts, Config()).verdicts if v.subject_kind == "allegation"]
    assert "breach" not in words
    assert words


@pytest.mark.parametrize(
    "wrong",
    [{"min_match": 0.0}, {"least_seen": -0.1}, {"allegation_lag_s": -1.0}, {"allegation_reach_m": float("nan")}],
)
def test_impossible_settings_are_refused_with_what_was_found(wrong):
    with pytest.raises(ConfigError, match=f"found .*{next(iter(wrong))}"):
        Config(**wrong)
