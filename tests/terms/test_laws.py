"""Laws that hold for every set of incidents."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trucewatch.terms import Config, judge_all, parse_agreement

FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CLASSES = ["impact", "explosion", "fire", "weapon_presence", "overflight", "event", None]
WEAPONS = ["mortar_120", "artillery_152", "mortar", "N/K", None]

described = st.fixed_dictionaries(
    {
        "lon": st.one_of(st.none(), st.floats(36.5, 37.5)),
        "lat": st.floats(47.5, 48.6),
        "radius_m": st.floats(1, 20_000),
        "kind": st.sampled_from(["exact", "settlement"]),
        "cls": st.sampled_from(CLASSES),
        "weapon": st.sampled_from(WEAPONS),
        "p_real": st.floats(0, 1),
        "start": st.sampled_from(["2026-03-01T06:00:00Z", "2026-03-01T09:30:00Z", "2025-12-31T21:30:00Z"]),
        "end": st.sampled_from(["2026-03-01T09:30:00Z", "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z"]),
    }
)


@pytest.fixture
def agreement(files):
    return parse_agreement(files, "test")


def judged(agreement, incidents, situation):
    config = Config(keep_unconcerned=True)
    return judge_all(agreement, situation(*incidents), config).verdicts


@FEW
@given(given_=st.lists(described, max_size=6))
def test_probabilities_lie_between_0_and_1_and_the_bounds_in_order(agreement, incident, situation, given_):
    incidents = [incident(f"i{k}", **d) for k, d in enumerate(given_)]
    for v in judged(agreement, incidents, situation):
        assert v.p is None or 0 <= v.p <= 1
        for name in ("p_real", "p_place", "p_class", "p"):
            low, high = v.numbers.get(f"{name}_low", 0.0), v.numbers.get(f"{name}_high", 1.0)
            assert 0 <= low <= high <= 1
        assert v.reason.endswith(".")


@FEW
@given(given_=st.lists(described, min_size=1, max_size=6), data=st.data())
def test_the_order_of_incidents_does_not_matter(agreement, incident, situation, given_, data):
    incidents = [incident(f"i{k}", **d) for k, d in enumerate(given_)]
    shuffled = data.draw(st.permutations(incidents))

    def key(v):
        return (v.clause, v.subject_kind, v.subject)

    a = sorted(judged(agreement, incidents, situation), key=key)
    b = sorted(judged(agreement, shuffled, situation), key=key)
    assert [(key(v), v.verdict, v.p, dict(v.conditional)) for v in a if v.subject_kind == "incident"] == [
        (key(v), v.verdict, v.p, dict(v.conditional)) for v in b if v.subject_kind == "incident"
    ]
    days_a, days_b = ([v for v in x if v.subject_kind == "period"] for x in (a, b))
    assert [v.verdict for v in days_a] == [v.verdict for v in days_b]
    assert [v.p for v in days_a] == pytest.approx([v.p for v in days_b])


@FEW
@given(one=described)
def test_an_incident_far_away_engages_nothing_that_it_did_not_engage_here(agreement, incident, situation, one):
    here = judged(agreement, [incident(**one)], situation)
    away = judged(agreement, [incident(**{**one, "lon": 10.0, "lat": 10.0})], situation)
    for v in away:
        assert v.p == 0 or v.numbers.get("p_any_high") == 0
        assert v.verdict == "no_breach"
    assert len(here) == len(away)


@FEW
@given(one=described, other=st.lists(described, max_size=4))
def test_other_incidents_do_not_change_what_is_said_of_one(agreement, incident, situation, one, other):
    alone = judged(agreement, [incident("it", **one)], situation)
    more = judged(agreement, [*(incident(f"i{k}", **d) for k, d in enumerate(other)), incident("it", **one)], situation)
    about = [(v.clause, v.verdict, v.p, v.reason) for v in alone if v.subject == "it"]
    assert about == [(v.clause, v.verdict, v.p, v.reason) for v in more if v.subject == "it"]


@FEW
@given(one=described, factor=st.floats(0, 1))
def test_a_less_certain_incident_never_has_a_greater_probability(agreement, incident, situation, one, factor):
    sure = judged(agreement, [incident(**one)], situation)
    less = judged(agreement, [incident(**{**one, "p_real": one["p_real"] * factor})], situation)
    for a, b in zip(sure, less, strict=True):
        assert b.numbers.get("p_high", b.numbers.get("p", 0)) <= a.numbers.get("p_high", a.numbers.get("p", 0)) + 1e-4
