"""One event in sound, infrasound and the ground: origins of several waves are joined where they are one."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from trucewatch.core.errors import ConfigError
from trucewatch.core.tables import NODES, ORIGINS, TRIGGERS
from trucewatch.core.times import SECOND_NS, parse_instant
from trucewatch.locate.likelihood import PHASES
from trucewatch.locate.merge import MergeConfig, merge_media
from trucewatch.locate.solve import Arrivals, SolveConfig, media_of, solve
from trucewatch.physics.celerity import SEASONAL
from trucewatch.physics.geodesy import azimuth_deg, destination, distance_m
from trucewatch.physics.seismic import CENTRAL_ITALY, tabulate

REFERENCE = {"source": "mixed.csv", "file_sha256": "0" * 64}
START_NS = parse_instant("2025-07-10T00:00:00Z")
TABLES = tabulate(CENTRAL_ITALY, 200e3)
SOLVE = SolveConfig(wild=1e-3)
CONFIG = MergeConfig(seismic=TABLES, solve=SOLVE)
HERE, THERE = (37.4, 48.2), (37.9, 48.4)
RINGS = {"sound": (8, 1e3, 9e3), "ground": (5, 2e4, 9e4), "infrasound": (3, 2e5, 6e5)}
RNG = np.random.default_rng(3)
SITES = {
    kind: np.stack(
        destination(np.full(n, HERE[0]), np.full(n, HERE[1]), RNG.uniform(0, 360, n), RNG.uniform(a, b, n)), 1
    )
    for kind, (n, a, b) in RINGS.items()
}
NAMES = [f"{kind} {k}" for kind, sites in SITES.items() for k in range(len(sites))]


def nodes():
    lon, lat = np.concatenate(list(SITES.values())).T
    places = {"node": NAMES, "lon_deg": lon, "lat_deg": lat}
    return NODES.table({**REFERENCE, "row": np.arange(1, len(NAMES) + 1), **places}, len(NAMES))


def heard(place, t_s, kind, rng):
    """Rows of one source in one medium: t, node, phase, sigma, bearing."""
    sites = SITES[kind]
    here = (np.full(len(sites), place[0]), np.full(len(sites), place[1]))
    away, bearing = distance_m(*here, *sites.T), azimuth_deg(*sites.T, *here)
    rows = []
    for k, (d, b) in enumerate(zip(away, bearing, strict=True)):
        name = f"{kind} {k}"
        if kind == "sound":
            rows.append(
                (t_s + d / 337.5 * (1 + rng.normal(0, 0.004)) + rng.normal(0, 0.03), name, "acoustic", 0.03, np.nan)
            )
        elif kind == "infrasound":
            rows.append(
                (t_s + d / rng.normal(293, 7) + rng.normal(0, 5), name, kind, 5.0, (b + rng.normal(0, 3)) % 360)
            )
        else:
            for phase in ("P", "S"):
                time = float(TABLES.at(phase, np.array([d]), np.zeros(1), np.zeros(1))[0])
                rows.append((t_s + time + rng.normal(0, 0.15), name, phase, 0.1, np.nan))
    return rows


def tables(parts, loose=()):
    """Origins of the parts, each solved alone, and all triggers; `loose` ones belong to none."""
    rows = [r for part in parts for r in part] + list(loose)
    ends = np.cumsum([0, *(len(p) for p in parts)])
    t, name, phase, sigma, bearing = (np.array(c) for c in zip(*rows, strict=True))
    triggers = TRIGGERS.table({
        **REFERENCE, "row": np.arange(1, len(rows) + 1), "t_ns": START_NS + (t * SECOND_NS).astype(np.int64),
        "node": name.tolist(), "phase": phase.tolist(), "t_sigma_s": sigma, "back_azimuth_deg": bearing,
        "back_azimuth_sigma_deg": np.where(np.isnan(bearing), np.nan, 1.5),
    }, len(rows))  # fmt: skip
    place = np.concatenate(list(SITES.values()))[[NAMES.index(n) for n in name]]
    used = slice(0, ends[-1])
    code = np.array([PHASES.index(p) for p in phase])
    arrivals = Arrivals(ends, place[used, 0], place[used, 1], np.zeros(ends[-1]), t[used], sigma[used], code[used],
                        bearing[used], np.full(ends[-1], 1.5))  # fmt: skip
    found = solve(arrivals, media_of(SOLVE, celerity=SEASONAL, seismic=TABLES), SOLVE)
    first = code[ends[:-1]]
    origins = ORIGINS.table({
        "event": np.arange(len(parts)), "t_ns": START_NS + (found.t_s * SECOND_NS).astype(np.int64), "p": 0.9,
        "t_sigma_s": np.sqrt(found.cov[:, 2, 2]), "lon_deg": found.lon_deg, "lat_deg": found.lat_deg,
        "cov_ee_m2": found.cov[:, 0, 0], "cov_en_m2": found.cov[:, 0, 1], "cov_nn_m2": found.cov[:, 1, 1],
        "p_shot": np.where(first == 0, 0.8, 0.0), "p_unknown": np.where(first == 0, 0.2, 1.0), "reason": "loudness",
        "arrivals": np.diff(ends), "triggers": [list(range(a, b)) for a, b in pairwise(ends)],
    }, len(parts))  # fmt: skip
    return origins, triggers


@pytest.fixture(scope="module")
def blast():
    rng = np.random.default_rng(5)
    return [heard(HERE, 100.0, kind, rng) for kind in SITES]


def test_one_blast_in_three_media_is_one_event(blast):
    origins, triggers = tables(blast)
    events, issues = merge_media(origins, triggers, nodes(), CONFIG)
    (event,) = events.to_pylist()
    assert (event["triggers"], event["arrivals"], issues) == (list(range(21)), 21, ())
    assert event["p_shot"] == 0.8
    assert event["reason"] == "loudness; one event in infrasound and sound and the ground"
    alone = origins.to_pylist()[0]
    areas = [e["cov_ee_m2"] * e["cov_nn_m2"] - e["cov_en_m2"] ** 2 for e in (event, alone)]
    assert areas[0] < areas[1]
    off = float(distance_m(np.array([event["lon_deg"]]), np.array([event["lat_deg"]]), *HERE)[0])
    assert off < 3 * np.sqrt(event["cov_ee_m2"] + event["cov_nn_m2"])


def test_events_of_other_places_or_times_stay_apart_to_the_last_digit(blast):
    rng = np.random.default_rng(6)
    parts = [blast[0], heard(THERE, 100.0, "ground", rng), heard(HERE, 400.0, "ground", rng)]
    origins, triggers = tables(parts)
    events, _ = merge_media(origins, triggers, nodes(), CONFIG)
    assert events.num_rows == 3
    kept = {tuple(e["triggers"]): (e["lon_deg"], e["lat_deg"], e["t_ns"]) for e in events.to_pylist()}
    assert kept == {tuple(e["triggers"]): (e["lon_deg"], e["lat_deg"], e["t_ns"]) for e in origins.to_pylist()}


def test_picks_that_are_left_over_are_taken_up_where_they_fit(blast):
    rng = np.random.default_rng(7)
    fits = heard(HERE, 100.0, "ground", rng)[:2]
    strange = [(fits[0][0] + 40.0, "ground 1", "P", 0.1, np.nan)]
    origins, triggers = tables([blast[0]], [*fits, *strange])
    (event,) = merge_media(origins, triggers, nodes(), CONFIG)[0].to_pylist()
    assert event["triggers"] == [*range(8), 8, 9]


def test_sound_that_is_left_over_is_no_business_of_the_joining(blast):
    origins, triggers = tables([blast[1]], blast[0])
    assert merge_media(origins, triggers, nodes(), CONFIG)[0].equals(origins)


def test_without_travel_times_the_ground_is_passed_over_and_told(blast):
    origins, triggers = tables(blast[:2])
    events, (issue,) = merge_media(origins, triggers, nodes(), MergeConfig())
    assert (
        events.drop_columns(["event"]).sort_by("arrivals").equals(origins.drop_columns(["event"]).sort_by("arrivals"))
    )
    assert issue.found.startswith("10 triggers")


def test_no_origins_give_no_origins():
    assert merge_media(ORIGINS.empty(), TRIGGERS.empty(), NODES.empty(), CONFIG) == (ORIGINS.empty(), ())


def test_the_order_of_origins_does_not_matter(blast):
    origins, triggers = tables([*blast, heard(THERE, 700.0, "ground", np.random.default_rng(8))])
    straight = merge_media(origins, triggers, nodes(), CONFIG)[0]
    turned = merge_media(origins.take(pa.array([3, 1, 0, 2])), triggers, nodes(), CONFIG)[0]
    assert straight.column("triggers").to_pylist() == turned.column("triggers").to_pylist()
    assert straight.column("lon_deg").to_pylist() == pytest.approx(turned.column("lon_deg").to_pylist(), abs=1e-6)


def test_a_setting_that_is_no_probability_is_refused():
    with pytest.raises(ConfigError, match=r"least_p = 1\.2"):
        MergeConfig(least_p=1.2)
