"""Leaving out what lies elsewhere changes no answer."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from trucewatch.core.parts import mixture
from trucewatch.core.records import PlaceRecord
from trucewatch.core.times import HOUR_NS, parse_instant
from trucewatch.terms.areas import Span
from trucewatch.terms.chances import shapes_of
from trucewatch.terms.evidence import gather
from trucewatch.terms.load import parse_agreement
from trucewatch.terms.rules import rule_of
from trucewatch.terms.situation import Facts

DAY = Span(parse_instant("2026-02-28T22:00:00Z"), parse_instant("2026-03-01T22:00:00Z"), "Europe/Kyiv")


@pytest.fixture
def agreement(files):
    return parse_agreement(files, "test")


@pytest.fixture
def scattered(incident):
    """300 incidents of all kinds, in and around the zones, some without a place, some as long as a day."""
    rng = np.random.default_rng(3)
    acts = [("impact", None), ("weapon_presence", "artillery_152"), ("fire", None), (None, "N/K")]
    made = []
    for k in range(300):
        cls, weapon = acts[int(rng.integers(len(acts)))]
        start = DAY.start_ns + int(rng.integers(-12, 36)) * HOUR_NS
        one = incident(
            f"i{k}", None if k % 20 == 0 else rng.uniform(35.5, 38.5), rng.uniform(46.5, 49.5), rng.uniform(10, 9000),
            cls, rng.uniform(), kind=["exact", "settlement"][k % 2], weapon=weapon,
        )  # fmt: skip
        made.append(_at(one, start, start + (24 * HOUR_NS if k % 3 == 0 else 0)))
    return made


def _at(incident, start_ns, end_ns):
    return replace(incident, t_start_ns=start_ns, t_end_ns=end_ns)


@pytest.mark.parametrize("name", ["fire", "weapons", "silence"])
def test_the_incidents_near_an_area_say_all_that_every_incident_says(agreement, scattered, name):
    clause = next(c for c in agreement.provisions if c.id == name)
    zones, rule = {z.id: z for z in agreement.zones}, rule_of(clause.rule)
    areas = rule.areas(clause, zones, DAY)
    every = gather(scattered, shapes_of(clause, areas, ()), 64)
    near = every.near(areas)
    assert 0 < len(near) < len(every)
    whole = rule.chances(clause, zones, areas, Facts(), every)
    part = rule.chances(clause, zones, areas, Facts(), near)
    for a, b in ((whole.p.low, part.p.low), (whole.p.high, part.p.high), (whole.placed.drawn, part.placed.drawn)):
        assert np.array_equal(a[near.rows], b)
        assert not np.delete(a, near.rows).any()


def test_a_part_of_a_part_keeps_its_masses(scattered):
    box = shapely.box(36, 47, 38, 49)
    every = gather(scattered, [box], 64)
    rows = np.arange(0, 300, 3)
    once, twice = every.take(rows).take(np.arange(0, 100, 2)), every.take(rows[::2])
    assert [i.incident_id for i in once.incidents] == [i.incident_id for i in twice.incidents]
    assert np.array_equal(once.mass_of(box), every.mass_of(box)[rows[::2]], equal_nan=True)


def test_a_path_is_kept_wherever_it_lies(agreement, incident):
    clause = agreement.provisions[0]
    zones, rule = {z.id: z for z in agreement.zones}, rule_of(clause.rule)
    areas = rule.areas(clause, zones, DAY)
    path = mixture(np.array([30.0, 31.0]), np.array([40.0, 40.0]), np.array([10.0, 10.0]), np.array([1.0, 1.0]))
    place = PlaceRecord("path", *path[:2], path[2], None, None, None, *path[:3], path[3])
    flown = _at(incident("flown"), DAY.start_ns, DAY.end_ns)
    every = gather([replace(flown, place=place), incident("far", lon=30.0)], shapes_of(clause, areas, ()), 64)
    assert [i.incident_id for i in every.near(areas).incidents] == ["flown"]
