"""Linking, weighing and versions of incidents."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trucewatch.core.records import Status
from trucewatch.fuse import Config, founding_id, fuse

DAY = "2022-05-02T00:00:00Z"
FIRE = {"source": "fires", "project": "firms", "kind": "pixel", "size_m": 500.0, "cls": "thermal"}


def incidents(world, rows, known=(), config=None):
    events, observations = world(rows)
    return fuse(events, observations, known, config or Config())[0]


def test_two_lists_that_name_one_house_on_one_day_make_one_incident(world):
    rows = [
        {"lon": 37.0, "lat": 48.0, "at": DAY},
        {"lon": 37.0002, "lat": 48.0001, "at": DAY, "source": "other", "project": "other"},
    ]
    found = incidents(world, rows)
    assert len(found.current) == 1
    assert len(found.current[0].sources) == 2


def test_reports_ten_kilometres_apart_stay_apart(world):
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY}, {"lon": 37.14, "lat": 48.0, "at": DAY, "source": "other"}]
    assert len(incidents(world, rows).current) == 2


def test_reports_a_week_apart_stay_apart(world):
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY}, {"lon": 37.0, "lat": 48.0, "at": "2022-05-09T00:00:00Z"}]
    assert len(incidents(world, rows).current) == 2


def test_a_fire_beside_a_report_where_nothing_burns_otherwise_is_linked(world):
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY}, {**FIRE, "lon": 37.001, "lat": 48.001, "at": DAY}]
    found = incidents(world, rows)
    assert len(found.current) == 1
    assert found.links.column("accepted").to_pylist() == [True]


def test_the_same_fire_where_something_burns_every_day_is_not_linked(world):
    rng = np.random.default_rng(3)
    daily = [
        {**FIRE, "lon": 37.0 + 0.004 * rng.normal(), "lat": 48.0 + 0.003 * rng.normal(), "p": 0.1,
         "at": f"{date(2022, 4, 1) + timedelta(days=d)}T00:00:00Z"}
        for d in range(60) for _ in range(12)
    ]  # fmt: skip
    report = {"lon": 37.0, "lat": 48.0, "at": DAY}
    links = incidents(world, [report, *daily]).links.to_pylist()
    mixed = [x for x in links if x["source_a"] != x["source_b"]]
    assert mixed
    assert not any(x["accepted"] for x in mixed)


def test_five_posts_of_one_list_count_once(world):
    one = incidents(world, [{"lon": 37.0, "lat": 48.0, "at": DAY, "p": 0.6}]).current[0]
    posts = [{"lon": 37.0, "lat": 48.0, "at": DAY, "p": 0.6, "group": f"post{i}"} for i in range(5)]
    five = incidents(world, posts).current[0]
    assert len(five.sources) == 5
    assert five.p_real <= one.p_real


def test_two_patrols_count_twice(world):
    def seen(patrol):
        return {"lon": 37.0, "lat": 48.0, "at": DAY, "hours": 0.02, "p": 0.6, "project": "observer", "group": patrol}

    both = incidents(world, [seen("P1"), seen("P2")]).current[0]
    assert len(both.sources) == 2
    assert both.p_real > 0.75


def test_casualties_are_the_most_that_one_source_states_not_the_sum(world):
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY, "killed": 2}, {"lon": 37.0, "lat": 48.0, "at": DAY, "killed": 3}]
    assert incidents(world, rows).current[0].casualties.killed_low == 3


def test_what_is_probably_background_founds_nothing_and_is_counted(world):
    found = incidents(world, [{**FIRE, "lon": 37.0, "lat": 48.0, "at": DAY, "p": 0.2}])
    assert found.current == ()
    assert found.unfounded == 1


def test_an_event_without_a_place_links_to_nothing(world):
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY}, {"lon": np.nan, "lat": np.nan, "kind": None, "at": DAY}]
    found = incidents(world, rows)
    assert found.links.num_rows == 0
    assert len(found.current) == 2


def test_a_casualty_and_a_steel_works_are_not_one_happening(world):
    works = {**FIRE, "cls": "industrial_heat", "lon": 37.0, "lat": 48.0, "at": DAY}
    assert incidents(world, [{"lon": 37.0, "lat": 48.0, "at": DAY}, works]).links.num_rows == 0


def test_a_front_of_fires_does_not_chain_beyond_one_happening(world):
    front = [{**FIRE, "lon": 37.0 + 0.006 * i, "lat": 48.0, "at": DAY, "p": 0.9} for i in range(60)]
    config = Config()
    for incident in incidents(world, front, config=config).current:
        assert incident.place.radius90_m < config.max_extent_m


def test_the_id_comes_from_the_first_record(world):
    incident = incidents(world, [{"lon": 37.0, "lat": 48.0, "at": DAY, "key": "A-1"}]).current[0]
    assert incident.incident_id == founding_id(incident.sources[0])
    assert incident.version == 1


def test_running_again_on_the_same_records_changes_nothing(world):
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY}, {**FIRE, "lon": 37.001, "lat": 48.0, "at": DAY}]
    first = incidents(world, rows)
    assert incidents(world, rows, known=first.current).changed == ()


def test_a_late_report_makes_version_two_of_the_same_incident(world):
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY, "key": "A-1"}]
    first = incidents(world, rows).current[0]
    late = {
        "lon": 37.0,
        "lat": 48.0,
        "at": DAY,
        "file_sha256": "e" * 64,
        "source": "other",
        "project": "other",
        "killed": 1,
    }
    changed = incidents(world, [*rows, late], known=(first,)).changed
    assert [(c.incident_id, c.version, c.supersedes) for c in changed] == [(first.incident_id, 2, 1)]
    assert changed[0].casualties.killed_low == 1


def test_a_verified_incident_that_changes_is_recorded_again(world):
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY}]
    verified = replace(incidents(world, rows).current[0], status=Status.VERIFIED)
    late = {"lon": 37.0, "lat": 48.0, "at": DAY, "file_sha256": "e" * 64, "source": "other", "killed": 1}
    assert incidents(world, [*rows, late], known=(verified,)).changed[0].status is Status.RECORDED


def test_a_report_between_two_incidents_merges_them_and_the_retired_id_resolves(world):
    config = Config(p_accept=0.5)
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY, "key": "A"}, {"lon": 37.0055, "lat": 48.0, "at": DAY, "key": "B"}]
    apart = incidents(world, rows, config=config)
    assert len(apart.current) == 2
    between = {"lon": 37.0027, "lat": 48.0, "at": DAY, "key": "C", "file_sha256": "e" * 64}
    merged = incidents(world, [*rows, between], known=apart.current, config=config)
    assert len(merged.current) == 1
    closed = [c for c in merged.changed if c.status is Status.MERGED]
    assert [c.merged_into for c in closed] == [merged.current[0].incident_id]


def test_a_withdrawn_bridge_splits_an_incident_and_the_new_half_names_its_origin(world):
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY, "key": "A"}, {"lon": 37.0027, "lat": 48.0, "at": DAY, "key": "C"},
            {"lon": 37.0055, "lat": 48.0, "at": DAY, "key": "B"}]  # fmt: skip
    whole = incidents(world, rows)
    assert len(whole.current) == 1
    halves = incidents(world, [rows[0], {**rows[2], "row": 3}], known=whole.current)
    assert len(halves.current) == 2
    assert {h.split_from for h in halves.current} == {None, whole.current[0].incident_id}


TOWN = {"lon": 37.0, "lat": 48.0, "at": DAY, "kind": "settlement", "size_m": 9000.0, "cls": "missile_strike"}


def test_headlines_of_one_list_about_one_town_day_and_class_are_one_incident(world):
    rows = [{**TOWN, "group": f"headline {k}"} for k in range(5)]
    (found,) = incidents(world, rows).current
    assert len(found.sources) == 5
    assert found.independent_groups == 1
    assert found.p_real == pytest.approx(0.8)


def test_a_town_named_often_is_no_better_known_than_one_named_once(world):
    (found,) = incidents(world, [{**TOWN, "group": f"headline {k}"} for k in range(5)]).current
    assert (found.place.kind, found.place.size1_m) == ("settlement", 9000.0)


@pytest.mark.parametrize("other", [{"cls": "detention"}, {"at": "2022-05-09T00:00:00Z"}, {"lon": 37.6}])
def test_another_class_day_or_town_is_another_incident(world, other):
    assert len(incidents(world, [TOWN, {**TOWN, **other}]).current) == 2


def test_two_measured_positions_of_one_list_are_told_apart(world):
    apart = [{"lon": 37.0, "lat": 48.0, "at": DAY}, {"lon": 37.02, "lat": 48.0, "at": DAY}]
    assert len(incidents(world, apart).current) == 2


def test_the_joined_place_is_tighter_than_either_sector(world):
    rows = [
        {
            "lon": 37.0,
            "lat": 48.0,
            "at": DAY,
            "kind": "ellipse",
            "size_m": 400.0,
            "hours": 0.02,
            "group": g,
            "project": "observer",
        }
        for g in ("P1", "P2")
    ]
    assert incidents(world, rows).current[0].place.size1_m == pytest.approx(np.hypot(400, 100) / 2**0.5, rel=0.01)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(12)), seed=st.integers(0, 50))
def test_the_order_of_arrival_does_not_matter(world, order, seed):
    rng = np.random.default_rng(seed)
    rows = [
        {"lon": 37 + 0.004 * rng.random(), "lat": 48 + 0.004 * rng.random(), "at": DAY, "row": i + 1,
         "cls": ["explosion", "damage", "thermal"][i % 3], "source": "abc"[i % 3], "project": "abc"[i % 3]}
        for i in range(12)
    ]  # fmt: skip
    events, observations = world(rows)
    straight = fuse(events, observations, (), Config())[0].current
    shuffled = fuse(events.take(order), observations, (), Config())[0].current
    assert straight == shuffled


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(p=st.floats(0, 1), q=st.floats(0, 1))
def test_one_more_independent_source_never_lowers_the_probability(world, p, q):
    config = Config(p_found=0.0)
    one = {"lon": 37.0, "lat": 48.0, "at": DAY, "hours": 0.02, "project": "observer", "group": "P1", "p": p}
    alone = incidents(world, [one], config=config).current[0].p_real
    both = incidents(world, [one, {**one, "group": "P2", "p": q}], config=config).current
    assert len(both) == 1
    assert 0 <= both[0].p_real <= 1
    assert both[0].p_real >= alone * 0.98  # the link itself is a little less than certain


def test_a_count_comes_with_the_unit_of_the_one_who_counted(world):
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY, "count": 9, "unit": "pixel"},
            {"lon": 37.0, "lat": 48.0, "at": DAY, "count": 3, "unit": "burst"},
            {"lon": 37.0, "lat": 48.0, "at": DAY, "count": 5, "unit": "explosion"}]  # fmt: skip
    incident = incidents(world, rows).current[0]
    assert (incident.count, incident.count_unit) == (5, "explosion")


def test_two_links_of_one_list_are_one_independent_source(world):
    rows = [{"lon": 37.0, "lat": 48.0, "at": DAY, "group": g} for g in ("link1", "link2")]
    assert incidents(world, rows).current[0].independent_groups == 1
