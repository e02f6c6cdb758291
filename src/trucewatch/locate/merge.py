"""One event, several waves: what was found by sound, by infrasound and in the ground is joined where it is one.

Two origins of different waves are one event where one source explains the arrivals of both better than two sources do,
at the rate at which such events happen anyway. Picks that no wave's own association used are then taken up where they
fit one origin and no other.
"""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.errors import ConfigError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import NODES, ORIGINS, TRIGGERS
from trucewatch.core.times import SECOND_NS
from trucewatch.locate.array_rows import usual_wind_m_s
from trucewatch.locate.likelihood import ACOUSTIC, INFRASOUND, PHASE_CODES, Media, P
from trucewatch.locate.solve import NEVER, Arrivals, Solutions, SolveConfig, media_of, solve
from trucewatch.physics.celerity import SEASONAL, Celerity
from trucewatch.physics.geodesy import distance_m
from trucewatch.physics.seismic import TravelTimes

__all__ = ["MergeConfig", "merge_media"]

CHI2_999 = 13.8  # two degrees of freedom
_RIVALS = 16  # partners weighed against each other; where more overlap, none is probable enough
_CLASSES = ("p_shot", "p_explosion", "p_large_blast", "p_flyover", "p_thunder", "p_quarry_blast", "p_unknown")


@dataclass(frozen=True, slots=True)
class MergeConfig:
    """Settings of `merge_media`.

    air               speed of sound, wind east and north near the ground, m/s
    celerity, wind_aloft_m_s   of infrasound; wind None: the usual one of the season and latitude
    seismic           travel times of P and S; None: picks of P and S are left alone
    t_sigma_s         of triggers that do not tell their own: sound, infrasound, P, S
    bearing_sigma_deg likewise
    buried_depth_m    mean and standard deviation of the depth of sources that were only felt in the ground
    p_same            chance that an event of one wave is noticed in another, before its arrivals are looked at
    least_p           origins join, and picks are taken up, from this probability on
    rounds            of joining: three waves need two
    """

    air: tuple[float, float, float] = (337.5, 0.0, 0.0)
    celerity: Celerity = SEASONAL
    wind_aloft_m_s: tuple[float, float] | None = None
    seismic: TravelTimes | None = None
    t_sigma_s: tuple[float, float, float, float] = (0.03, 5.0, 0.1, 0.2)
    bearing_sigma_deg: float = 2.0
    buried_depth_m: tuple[float, float] = (8_000.0, 6_000.0)
    p_same: float = 0.2
    least_p: float = 0.5
    rounds: int = 3
    solve: SolveConfig = field(default_factory=SolveConfig)

    def __post_init__(self) -> None:
        """Refuse what is no probability."""
        for name in ("p_same", "least_p"):
            if not 0 < getattr(self, name) < 1:
                raise ConfigError(f"found merge.{name} = {getattr(self, name)}; needed between 0 and 1; correct it")


class _Picks(NamedTuple):
    """All triggers (n,) as the solver reads them; `usable`: with a place and a wave that can be computed."""

    t_s: np.ndarray
    sigma_s: np.ndarray
    phase: np.ndarray
    node: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    elevation_m: np.ndarray
    bearing_deg: np.ndarray
    bearing_sigma_deg: np.ndarray
    usable: np.ndarray
    t0_ns: int


def merge_media(
    origins: pa.Table, triggers: pa.Table, nodes: pa.Table, config: MergeConfig | None = None
) -> tuple[pa.Table, tuple[Issue, ...]]:
    """Return the origins (ORIGINS) with those of one event joined, by time, and the issues met.

    triggers  the table (TRIGGERS) whose rows the column `triggers` of the origins names
    An origin that nothing joins stays as it was, to the last digit.
    """
    config = config or MergeConfig()
    ORIGINS.check(origins)
    TRIGGERS.check(triggers)
    NODES.check(nodes)
    picks = _picks(triggers, nodes, config)
    if not origins.num_rows or not np.any(picks.usable & (picks.phase > ACOUSTIC)):
        return origins, _issues(triggers, picks)
    members = [tuple(t) for t in origins.column("triggers").to_pylist()]
    groups, state = _joined(origins, members, picks, config)
    # the curvature is enough to weigh single picks, and a tenth of the work
    by_curvature = replace(config, solve=replace(config.solve, integrate=NEVER))
    added = _taken_up(groups, state, members, picks, by_curvature)
    whole = [
        tuple(sorted({*(r for g in group for r in members[g]), *more}))
        for group, more in zip(groups, added, strict=True)
    ]
    changed = [k for k, (g, more) in enumerate(zip(groups, added, strict=True)) if len(g) > 1 or more]
    return _rebuilt(origins, groups, whole, changed, picks, config), _issues(triggers, picks)


def _picks(triggers: pa.Table, nodes: pa.Table, config: MergeConfig) -> _Picks:
    names = {name: k for k, name in reversed(list(enumerate(strings(nodes, "node").tolist())))}
    node = np.array([names.get(n, -1) for n in strings(triggers, "node")], dtype=np.int64)
    phase = np.array([PHASE_CODES.get(p or "acoustic", -1) for p in strings(triggers, "phase")], dtype=np.int64)
    t_ns = integers(triggers, "t_ns")
    t0 = int(t_ns.min()) if len(t_ns) else 0
    lon, lat, elevation = (np.append(numbers(nodes, c), np.nan)[node] for c in ("lon_deg", "lat_deg", "elevation_m"))
    sigma, bearing_sigma = numbers(triggers, "t_sigma_s"), numbers(triggers, "back_azimuth_sigma_deg")
    usual = np.array(config.t_sigma_s)[np.maximum(phase, 0)]
    usable = np.isfinite(lon) & np.isfinite(lat) & (phase >= 0)
    if config.seismic is None:
        usable &= phase < P
    return _Picks((t_ns - t0) / SECOND_NS, np.where(sigma > 0, sigma, usual), phase, node, lon, lat, elevation,
                  numbers(triggers, "back_azimuth_deg"),
                  np.where(bearing_sigma > 0, bearing_sigma, config.bearing_sigma_deg), usable, t0)  # fmt: skip


def _media(picks: _Picks, config: MergeConfig) -> Media:
    lat = float(np.mean(picks.lat_deg[picks.usable])) if np.any(picks.usable) else 0.0
    wind = config.wind_aloft_m_s or usual_wind_m_s(picks.t0_ns, lat)
    return media_of(config.solve, config.air, config.celerity, wind, config.seismic)


def _solved(picks: _Picks, sets: list[tuple[int, ...]], config: MergeConfig) -> Solutions:
    """Solve sets of picks; what sound tells of lies at the surface, what only the ground tells of at any depth."""
    air = np.array([bool(np.any(picks.phase[list(s)] < P)) for s in sets])
    buried = replace(config.solve, free_depth=True, depth_prior_m=config.buried_depth_m)
    parts, where = [], []
    for chosen, settings in ((np.flatnonzero(air), config.solve), (np.flatnonzero(~air), buried)):
        if len(chosen):
            rows = np.concatenate([np.array(sets[c], dtype=np.int64) for c in chosen])
            begin = np.concatenate([[0], np.cumsum([len(sets[c]) for c in chosen])])
            columns = (picks.lon_deg, picks.lat_deg, picks.elevation_m, picks.t_s, picks.sigma_s, picks.phase,
                       picks.bearing_deg, picks.bearing_sigma_deg)  # fmt: skip
            parts.append(solve(Arrivals(begin, *(c[rows] for c in columns)), _media(picks, config), settings))
            where.append(chosen)
    back = np.argsort(np.concatenate(where), kind="stable")
    per_event = len(Solutions._fields) - 3
    merged = [np.concatenate(c)[back] for c in list(zip(*parts, strict=True))[:per_event]]
    return Solutions(*merged, *(np.empty(0) for _ in range(3)))


def _kinds(rows: tuple[int, ...], picks: _Picks) -> frozenset[int]:
    """Return the waves of a set: sound, infrasound, or the ground (P and S are one)."""
    return frozenset(int(min(picks.phase[r], P)) for r in rows)


def _joined(
    origins: pa.Table, members: list[tuple[int, ...]], picks: _Picks, config: MergeConfig
) -> tuple[list[tuple[int, ...]], np.ndarray]:
    """Return groups of origins that are one event, each origin in one group, and their `_state_of` (groups, 7)."""
    able = np.array([bool(np.all(picks.usable[list(m)])) for m in members])
    groups: list[tuple[int, ...]] = [(k,) for k in range(len(members))]
    state = np.column_stack([numbers(origins, c) for c in ("lon_deg", "lat_deg", "cov_ee_m2", "cov_en_m2", "cov_nn_m2",
                                                           "t_sigma_s")]
                            + [(integers(origins, "t_ns") - picks.t0_ns) / SECOND_NS])  # fmt: skip
    kinds = [_kinds(m, picks) for m in members]
    rate = _rates(kinds, picks)
    for _ in range(config.rounds):
        pairs = [
            p for p in _near_pairs(state, kinds) if able[list(groups[p[0]])].all() and able[list(groups[p[1]])].all()
        ]
        if not pairs:
            break
        rows = [tuple(sorted(r for g in group for r in members[g])) for group in groups]
        odds, both = _odds(pairs, rows, kinds, rate, picks, config)
        merged = _best_pairs(pairs, odds, config.least_p)
        if not merged:
            break
        keep = [k for k in range(len(groups)) if k not in {m for p in merged for m in pairs[p]}]
        fresh = np.array([_state_of(both, p) for p in merged])
        state = np.concatenate([state[keep], fresh])
        groups = [groups[k] for k in keep] + [groups[pairs[p][0]] + groups[pairs[p][1]] for p in merged]
        kinds = [kinds[k] for k in keep] + [kinds[pairs[p][0]] | kinds[pairs[p][1]] for p in merged]
    return groups, state


def _state_of(solved: Solutions, k: int) -> tuple[float, ...]:
    """Return lon, lat (deg), variances east, both, north (m²), standard deviation of the time and the time (s)."""
    cov = solved.cov[k]
    return (solved.lon_deg[k], solved.lat_deg[k], cov[0, 0], cov[0, 1], cov[1, 1], np.sqrt(cov[2, 2]), solved.t_s[k])


def _near_pairs(state: np.ndarray, kinds: list[frozenset[int]]) -> list[tuple[int, int]]:
    """Return pairs of different waves whose places and times overlap; sorted times keep it near linear."""
    order = np.argsort(state[:, 6], kind="stable")
    t, sigma = state[order, 6], state[order, 5]
    wide = np.argsort(-sigma, kind="stable")
    found: set[tuple[int, int]] = set()
    if len(set(kinds)) == 1:
        return []
    for k in wide.tolist():
        # the wider of two looks for the narrower, so that its window covers both
        low, high = np.searchsorted(t, [t[k] - 6 * sigma[k] - 0.5, t[k] + 6 * sigma[k] + 0.5])
        others = order[low:high]
        a = int(order[k])
        others = np.array([b for b in others.tolist() if not kinds[a] & kinds[b]], dtype=np.int64)
        if len(others):
            away = distance_m(state[a, 0], state[a, 1], state[others, 0], state[others, 1])
            spread = state[a, 2] + state[a, 4] + state[others, 2] + state[others, 4]
            late = (state[others, 6] - state[a, 6]) ** 2 / (state[others, 5] ** 2 + state[a, 5] ** 2 + 0.01)
            misfit = away**2 / (spread + 250.0**2) + late
            close = np.flatnonzero((away**2 < CHI2_999 * spread + 250.0**2) & (late < 16.0))
            nearest = close[np.argsort(misfit[close], kind="stable")][:_RIVALS]
            found |= {(min(a, b), max(a, b)) for b in others[nearest].tolist()}
    return sorted(found)


def _rates(kinds: list[frozenset[int]], picks: _Picks) -> dict[int, float]:
    """Return events of each wave per m² and s over the ground of its nodes, a hundred kilometres wider."""
    duration = max(float(np.ptp(picks.t_s)), 3600.0)
    rates = {}
    for kind in (ACOUSTIC, INFRASOUND, P):
        mine = np.unique(picks.node[np.minimum(picks.phase, P) == kind])
        at = [int(np.flatnonzero(picks.node == n)[0]) for n in mine if n >= 0]
        if at:
            lon, lat = picks.lon_deg[at], picks.lat_deg[at]
            east = float(distance_m(lon.min(), lat.mean(), lon.max(), lat.mean()))
            north = float(distance_m(lon.mean(), lat.min(), lon.mean(), lat.max()))
            count = sum(kind in k for k in kinds)
            rates[kind] = (count + 1) / (duration * (east + 2e5) * (north + 2e5))
    return rates


def _odds(
    pairs: list[tuple[int, int]], rows: list[tuple[int, ...]], kinds: list[frozenset[int]], rate: dict[int, float],
    picks: _Picks, config: MergeConfig,
) -> tuple[np.ndarray, Solutions]:  # fmt: skip
    """Return log odds (pairs,) of one event against two, and the solutions of the one."""
    single = sorted({g for p in pairs for g in p})
    alone = _solved(picks, [rows[g] for g in single], config)
    both = _solved(picks, [tuple(sorted(rows[a] + rows[b])) for a, b in pairs], config)
    at = {g: k for k, g in enumerate(single)}
    first, second = ([at[p[side]] for p in pairs] for side in (0, 1))
    ratio = both.log_evidence - alone.log_evidence[first] - alone.log_evidence[second]
    # two events need two chances: the one of the rarer wave is the one that one event saves
    log_rate = np.array([min(np.log(rate[k]) for k in kinds[a] | kinds[b]) for a, b in pairs])
    return np.asarray(ratio - log_rate + np.log(config.p_same / (1 - config.p_same))), both


def _best_pairs(pairs: list[tuple[int, int]], odds: np.ndarray, least_p: float) -> list[int]:
    """Return pairs, best first and each origin once, that are probable also against their rivals."""
    weight = np.exp(np.clip(odds, -50, 50))
    total: dict[int, float] = {}
    for (a, b), w in zip(pairs, weight, strict=True):
        total[a], total[b] = total.get(a, 1.0) + w, total.get(b, 1.0) + w
    used: set[int] = set()
    chosen = []
    for k in np.argsort(-odds, kind="stable").tolist():
        a, b = pairs[k]
        if weight[k] / max(total[a], total[b]) >= least_p and not used & {a, b}:
            used |= {a, b}
            chosen.append(k)
    return chosen


def _taken_up(
    groups: list[tuple[int, ...]], state: np.ndarray, members: list[tuple[int, ...]], picks: _Picks, config: MergeConfig
) -> list[tuple[int, ...]]:
    """Return for each group the unused picks of waves other than sound that fit it and no other."""
    rows = [tuple(r for g in group for r in members[g]) for group in groups]
    used = np.zeros(len(picks.t_s), dtype=bool)
    used[[r for s in rows for r in s]] = True
    left = np.flatnonzero(~used & picks.usable & (picks.phase > ACOUSTIC))
    able = np.array([bool(np.all(picks.usable[list(s)])) for s in rows])
    reached = {pick: _reached(pick, state, able, picks) for pick in left.tolist()}
    needed = sorted({k for near in reached.values() for k in near})
    added: list[tuple[int, ...]] = [() for _ in groups]
    if not needed:
        return added
    base = dict(zip(needed, _solved(picks, [rows[k] for k in needed], config).log_evidence.tolist(), strict=True))
    for pick, near in reached.items():
        own = (int(picks.node[pick]), int(picks.phase[pick]))
        open_ = [
            k for k in near if own not in {(int(picks.node[r]), int(picks.phase[r])) for r in (*rows[k], *added[k])}
        ]
        if open_:
            more = _solved(picks, [tuple(sorted((*rows[k], *added[k], pick))) for k in open_], config).log_evidence
            best, p = _likeliest(more - [base[k] for k in open_], pick, left, picks, config)
            if p >= config.least_p:
                added[open_[best]] = (*added[open_[best]], pick)
                base[open_[best]] = float(more[best])
    return added


def _likeliest(gain: np.ndarray, pick: int, left: np.ndarray, picks: _Picks, config: MergeConfig) -> tuple[int, float]:
    """Return which of some sources a pick fits best, and its probability against the others and against chance.

    gain   (sources,)  log density of the pick, given the source
    """
    like = (picks.node[left] == picks.node[pick]) & (picks.phase[left] == picks.phase[pick])
    chance = float(np.sum(like)) / max(float(np.ptp(picks.t_s)), 3600.0)
    chance /= 2 * np.pi if np.isfinite(picks.bearing_deg[pick]) else 1.0
    weight = np.exp(np.clip(gain - np.log(chance), -50, 50)) * config.p_same / (1 - config.p_same)
    best = int(np.argmax(weight))
    return best, float(weight[best] / (1 + np.sum(weight)))


def _reached(pick: int, state: np.ndarray, able: np.ndarray, picks: _Picks, tries: int = 8) -> list[int]:
    """Return the sources that a pick may belong to by its time, likelier ones first."""
    slow, fast = ((1 / 360.0, 1 / 220.0), (1 / 9000.0, 1 / 4000.0), (1 / 5500.0, 1 / 2200.0))[picks.phase[pick] - 1]
    after = picks.t_s[pick] - state[:, 6]
    early = np.flatnonzero((after > -60 - 6 * state[:, 5]) & (after < 2e6 * fast) & able)
    near, after = state[early], after[early]
    away = distance_m(near[:, 0], near[:, 1], picks.lon_deg[pick], picks.lat_deg[pick])
    slack = 4 * np.hypot(near[:, 5], picks.sigma_s[pick]) + 4 * fast * np.sqrt(near[:, 2] + near[:, 4])
    fits = (after > slow * away - slack) & (after < fast * away + slack + 5.0) & (away < 2e6)
    misfit = np.abs(after - (slow + fast) / 2 * away)
    order = np.argsort(misfit[fits], kind="stable")[:tries]
    return [int(k) for k in early[fits][order]]


def _rebuilt(
    origins: pa.Table, groups: list[tuple[int, ...]], whole: list[tuple[int, ...]], changed: list[int], picks: _Picks,
    config: MergeConfig,
) -> pa.Table:  # fmt: skip
    """Return the origins by time, with those that changed solved anew."""
    rows = origins.to_pylist()
    out = [dict(rows[group[0]]) for group in groups]
    if changed:
        solved = _solved(picks, [whole[k] for k in changed], config)
        for i, k in enumerate(changed):
            out[k] |= _row(solved, i, [rows[g] for g in groups[k]], whole[k], picks)
    out.sort(key=lambda r: (r["t_ns"], r["event"]))
    for number, row in enumerate(out):
        row["event"] = number
    return pa.Table.from_pylist(out, schema=ORIGINS.arrow)


def _row(
    solved: Solutions, i: int, parts: list[dict[str, object]], rows: tuple[int, ...], picks: _Picks
) -> dict[str, object]:
    """Return what changes of an origin; its class comes from the part that tells most of it."""
    telling = min(parts, key=lambda p: p["p_unknown"] if p["p_unknown"] is not None else 1.0)  # type: ignore[arg-type,return-value]
    names = sorted({("sound", "infrasound", "the ground", "the ground")[picks.phase[r]] for r in rows})
    cov, depth = solved.cov[i], float(solved.depth_m[i])
    none_of_it = np.prod([1 - float(p["p"] or 0.0) for p in parts])  # type: ignore[arg-type]
    return {
        **{c: telling[c] for c in (*_CLASSES, "level_db")},
        "reason": f"{telling['reason']}; one event in {' and '.join(names)}",
        "t_ns": picks.t0_ns + round(float(solved.t_s[i]) * SECOND_NS), "t_sigma_s": float(np.sqrt(cov[2, 2])),
        "lon_deg": float(solved.lon_deg[i]), "lat_deg": float(solved.lat_deg[i]),
        "depth_m": depth if cov[3, 3] > 0 else None, "cov_ee_m2": float(cov[0, 0]), "cov_en_m2": float(cov[0, 1]),
        "cov_nn_m2": float(cov[1, 1]), "p": float(1 - none_of_it), "arrivals": len(rows),
        "residual_s": float(solved.rms_s[i]), "gap_deg": float(solved.gap_deg[i]), "triggers": list(rows),
    }  # fmt: skip


def _issues(triggers: pa.Table, picks: _Picks) -> tuple[Issue, ...]:
    """Return one issue for picks of waves that could not be computed."""
    lost = np.flatnonzero(~picks.usable)
    if not len(lost):
        return ()
    source = triggers.column("source")[int(lost[0])].as_py()
    return (Issue(source, IssueKind.DOUBTFUL, f"{len(lost)} triggers whose node or wave is not known here",
                  "a node with a place; travel times for P and S", "the joining of waves passes them over",
                  triggers.column("row")[int(lost[0])].as_py()),)  # fmt: skip
