"""Origins of the network association become events: those of one place that follow each other are one volley.

A barrage of a hundred shots is one happening to a reader, and one source's word to the fusion: it is counted, not
listed. Each volley keeps the rows of its origins, so that every line leads back to the triggers.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from trucewatch.core.classes import CLASSES
from trucewatch.core.columns import integers, numbers
from trucewatch.core.errors import ConfigError
from trucewatch.core.tables import EVENTS, OBSERVATIONS, ORIGINS, TRIGGERS, VOLLEYS
from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["NETWORK", "VolleyConfig", "network_events", "volleys"]

NETWORK = "acoustic_network"  # source, project and independence group: one network on one clock is one source
_FIRE = ("p_shot", "p_explosion", "p_large_blast")
_HARMLESS = ("p_thunder", "p_quarry_blast")
_CLASSES = ("shot", "explosion", "large_blast", "overflight", "thunder", "quarry_blast")
_COLUMNS = (*_FIRE, "p_flyover", *_HARMLESS)
_SHARED = ("source", "file_sha256", "row", "native_key", "t_start_ns", "t_end_ns", "t_sigma_s", "place_kind",
           "lon_deg", "lat_deg", "size1_m", "size2_m", "bearing_deg", "class")  # fmt: skip
_OTHER, _AIRCRAFT, _THUNDER, _QUARRY = range(4)  # families that do not join; what is unknown goes with fire


@dataclass(frozen=True, slots=True)
class VolleyConfig:
    """What makes origins one volley, and what is said of it.

    near_m, near_sigmas   an origin joins a volley whose centre lies within this, beside so many of its sigmas
    pause_s, longest_s    longest silence within a volley, and its greatest length
    p_class               a class is named from this probability on; weapons used, where only their sum reaches it
    most_p                no probability above this: origins of one place err together
    least_s               least length of the interval of a volley
    extent_m              standard deviation of the places of one volley before any is known; it counts as one origin
                          (fuse takes two traces of one happening to lie so far apart)
    """

    near_m: float = 500.0
    near_sigmas: float = 2.0
    pause_s: float = 600.0
    longest_s: float = 7_200.0
    p_class: float = 0.6
    most_p: float = 0.995
    least_s: float = 2.0
    extent_m: float = 100.0

    def __post_init__(self) -> None:
        """Refuse values with which nothing can be joined."""
        for name in ("near_m", "pause_s", "longest_s", "least_s"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"found volley.{name} = {getattr(self, name)}; needed more than 0; correct it")


class _Groups(NamedTuple):
    """The volley (n,) of each origin, numbered by first origins, and how many volleys there are."""

    volley: np.ndarray
    total: int


def volleys(origins: pa.Table, triggers: pa.Table, config: VolleyConfig | None = None) -> pa.Table:
    """Return the volleys (VOLLEYS) of the origins of one network (ORIGINS), by time of their first origin.

    triggers  the table (TRIGGERS) whose rows the column `triggers` of the origins names
    An origin joins the nearest volley of its family (fire and unknown, aircraft, thunder, quarry) that still goes on;
    a volley's place is the spread of its origins, its p_real that any of them is real and no thunder or quarry blast.
    """
    config = config or VolleyConfig()
    ORIGINS.check(origins)
    TRIGGERS.check(triggers)
    order = np.lexsort((integers(origins, "event"), integers(origins, "t_ns")))
    explain = origins.column("triggers").combine_chunks().value_lengths().to_numpy() > 0
    order = order[explain[order]]  # what rests on no trigger leads back to nothing
    rows = origins.take(pa.array(order))
    if not rows.num_rows:
        return VOLLEYS.empty()
    groups = _grouped(rows, config)
    p = np.nan_to_num(numbers(rows, "p"))
    chance = np.stack([np.nan_to_num(numbers(rows, name)) for name in _COLUMNS], axis=1)
    first = _first_of(groups)
    reference = triggers.take(pa.array([min(r) for r in rows.column("triggers").take(pa.array(first)).to_pylist()]))
    cls = _classes(groups, p, chance, config)
    values = {
        **{n: reference.column(n) for n in ("file_sha256", "row", "native_key")}, "source": NETWORK,
        **_interval(rows, groups, config), **_place(rows, groups, p, config),
        **_counted(rows, groups, p, triggers, order),
        "class": cls, "means": "detected",
        "count_unit": ["sound" if c not in ("shot", "explosion") else c for c in cls],
        "p_real": _p_real(groups, p, chance, config),
    }  # fmt: skip
    return VOLLEYS.table(values, rows=groups.total)


def network_events(volleys_: pa.Table, first_observation: int, first_event: int) -> tuple[pa.Table, pa.Table]:
    """Return the volleys as rows for the fusion: observations and events (OBSERVATIONS, EVENTS), in their order.

    first_observation, first_event  numbers of the first row of each, behind those of single sources
    """
    VOLLEYS.check(volleys_)
    shared = {name: volleys_.column(name) for name in _SHARED}
    common = {**shared, "project": NETWORK, "group": NETWORK}
    observations = {
        "state": "accepted", **{name: volleys_.column(name) for name in ("means", "count", "count_unit")},
    }  # fmt: skip
    n = volleys_.num_rows
    events = {
        "event": np.arange(first_event, first_event + n), "p_real": volleys_.column("p_real"),
        "observation": np.arange(first_observation, first_observation + n),
        **{name: volleys_.column(name) for name in ("arrivals", "residual_s", "gap_deg")},
    }  # fmt: skip
    return OBSERVATIONS.table(common | observations, rows=n), EVENTS.table(common | events, rows=n)


def _grouped(rows: pa.Table, config: VolleyConfig) -> _Groups:
    lon, lat = numbers(rows, "lon_deg"), numbers(rows, "lat_deg")
    per_lon, per_lat = metres_per_degree(lat)
    spread_m = np.sqrt(np.nan_to_num((numbers(rows, "cov_ee_m2") + numbers(rows, "cov_nn_m2")) / 2))
    reach_m = config.near_m + config.near_sigmas * spread_m
    limits = (int(config.pause_s * SECOND_NS), int(config.longest_s * SECOND_NS))
    volley, count = _joined(integers(rows, "t_ns"), lon, lat, per_lon, per_lat, reach_m, _families(rows), *limits)
    return _Groups(volley, count)


def _families(rows: pa.Table) -> np.ndarray:
    """Return the family (n,) of each origin: the harmless and the flying apart from fire and from what is unknown."""
    flyover, thunder, quarry = (np.nan_to_num(numbers(rows, n)) for n in ("p_flyover", *_HARMLESS))
    rest = 1 - flyover - thunder - quarry
    return np.asarray(np.argmax(np.stack([rest, flyover, thunder, quarry]), axis=0))


@njit(cache=True, nogil=True)
def _joined(
    t_ns: Any, lon: Any, lat: Any, per_lon: Any, per_lat: Any, reach_m: Any, family: Any, pause_ns: Any,
    longest_ns: Any,
) -> Any:  # fmt: skip
    """Give each origin, by time, to the nearest volley that still goes on, or let it begin one."""
    n = len(t_ns)
    volley, count = np.empty(n, np.int64), 0
    middle = np.empty((n, 2))
    members, begin, last = np.zeros(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    kind = np.empty(n, np.int64)
    open_ = np.empty(n, np.int64)
    n_open = 0
    for i in range(n):
        best, nearest, kept = -1, np.inf, 0
        for k in range(n_open):
            v = open_[k]
            if t_ns[i] - last[v] > pause_ns or t_ns[i] - begin[v] > longest_ns:
                continue
            open_[kept] = v
            kept += 1
            east, north = (lon[i] - middle[v, 0]) * per_lon[i], (lat[i] - middle[v, 1]) * per_lat[i]
            away = np.hypot(east, north)
            if kind[v] == family[i] and away <= reach_m[i] and away < nearest:
                best, nearest = v, away
        n_open = kept
        if best < 0:
            best, count = count, count + 1
            open_[n_open], n_open = best, n_open + 1
            begin[best], kind[best], middle[best] = t_ns[i], family[i], 0.0
        members[best] += 1
        middle[best, 0] += (lon[i] - middle[best, 0]) / members[best]
        middle[best, 1] += (lat[i] - middle[best, 1]) / members[best]
        last[best], volley[i] = t_ns[i], best
    return volley, count


def _first_of(groups: _Groups) -> np.ndarray:
    return np.asarray(np.unique(groups.volley, return_index=True)[1])


def _sum(groups: _Groups, values: np.ndarray) -> np.ndarray:
    return np.asarray(np.bincount(groups.volley, values, groups.total))


def _interval(rows: pa.Table, groups: _Groups, config: VolleyConfig) -> dict[str, Any]:
    """Return from the first origin to the last, each widened by two standard deviations."""
    t_ns, sigma_s = integers(rows, "t_ns"), np.nan_to_num(numbers(rows, "t_sigma_s"))
    wide = (np.maximum(2 * sigma_s, config.least_s / 2) * SECOND_NS).astype(np.int64)
    start, end = np.full(groups.total, np.iinfo(np.int64).max), np.full(groups.total, np.iinfo(np.int64).min)
    np.minimum.at(start, groups.volley, t_ns - wide)
    np.maximum.at(end, groups.volley, t_ns + wide)
    sigma = np.zeros(groups.total)
    np.maximum.at(sigma, groups.volley, sigma_s)
    return {"t_start_ns": start, "t_end_ns": end, "t_sigma_s": sigma}


def _place(rows: pa.Table, groups: _Groups, p: np.ndarray, config: VolleyConfig) -> dict[str, Any]:
    """Return an ellipse of the origins' own uncertainty and of their spread, the probable ones weighing more.

    A single shot is where it is, and says little of where the next one of its volley falls: hence `extent_m`.
    """
    lon, lat = numbers(rows, "lon_deg"), numbers(rows, "lat_deg")
    weight = np.maximum(p, 1e-6)
    total = _sum(groups, weight)
    mean_lon, mean_lat = _sum(groups, weight * lon) / total, _sum(groups, weight * lat) / total
    per_lon, per_lat = metres_per_degree(mean_lat)
    g = groups.volley
    east, north = (lon - mean_lon[g]) * per_lon[g], (lat - mean_lat[g]) * per_lat[g]
    apart = config.extent_m**2
    moments = (("cov_ee_m2", east * east, apart), ("cov_en_m2", east * north, 0), ("cov_nn_m2", north * north, apart))
    ee, en, nn = (
        _sum(groups, weight * np.nan_to_num(numbers(rows, own))) / total
        + (_sum(groups, weight * spread) + before) / (total + 1)
        for own, spread, before in moments
    )
    half, skew = (ee + nn) / 2, np.hypot((ee - nn) / 2, en)
    bearing = np.degrees(np.arctan2(2 * en, nn - ee) / 2) % 180.0
    return {
        "place_kind": "ellipse", "lon_deg": mean_lon, "lat_deg": mean_lat, "size1_m": np.sqrt(half + skew),
        "size2_m": np.sqrt(np.maximum(half - skew, 0.0)), "bearing_deg": bearing,
    }  # fmt: skip


def _counted(rows: pa.Table, groups: _Groups, p: np.ndarray, triggers: pa.Table, order: np.ndarray) -> dict[str, Any]:
    """Return what a volley's origins count and explain together, and which of the table they are."""
    by_volley = np.argsort(groups.volley, kind="stable")
    cuts = np.searchsorted(groups.volley[by_volley], np.arange(1, groups.total))
    lists = rows.column("triggers").combine_chunks()
    heard = np.repeat(groups.volley, lists.value_lengths().to_numpy())
    named = triggers.column("node").combine_chunks().dictionary_encode()
    node = named.indices.to_numpy()[lists.flatten().to_numpy()].astype(np.int64)
    who = np.unique(heard * max(len(named.dictionary), 1) + node) // max(len(named.dictionary), 1)
    arrivals = integers(rows, "arrivals")
    squares = _sum(groups, arrivals * np.nan_to_num(numbers(rows, "residual_s")) ** 2)
    gap = np.full(groups.total, np.inf)
    np.fmin.at(gap, groups.volley, numbers(rows, "gap_deg"))
    explained = _sum(groups, arrivals.astype(np.float64))
    return {
        "count": np.maximum(np.rint(_sum(groups, p)), 1.0), "arrivals": explained.astype(np.int64),
        "nodes": np.bincount(who, minlength=groups.total),
        "residual_s": np.sqrt(squares / np.maximum(explained, 1.0)), "gap_deg": np.where(np.isfinite(gap), gap, np.nan),
        "origins": [part.tolist() for part in np.split(order[by_volley], cuts)],
    }  # fmt: skip


def _classes(groups: _Groups, p: np.ndarray, chance: np.ndarray, config: VolleyConfig) -> list[str | None]:
    """Return the class of each volley: the one named surely enough, else that weapons were used, else unknown."""
    total = _sum(groups, np.maximum(p, 1e-6))
    share = np.stack([_sum(groups, np.maximum(p, 1e-6) * c) / total for c in chance.T], axis=1)
    best, fire = np.argmax(share, axis=1), share[:, : len(_FIRE)].sum(axis=1)
    sure = share[np.arange(groups.total), best] >= config.p_class
    at_least = np.where(fire >= config.p_class, "fire_event", "")
    words = np.where(sure, np.array(_CLASSES)[best], at_least)
    return [_known(word) for word in words.tolist()]


def _known(word: str) -> str | None:
    """Return a class of the tree: a large blast is an explosion where the tree has no word for it."""
    return word if word in CLASSES else "explosion" if word == "large_blast" else None


def _p_real(groups: _Groups, p: np.ndarray, chance: np.ndarray, config: VolleyConfig) -> np.ndarray:
    harmless = chance[:, len(_COLUMNS) - len(_HARMLESS) :].sum(axis=1)
    own = np.clip(p * (1 - harmless), 0.0, config.most_p)
    return np.asarray(np.minimum(-np.expm1(_sum(groups, np.log1p(-own))), config.most_p))
