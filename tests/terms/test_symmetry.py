"""The same facts with the parties swapped give the same result."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from trucewatch.core.agreement import Agreement
from trucewatch.terms import Config, judge_all, parse_agreement

FOLDER = Path(__file__).parents[2] / "agreements" / "armistice-example"
OTHER = {"north": "south", "south": "north"}
AXIS_DEG = 37.5  # a reflection in a meridian leaves every length as it is


def other_words(text: str) -> str:
    """North for south and south for north in any spelling."""
    swap = {"North": "South", "South": "North", "north": "south", "south": "north"}
    return re.sub("|".join(swap), lambda m: swap[m.group()], text)


def relabelled(agreement: Agreement) -> Agreement:
    """The agreement in which each party has the name and the baseline of the other."""
    clauses = []
    for c in agreement.provisions:
        parameters = dict(c.parameters)
        for key in ("baselines", "sides"):
            if key in parameters:
                parameters[key] = {OTHER[p]: v for p, v in parameters[key].items()}
        clauses.append(replace(c, binds=tuple(OTHER[p] for p in c.binds), parameters=parameters))
    parties = tuple(replace(p, id=OTHER[p.id], name=other_words(p.name)) for p in agreement.parties)
    zones = tuple(
        replace(z, name=other_words(z.name), disputed_by=tuple(OTHER[p] for p in z.disputed_by))
        for z in agreement.zones
    )
    notices = tuple(replace(n, party=OTHER[n.party]) for n in agreement.notices)
    return replace(agreement, parties=parties, provisions=tuple(clauses), zones=zones, notices=notices)


def reflected(agreement: Agreement) -> Agreement:
    """The agreement on the reflected map; what lay left of a line lies right of it."""

    def across(shape):
        return shapely.transform(shape, lambda c: np.column_stack([2 * AXIS_DEG - c[:, 0], c[:, 1]]))

    turned = {"left": "right", "right": "left"}
    clauses = []
    for c in agreement.provisions:
        parameters = dict(c.parameters)
        if "sides" in parameters:
            parameters["sides"] = {p: turned[s] for p, s in parameters["sides"].items()}
        clauses.append(replace(c, parameters=parameters))
    zones = tuple(replace(z, geometry=across(z.geometry)) for z in agreement.zones)
    notices = tuple(replace(n, geometry=across(n.geometry)) for n in agreement.notices)
    return replace(agreement, provisions=tuple(clauses), zones=zones, notices=notices)


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    return parse_agreement({f: (FOLDER / f).read_text() for f in ("terms.yaml", "zones.geojson")}, FOLDER.name)


def scattered(incident, count=300):
    """Incidents of several classes all over the map."""
    rng = np.random.default_rng(7)
    acts = [("impact", None), ("weapon_presence", "artillery_152"), ("weapon_presence", "tank"), ("outgoing", "N/K"),
            ("fire", None), ("new_works", None)]  # fmt: skip
    return [
        incident(f"i{k}", lon, lat, 50.0, cls, p, weapon=weapon)
        for k, (lon, lat, p, (cls, weapon)) in enumerate(
            zip(rng.uniform(36.7, 38.3, count), rng.uniform(47.5, 48.4, count), rng.uniform(0, 1, count),
                [acts[j] for j in rng.integers(0, len(acts), count)], strict=True)
        )
    ]  # fmt: skip


def test_with_the_parties_swapped_all_but_their_names_is_the_same(agreement, incident, situation):
    facts = situation(*scattered(incident))
    plain = judge_all(agreement, facts, Config()).verdicts
    swapped = judge_all(relabelled(agreement), facts, Config()).verdicts
    assert len(plain) == len(swapped) > 100
    for a, b in zip(plain, swapped, strict=True):
        assert (a.clause, a.subject, a.verdict, a.p) == (b.clause, b.subject, b.verdict, b.p)
        assert {OTHER[p]: w for p, w in a.conditional.items()} == b.conditional
        assert other_words(a.reason) == b.reason
        assert {other_words(k): v for k, v in a.numbers.items()} == b.numbers


def test_on_the_reflected_map_with_the_parties_swapped_the_result_is_the_same(agreement, incident, situation):
    here = scattered(incident)
    there = [
        replace(i, place=replace(i.place, lon_deg=2 * AXIS_DEG - i.place.lon_deg)) for i in here if i.place.lon_deg
    ]
    config = Config(keep_unconcerned=True)
    plain = judge_all(agreement, situation(*here), config).verdicts
    mirrored = judge_all(relabelled(reflected(agreement)), situation(*there), config).verdicts
    assert len(plain) == len(mirrored)
    same = [
        (a.verdict, {OTHER[p]: w for p, w in a.conditional.items()}) == (b.verdict, b.conditional)
        for a, b in zip(plain, mirrored, strict=True)
    ]
    assert np.mean(same) > 0.998  # the 64 points of a place on an edge are not their own mirror image
    known = [(a.p, b.p) for a, b in zip(plain, mirrored, strict=True) if a.p is not None and b.p is not None]
    assert max(abs(a - b) for a, b in known) < 6 / 64
    assert np.mean([abs(a - b) < 1e-3 for a, b in known]) > 0.98


def test_an_incident_and_its_mirror_image_get_the_same_sentence(agreement, incident, situation):
    here = incident(lon=37.2, lat=47.92, radius_m=100)
    there = incident(lon=2 * AXIS_DEG - 37.2, lat=47.92, radius_m=100)
    plain = judge_all(agreement, situation(here), Config()).verdicts
    mirrored = judge_all(relabelled(reflected(agreement)), situation(there), Config()).verdicts
    assert [other_words(v.reason) for v in plain] == [v.reason for v in mirrored]
    assert any(v.verdict == "breach" for v in plain)
