"""What a group of linked events says together: how probable, where, when, with which casualties."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import strings
from trucewatch.core.place import KINDS, Places, gaussians
from trucewatch.fuse.config import THERMAL, Config
from trucewatch.fuse.link import Nodes, Pairs, in_towns
from trucewatch.physics.geodesy import metres_per_degree, offset_lonlat

__all__ = [
    "Groups",
    "combined_places",
    "extreme",
    "groups_of",
    "independent_unit",
    "interval_of_groups",
    "link_of_member",
    "p_real_of_groups",
]


class Groups(NamedTuple):
    """Nodes sorted by group: `members` (n,), run bounds `start` (g + 1,), and the group (n,) of each sorted member."""

    members: np.ndarray
    start: np.ndarray
    group: np.ndarray

    def __len__(self) -> int:
        return len(self.start) - 1


def groups_of(label: np.ndarray) -> Groups:
    """Return the groups of labels (n,), in order of label; members keep their order."""
    members = np.argsort(label, kind="stable")
    ordered = label[members]
    new = np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(label) else np.empty(0, bool)
    start = np.append(np.flatnonzero(new), len(label))
    return Groups(members, start, np.cumsum(new) - 1)


def link_of_member(n: int, pairs: Pairs, accepted: np.ndarray) -> np.ndarray:
    """Return the strongest accepted link (n,) of each node; 1 where it stands alone."""
    p = np.zeros(n)
    for end in (pairs.a, pairs.b):
        np.maximum.at(p, end[accepted], pairs.p_link[accepted])
    return np.where(p > 0, p, 1.0)


def independent_unit(events: pa.Table, config: Config) -> np.ndarray:
    """Return a code (n,) of what may count once: a project, or a single group where its groups observe on their own."""
    project, group = strings(events, "project"), strings(events, "group")
    alone = np.isin(project.astype(str), config.own_witnesses)
    words = np.where(alone, group, project).astype(str)
    return np.asarray(np.unique(words, return_inverse=True)[1])


def p_real_of_groups(p_real: np.ndarray, p_link: np.ndarray, unit: np.ndarray, groups: Groups) -> np.ndarray:
    """Return the probability (g,) that something happened: 1 − Π (1 − p) over independent units, each counted once.

    The group's strongest member speaks in full, since it is of its own happening; members of other units as far as
    they are linked, and within a unit only the strongest. Unknown p is no evidence.
    """
    m = groups.members
    own = np.nan_to_num(p_real[m])
    p = own * p_link[m]
    leaders = _first_of(groups.group, np.lexsort((-own, groups.group)))
    p[leaders] = own[leaders]
    key = groups.group * (unit.max(initial=0) + 1) + unit[m]
    strongest = _first_of(key, np.lexsort((-p, key)))
    log_not = np.log1p(-np.clip(p[strongest], 0.0, 1 - 1e-9))
    return -np.expm1(np.bincount(groups.group[strongest], log_not, len(groups)))


def _first_of(key: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the first index of each key in an order that sorts the keys."""
    new = np.ones(len(order), bool)
    new[1:] = key[order[1:]] != key[order[:-1]]
    return order[new]


def combined_places(nodes: Nodes, groups: Groups, extent_m: float) -> Places:
    """Return one place (g,) for each group.

    A single member keeps its own place, and so do rows of one project that all name the same one: a town named twice is
    no better known. Otherwise an ellipse: the product of the members' Gaussians, each widened by
    `extent_m`; heat pixels first become one Gaussian of their own spread, for a fire covers them all.
    """
    groups = _said_once(nodes, groups)
    single = np.diff(groups.start) == 1
    first = groups.members[groups.start[:-1]]
    places = nodes.places.take(first)
    if single.all():
        return places
    lon, lat, size1, size2, bearing = _product(_parts(nodes, groups, extent_m), nodes.lat_deg[first])
    found = ~single & np.isfinite(lon)
    columns = [
        np.where(found, new, old)
        for new, old in (
            (np.int8(KINDS.index("ellipse")), places.kind), (lon, places.lon_deg), (lat, places.lat_deg),
            (size1, places.size1_m), (size2, places.size2_m), (bearing, places.bearing_deg), (np.nan, places.width_deg),
        )
    ]  # fmt: skip
    combined = Places(*columns)
    return combined if places.parts is None else replace(combined, parts=np.where(found, np.array(None), places.parts))


def _said_once(nodes: Nodes, groups: Groups) -> Groups:
    """Return the groups with only the first of the members of one project that name the same town."""
    m, p = groups.members, nodes.places
    project = np.unique(nodes.project.astype(str), return_inverse=True)[1]
    alone = np.where(in_towns(p)[m], -1, np.arange(len(m)))  # others are no repetition of anything
    columns = (groups.group, project[m], alone, *(np.nan_to_num(c[m]) for c in (p.lon_deg, p.lat_deg, p.size1_m)))
    _, first = np.unique(np.stack(columns), axis=1, return_index=True)
    kept = np.sort(first)
    start = np.searchsorted(groups.group[kept], np.arange(len(groups) + 1))
    return Groups(m[kept], start, groups.group[kept])


def _parts(nodes: Nodes, groups: Groups, extent_m: float) -> tuple[np.ndarray, ...]:
    """Return (group, lon, lat, ee, en, nn) of the Gaussians that the product takes: one a non-thermal member, one a
    group's heat."""
    m = groups.members
    ee, en, nn, lon, lat = _moments(nodes.places.take(m))
    heat = nodes.kind[m] == THERMAL
    known = np.isfinite(lon)
    others = np.flatnonzero(~heat & known)
    apart = extent_m**2
    one = (groups.group[others], lon[others], lat[others], ee[others] + apart, en[others], nn[others] + apart)
    hot = np.flatnonzero(heat & known)
    pooled = _pooled(groups.group[hot], lon[hot], lat[hot], ee[hot], en[hot], nn[hot], len(groups))
    return tuple(np.concatenate(pair) for pair in zip(one, pooled, strict=True))


def _moments(places: Places) -> tuple[np.ndarray, ...]:
    """Return (ee, en, nn, lon, lat): the single Gaussian with each place's own moments."""
    g = gaussians(places)
    per_lon, per_lat = (s[:, None] for s in metres_per_degree(places.lat_deg))
    east = (g.lon_deg - places.lon_deg[:, None]) * per_lon
    north = (g.lat_deg - places.lat_deg[:, None]) * per_lat
    mean_e, mean_n = (g.weight * east).sum(1), (g.weight * north).sum(1)
    off_e, off_n = east - mean_e[:, None], north - mean_n[:, None]
    ee = (g.weight * (g.var_e + off_e**2)).sum(1)
    en = (g.weight * (g.cov_en + off_e * off_n)).sum(1)
    nn = (g.weight * (g.var_n + off_n**2)).sum(1)
    return ee, en, nn, *offset_lonlat(places.lon_deg, places.lat_deg, mean_e, mean_n)


def _pooled(
    group: np.ndarray, lon: np.ndarray, lat: np.ndarray, ee: np.ndarray, en: np.ndarray, nn: np.ndarray, n: int
) -> tuple[np.ndarray, ...]:
    count = np.bincount(group, minlength=n)
    have = np.flatnonzero(count)

    def mean(x: np.ndarray) -> np.ndarray:
        return np.bincount(group, x, n)[have] / count[have]

    slot = np.zeros(n, np.int64)
    slot[have] = np.arange(len(have))
    centre_lon, centre_lat = mean(lon), mean(lat)
    per_lon, per_lat = metres_per_degree(centre_lat)
    e = (lon - centre_lon[slot[group]]) * per_lon[slot[group]]
    f = (lat - centre_lat[slot[group]]) * per_lat[slot[group]]
    return have, centre_lon, centre_lat, mean(ee + e * e), mean(en + e * f), mean(nn + f * f)


def _product(parts: tuple[np.ndarray, ...], base_lat: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return (lon, lat, size1, size2, bearing) (g,) of the product of Gaussians in each group's own plane."""
    group, lon, lat, ee, en, nn = parts
    n = len(base_lat)
    base_lon, base_lat = np.full(n, np.nan), base_lat.copy()
    base_lon[group[::-1]], base_lat[group[::-1]] = lon[::-1], lat[::-1]
    per_lon, per_lat = metres_per_degree(base_lat)
    east, north = (lon - base_lon[group]) * per_lon[group], (lat - base_lat[group]) * per_lat[group]
    det = ee * nn - en**2
    i_ee, i_en, i_nn = nn / det, -en / det, ee / det
    s_ee, s_en, s_nn, v_e, v_n = (np.bincount(group, x, n) for x in (
        i_ee, i_en, i_nn, i_ee * east + i_en * north, i_en * east + i_nn * north))  # fmt: skip
    total = np.where(s_ee * s_nn - s_en**2 > 0, s_ee * s_nn - s_en**2, np.nan)
    c_ee, c_en, c_nn = s_nn / total, -s_en / total, s_ee / total
    mean_e, mean_n = c_ee * v_e + c_en * v_n, c_en * v_e + c_nn * v_n
    return *offset_lonlat(base_lon, base_lat, mean_e, mean_n), *_axes(c_ee, c_en, c_nn)


def _axes(ee: np.ndarray, en: np.ndarray, nn: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return standard deviations along and across, and the bearing of the longer axis, deg from north."""
    half, spread = (ee + nn) / 2, np.hypot((ee - nn) / 2, en)
    bearing = np.degrees(np.arctan2(2 * en, nn - ee) / 2) % 180.0
    return np.sqrt(half + spread), np.sqrt(np.maximum(half - spread, 0.0)), bearing


def interval_of_groups(nodes: Nodes, groups: Groups) -> tuple[np.ndarray, np.ndarray]:
    """Return start and end (g,) ns: what all members share, else the whole that they span."""
    t0, t1 = nodes.t_start_ns[groups.members], nodes.t_end_ns[groups.members]
    cut = groups.start[:-1]
    shared = np.maximum.reduceat(t0, cut), np.minimum.reduceat(t1, cut)
    spanned = np.minimum.reduceat(t0, cut), np.maximum.reduceat(t1, cut)
    holds = shared[0] < shared[1]
    return np.where(holds, shared[0], spanned[0]), np.where(holds, shared[1], spanned[1])


def extreme(values: np.ndarray, groups: Groups) -> np.ndarray:
    """Return the largest known value (g,) of each group; NaN where none is known."""
    return np.asarray(np.fmax.reduceat(values[groups.members], groups.start[:-1]))
