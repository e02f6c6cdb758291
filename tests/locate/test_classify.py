"""Classes of sounds: probabilities that add up, follow the evidence, ignore what is not there and know no party."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.columns import numbers, strings
from trucewatch.core.errors import ConfigError
from trucewatch.core.quarry import Quarry, hours_of_week
from trucewatch.core.tables import NODES, ORIGINS, TRIGGERS
from trucewatch.core.times import SECOND_NS, parse_instant
from trucewatch.locate.classify import NAMES, ClassConfig, classify
from trucewatch.physics.geodesy import offset_lonlat

NOON = parse_instant("2026-03-14T12:00:00Z")  # a Saturday
MONDAY = parse_instant("2026-03-16T09:00:00Z")
REFERENCE = {"source": "network", "file_sha256": "0" * 64}
_E, _N = (g.ravel() * 4_000.0 for g in np.meshgrid(np.arange(-4, 5), np.arange(-4, 5)))
LON, LAT = offset_lonlat(37.0, 48.0, _E, _N)
NETWORK = NODES.table({**REFERENCE, "row": np.arange(81) + 1, "node": [f"n{i}" for i in range(81)], "lon_deg": LON,
                       "lat_deg": LAT})  # fmt: skip
NEAREST = np.argsort(np.hypot(_E - 900, _N - 400))  # of an event 900 m east and 400 m north of the middle


def one(nodes=12, t_ns=NOON, **columns) -> tuple[pa.Table, pa.Table]:
    """One event near the middle, heard by its nearest nodes; all others heard something else, hours before."""
    every = [*(f"n{i}" for i in NEAREST[:nodes]), *(f"n{i}" for i in range(81))]
    t = np.concatenate([np.full(nodes, t_ns), np.full(81, t_ns - 7_200 * SECOND_NS)])
    rows = {k: np.concatenate([np.resize(np.asarray(v, dtype=float), nodes), np.full(81, np.nan)])
            for k, v in columns.items() if k != "cls"}  # fmt: skip
    said = columns.get("cls")
    words = None if said is None else [*([said] * nodes if isinstance(said, str) else said), *[None] * 81]
    triggers = TRIGGERS.table({**REFERENCE, "row": np.arange(len(t)) + 1, "t_ns": t, "node": every, "class": words,
                               **rows})  # fmt: skip
    return origins([t_ns], [list(range(nodes))]), triggers


def origins(t_ns, rows, east_m=900.0, north_m=400.0, sigma_m=30.0) -> pa.Table:
    count = len(t_ns)
    lon, lat = offset_lonlat(37.0, 48.0, np.full(count, east_m), np.full(count, north_m))
    return ORIGINS.table({
        "event": np.arange(count), "t_ns": t_ns, "lon_deg": lon, "lat_deg": lat, "cov_ee_m2": sigma_m**2,
        "cov_en_m2": 0.0, "cov_nn_m2": sigma_m**2, "p": 0.97, "reason": "", "arrivals": [len(r) for r in rows],
        "triggers": rows,
    }, rows=count)  # fmt: skip


def chances(event, triggers, quarries=None, config=None) -> dict[str, float]:
    found = classify(event, triggers, NETWORK, config, quarries)
    return {name: float(numbers(found, f"p_{name}")[0]) for name in NAMES}


def reason(event, triggers, quarries=None) -> str:
    return str(strings(classify(event, triggers, NETWORK, None, quarries), "reason")[0])


def test_with_nothing_but_times_the_class_stays_unknown():
    p = chances(*one())
    assert p["unknown"] > 0.75
    assert "nothing but times and places" in reason(*one())


@pytest.mark.parametrize("word", ["shot", "explosion", "thunder", "quarry_blast"])
def test_what_most_nodes_took_it_for_becomes_the_most_probable_class(word):
    p = chances(*one(cls=word))
    assert max(p, key=p.__getitem__) == word
    assert f"12 of 12 nodes took it for {word.replace('_', ' ')}" in reason(*one(cls=word))


def test_a_class_below_another_in_the_tree_counts_as_that_one():
    assert chances(*one(cls="airburst")) == pytest.approx(chances(*one(cls="explosion")))


def test_use_of_weapons_raises_shots_and_explosions_alike():
    plain, fire = chances(*one()), chances(*one(cls="fire_event"))
    assert fire["shot"] / plain["shot"] == pytest.approx(fire["explosion"] / plain["explosion"])
    assert fire["shot"] > plain["shot"]
    assert fire["thunder"] < plain["thunder"]


def test_four_words_of_one_program_count_less_than_four_independent_ones():
    none, one_word, four = (chances(*one(12, cls=["shot"] * k + [None] * (12 - k))) for k in (0, 1, 4))
    ratio = [p["shot"] / p["thunder"] / (none["shot"] / none["thunder"]) for p in (one_word, four)]
    assert ratio[0] < ratio[1] < ratio[0] ** 4


def test_a_short_bright_sound_is_rather_a_shot_and_a_long_dull_one_an_explosion():
    bright = chances(*one(duration_s=0.1, energy_high_db=-2.0, energy_low_db=0.0))
    dull = chances(*one(duration_s=0.45, energy_high_db=-30.0, energy_low_db=0.0))
    assert bright["shot"] > 20 * bright["explosion"]
    assert dull["explosion"] > 20 * dull["shot"]


def test_thunder_lasts():
    p = chances(*one(duration_s=6.0))
    assert p["thunder"] > 5 * p["explosion"]


def test_a_blast_that_arrays_hear_too_is_rather_a_large_one():
    event, triggers = one(14)
    phases = triggers.column("phase").to_pylist()
    phases[12:14] = ["infrasound", "P"]
    both = TRIGGERS.table({**{n: triggers.column(n) for n in triggers.column_names}, "phase": phases})
    assert chances(event, both)["large_blast"] > 5 * chances(event, triggers)["large_blast"]
    assert "1 infrasound and 1 seismic" in reason(event, both)


def test_what_only_the_ground_carried_stays_unknown():
    event, triggers = one(8)
    waves = ["P"] * 8 + [None] * 81
    ground = TRIGGERS.table({**{n: triggers.column(n) for n in triggers.column_names}, "phase": waves})
    assert chances(event, ground)["unknown"] > 0.95


def test_one_of_many_at_one_place_is_rather_fire():
    event, triggers = one()
    t = NOON + np.arange(8) * 20 * SECOND_NS
    series = classify(origins(t, [list(range(12))] * 8), triggers, NETWORK)
    p, alone = (numbers(table, "p_shot")[0] for table in (series, classify(event, triggers, NETWORK)))
    assert p > alone
    assert "one of about 8 at this place within 10 min" in strings(series, "reason")[0]


def test_a_quarry_in_its_working_hours_raises_a_quarry_blast_and_lowers_an_attack_with_the_reason():
    lon, lat = offset_lonlat(37.0, 48.0, 900.0, 400.0)
    quarry = Quarry("Granite East", float(lon), float(lat), 400.0, "Mo-Fr 07:00-18:00", "Europe/Kyiv")
    event, triggers = one(t_ns=MONDAY, cls="explosion")
    without, there = chances(event, triggers), chances(event, triggers, [quarry])
    assert there["quarry_blast"] > 10 * without["quarry_blast"]
    assert there["explosion"] < without["explosion"]
    assert "100 % inside the quarry Granite East, in its working hours (Mo-Fr 07:00-18:00 Europe/Kyiv)" in reason(
        event, triggers, [quarry]
    )


def test_the_same_blast_at_the_quarry_on_a_saturday_is_less_of_a_quarry_blast():
    lon, lat = offset_lonlat(37.0, 48.0, 900.0, 400.0)
    quarry = Quarry("Granite East", float(lon), float(lat), 400.0, "Mo-Fr 07:00-18:00", "Europe/Kyiv")
    monday, saturday = (chances(*one(t_ns=t), [quarry])["quarry_blast"] for t in (MONDAY, NOON))
    assert saturday < 0.3 * monday
    assert "outside its working hours" in reason(*one(t_ns=NOON), [quarry])


def test_far_from_every_listed_quarry_a_quarry_blast_is_less_probable_than_without_a_list():
    far = Quarry("Far", 38.0, 49.0, 400.0)
    assert chances(*one(), [far])["quarry_blast"] < chances(*one())["quarry_blast"]
    assert "at no listed quarry" in reason(*one(), [far])


def test_an_uncertain_place_near_a_quarry_counts_by_its_share_inside():
    lon, lat = offset_lonlat(37.0, 48.0, 900.0, 400.0)
    quarry = Quarry("Granite East", float(lon), float(lat), 400.0)
    event, triggers = one()
    sure = chances(event, triggers, [quarry])["quarry_blast"]
    vague = chances(origins([NOON], [list(range(12))], sigma_m=800.0), triggers, [quarry])["quarry_blast"]
    inside = 1 - np.exp(-0.5 * (400.0 / 800.0) ** 2)  # of a round Gaussian, Rayleigh distribution
    assert f"{100 * inside:.0f} % inside" in reason(origins([NOON], [list(range(12))], sigma_m=800.0), triggers,
                                                     [quarry])  # fmt: skip
    assert vague < sure


def test_hours_end_on_the_minute_and_may_run_over_midnight():
    week = hours_of_week("Mo-Fr 07:00-18:00; Sa 22:00-02:00")
    minute = {day: i * 1440 for i, day in enumerate(("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"))}
    assert not week[minute["Mo"] + 419]
    assert week[minute["Mo"] + 420]
    assert not week[minute["Fr"] + 1080]
    assert week[minute["Su"] + 119]
    assert week.sum() == 5 * 660 + 240


@pytest.mark.parametrize("text", ["", "always", "Mo-Fr", "Mo 7-18", "Mo 25:00-26:00", "Mo-Fr 07:00-18:00,"])
def test_hours_that_cannot_be_read_are_refused(text):
    with pytest.raises(ValueError, match="needed"):
        hours_of_week(text)


def test_the_hours_of_a_quarry_follow_its_zone_through_the_change_of_clocks():
    quarry = Quarry("Q", 37.0, 48.0, 100.0, "Mo-Su 07:00-18:00", "Europe/Kyiv")
    at = ["2026-03-28T04:59:00Z", "2026-03-28T05:00:00Z", "2026-03-29T03:59:00Z", "2026-03-29T04:00:00Z"]
    assert quarry.working(np.array([parse_instant(t) for t in at])).tolist() == [False, True, False, True]


def test_no_events_no_classes():
    assert classify(ORIGINS.empty(), TRIGGERS.empty(), NODES.empty()).num_rows == 0


def test_what_is_no_probability_is_refused():
    with pytest.raises(ConfigError, match="prior"):
        ClassConfig(prior=(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5))


EVIDENCE = st.fixed_dictionaries({}, optional={
    "duration_s": st.floats(0.01, 60.0), "amplitude_pa": st.floats(1e-3, 1e3), "energy_low_db": st.floats(-60, 60),
    "energy_high_db": st.floats(-60, 60),
    "cls": st.sampled_from(["shot", "explosion", "large_blast", "overflight", "thunder", "quarry_blast", "fire_event",
                            "event"]),
})  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(EVIDENCE, st.integers(4, 40))
def test_whatever_the_evidence_the_probabilities_add_up_to_one(evidence, nodes):
    p = chances(*one(nodes, **evidence))
    assert sum(p.values()) == pytest.approx(1.0)
    assert min(p.values()) >= 0


@settings(max_examples=40, deadline=None)
@given(st.floats(1.0, 1e3), st.floats(1.01, 10.0))
def test_the_louder_the_more_it_is_a_large_blast_and_the_less_a_shot(loud, times):
    event, triggers = one(12)
    quiet, louder = (
        TRIGGERS.table({**{n: triggers.column(n) for n in triggers.column_names},
                        "amplitude_pa": [*np.full(12, level), *np.full(81, 0.01)]})
        for level in (loud, loud * times)
    )  # fmt: skip
    before, after = chances(event, quiet), chances(event, louder)
    assert after["large_blast"] / after["shot"] >= before["large_blast"] / before["shot"] * (1 - 1e-9)


@pytest.mark.parametrize("said", range(12))
def test_each_further_node_that_says_shot_never_speaks_for_thunder(said):
    words = ["shot"] * said + ["thunder"] * (12 - said)
    more = ["shot"] * (said + 1) + ["thunder"] * (11 - said)
    before, after = chances(*one(12, cls=words)), chances(*one(12, cls=more))
    assert after["shot"] / after["thunder"] >= before["shot"] / before["thunder"] * (1 - 1e-9)
    if 3 < said < 8:  # beyond, no more than `most_odds` is believed
        assert after["shot"] > before["shot"]


@settings(max_examples=30, deadline=None)
@given(EVIDENCE)
def test_a_column_without_values_counts_nothing(evidence):
    event, triggers = one(10, **evidence)
    names = ("duration_s", "amplitude_pa", "energy_low_db", "energy_mid_db", "energy_high_db", "t_sigma_s")
    empty = {n: pa.nulls(triggers.num_rows, pa.float64()) for n in names if n not in evidence}
    same = TRIGGERS.table({**{n: triggers.column(n) for n in triggers.column_names}, **empty})
    assert chances(event, same) == chances(event, triggers)


@settings(max_examples=30, deadline=None)
@given(EVIDENCE, st.integers(6, 30))
def test_both_sides_of_a_line_get_the_same_answer(evidence, nodes):
    event, triggers = one(nodes, **evidence)
    mirror = {**{n: NETWORK.column(n) for n in NETWORK.column_names}, "lon_deg": 74.0 - LON}
    turned = {**{n: event.column(n) for n in event.column_names}, "lon_deg": 74.0 - numbers(event, "lon_deg")}
    there = classify(ORIGINS.table(turned), triggers, NODES.table(mirror))
    here = classify(event, triggers, NETWORK)
    for name in NAMES:
        np.testing.assert_allclose(numbers(there, f"p_{name}"), numbers(here, f"p_{name}"), rtol=1e-6)
