"""First-arrival times of P and S through a layered Earth, as tables over distance and depth."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit

__all__ = ["CENTRAL_ITALY", "IASP91", "LayeredModel", "Phase", "TravelTimes", "first_arrivals", "tabulate"]

Phase = Literal["P", "S"]
PHASES: tuple[Phase, Phase] = ("P", "S")
THIN_M = 250.0  # a gradient is cut into homogeneous sheets of at most this thickness
LEVEL_M = 1e-3  # a ray that rises less runs level


@dataclass(frozen=True, slots=True)
class LayeredModel:
    """Speeds of P and S against depth below the ellipsoid, linear between the nodes.

    depth_m          (nodes,)  never decreasing; a repeated depth is a jump
    p_m_s, s_m_s     (nodes,)  speed at the node; constant above the first and below the last
    """

    depth_m: tuple[float, ...]
    p_m_s: tuple[float, ...]
    s_m_s: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.depth_m) == len(self.p_m_s) == len(self.s_m_s) > 0:
            raise ValueError(f"found {len(self.depth_m)} depths, {len(self.p_m_s)} P and {len(self.s_m_s)} S speeds; "
                             "needed equally many, at least one")  # fmt: skip
        if min(np.diff(self.depth_m), default=0.0) < 0:
            raise ValueError("found a depth above the one before it; needed depths that never decrease; sort them")
        if not min((*self.p_m_s, *self.s_m_s)) > 0:
            raise ValueError("found a speed that is not above zero; needed speeds in m/s; fluids carry no S")

    def speeds_m_s(self, phase: Phase) -> np.ndarray:
        """Return the speed (nodes,) of one phase."""
        return np.array(self.p_m_s if phase == "P" else self.s_m_s)


# Crust of the Amatrice-Norcia region, as published with the demonstration of REAL for 2016-10-14
# (Zhang, Ellsworth & Beroza 2019, SRL 90(6), 2276; after Carannante et al. 2013).
CENTRAL_ITALY = LayeredModel(
    (0.0, 1e3, 5e3, 9e3, 13e3, 21e3, 31e3, 31e3, 60e3),
    (5300.0, 5650.0, 6200.0, 6200.0, 6200.0, 6200.0, 7500.0, 8110.6, 8089.1),
    (2750.0, 2800.0, 3400.0, 3400.0, 3400.0, 3500.0, 4000.0, 4490.9, 4477.2),
)

# Kennett & Engdahl 1991, Geophys. J. Int. 105, 429: crust and uppermost mantle, where nothing better is known.
IASP91 = LayeredModel(
    (0.0, 20e3, 20e3, 35e3, 35e3, 77.5e3),
    (5800.0, 5800.0, 6500.0, 6500.0, 8040.0, 8045.0),
    (3360.0, 3360.0, 3750.0, 3750.0, 4470.0, 4485.0),
)


@dataclass(frozen=True, slots=True)
class TravelTimes:
    """Tables of first arrivals; linear in between.

    time_s            (phase, level, depth, distance)  s; phase 0 is P, 1 is S
    elevation0_m, elevation_step_m, depth0_m, depth_step_m, distance_step_m    the axes; distance begins at 0
    """

    time_s: np.ndarray
    elevation0_m: float
    elevation_step_m: float
    depth0_m: float
    depth_step_m: float
    distance_step_m: float

    @property
    def depth_m(self) -> np.ndarray:
        """Return the depths (n,) m of the table."""
        return self.depth0_m + self.depth_step_m * np.arange(self.time_s.shape[2])

    @property
    def max_distance_m(self) -> float:
        """Return the greatest distance of the table."""
        return float(self.distance_step_m * (self.time_s.shape[3] - 1))

    def level(self, elevation_m: np.ndarray) -> np.ndarray:
        """Return the level (n,) nearest to each elevation; half a level costs half a step times the slowness."""
        rank = np.rint((np.asarray(elevation_m) - self.elevation0_m) / self.elevation_step_m)
        return np.clip(rank, 0, self.time_s.shape[1] - 1).astype(np.int64)

    def at(self, phase: Phase, distance_m: np.ndarray, depth_m: np.ndarray, elevation_m: np.ndarray) -> np.ndarray:
        """Return interpolated times (n,) s; beyond the table it goes on in a straight line."""
        distance, depth, level = np.broadcast_arrays(distance_m, depth_m, self.level(elevation_m))
        table = self.time_s[PHASES.index(phase)]
        x, z = distance / self.distance_step_m, (depth - self.depth0_m) / self.depth_step_m
        i = np.clip(z.astype(np.int64), 0, table.shape[1] - 2)
        j = np.clip(x.astype(np.int64), 0, table.shape[2] - 2)
        fz, fx = z - i, x - j
        upper = table[level, i, j] * (1 - fx) + table[level, i, j + 1] * fx
        lower = table[level, i + 1, j] * (1 - fx) + table[level, i + 1, j + 1] * fx
        return np.asarray(upper * (1 - fz) + lower * fz)


def first_arrivals(
    model: LayeredModel, phase: Phase, distance_m: np.ndarray, depth_m: np.ndarray, elevation_m: np.ndarray
) -> np.ndarray:
    """Return the time of the first arrival, direct or refracted.

    distance_m   (distances,)  m, ascending
    depth_m      (depths,)     m below the ellipsoid, negative above
    elevation_m  (levels,)     m of the receiver above the ellipsoid
    returns      (levels, depths, distances)  s

    Rays of the flat layered Earth (Lay & Wallace 1995, Modern Global Seismology, ch. 3.2); a gradient is a stack of
    sheets of `THIN_M`, whose refracted arrivals envelop the diving ray. The flat Earth is 0.1 % late at 120 km and
    0.4 % at 250 km.
    """
    top_m, speed_m_s = _sheets(np.array(model.depth_m), model.speeds_m_s(phase))
    return np.asarray(_first_arrivals(top_m, speed_m_s, np.asarray(distance_m, float), np.asarray(depth_m, float),
                                      np.asarray(elevation_m, float)))  # fmt: skip


def tabulate(
    model: LayeredModel,
    max_distance_m: float,
    depth_m: tuple[float, float] = (-2000.0, 30_000.0),
    elevation_m: tuple[float, float] = (0.0, 2000.0),
    steps_m: tuple[float, float, float] = (100.0, 500.0, 500.0),
) -> TravelTimes:
    """Return tables up to `max_distance_m` and between the two depths and the two elevations.

    steps_m   steps in elevation, depth and distance
    """
    if not max_distance_m > 0 or depth_m[1] <= depth_m[0] or elevation_m[1] < elevation_m[0]:
        raise ValueError(f"found {max_distance_m=}, {depth_m=}, {elevation_m=}; needed spans that are not empty")
    level_step, depth_step, distance_step = steps_m
    levels = elevation_m[0] + level_step * np.arange(2 + int((elevation_m[1] - elevation_m[0]) / level_step))
    depths = depth_m[0] + depth_step * np.arange(2 + int((depth_m[1] - depth_m[0]) / depth_step))
    distances = distance_step * np.arange(3 + int(max_distance_m / distance_step))
    times = np.stack([first_arrivals(model, phase, distances, depths, levels) for phase in PHASES])
    return TravelTimes(times.astype(np.float32), elevation_m[0], level_step, depth_m[0], depth_step, distance_step)


def _sheets(depth_m: np.ndarray, speed_m_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return tops (n,) m and speeds (n,) m/s of homogeneous sheets; the first reaches up without end."""
    tops, speeds = [-np.inf], [speed_m_s[0]]
    for k in range(len(depth_m) - 1):
        thickness = depth_m[k + 1] - depth_m[k]
        count = 1 if speed_m_s[k] == speed_m_s[k + 1] else int(np.ceil(thickness / THIN_M))
        for part in range(count if thickness > 0 else 0):
            tops.append(depth_m[k] + thickness * part / count)
            speeds.append(speed_m_s[k] + (speed_m_s[k + 1] - speed_m_s[k]) * (part + 0.5) / count)
    return np.array([*tops, depth_m[-1]]), np.array([*speeds, speed_m_s[-1]])


@njit(cache=True, nogil=True)
def _first_arrivals(
    top_m: np.ndarray, speed_m_s: np.ndarray, distance_m: np.ndarray, depth_m: np.ndarray, elevation_m: np.ndarray
) -> np.ndarray:
    times = np.empty((len(elevation_m), len(depth_m), len(distance_m)))
    for e in range(len(elevation_m)):
        for d in range(len(depth_m)):
            upper, lower = min(-elevation_m[e], depth_m[d]), max(-elevation_m[e], depth_m[d])
            thickness_m = _between(top_m, upper, lower)
            _direct(thickness_m, speed_m_s, _speed_at(top_m, speed_m_s, lower), distance_m, times[e, d])
            _refracted(top_m, thickness_m, speed_m_s, lower, distance_m, times[e, d])
    return times


@njit(cache=True, nogil=True)
def _between(top_m: np.ndarray, upper: float, lower: float) -> np.ndarray:
    """Return the thickness (n,) m of each sheet between two depths."""
    thickness = np.zeros(len(top_m))
    for k in range(len(top_m)):
        bottom = top_m[k + 1] if k + 1 < len(top_m) else np.inf
        thickness[k] = max(0.0, min(bottom, lower) - max(top_m[k], upper))
    return thickness


@njit(cache=True, nogil=True)
def _speed_at(top_m: np.ndarray, speed_m_s: np.ndarray, depth: float) -> float:
    k = 0
    while k + 1 < len(top_m) and top_m[k + 1] <= depth:
        k += 1
    return float(speed_m_s[k])


@njit(cache=True, nogil=True)
def _direct(
    thickness_m: np.ndarray, speed_m_s: np.ndarray, level_speed_m_s: float, distance_m: np.ndarray, out: np.ndarray
) -> None:
    """Write the times (distances,) of the ray that never turns.

    The unknown is the tangent of its angle in the fastest sheet that it crosses: distance is a concave function of it,
    so Newton's steps from the left never overshoot.
    """
    crossed = np.flatnonzero(thickness_m > LEVEL_M)
    if len(crossed) == 0:
        out[:] = distance_m / level_speed_m_s
        return
    fastest, tangent = speed_m_s[crossed].max(), 0.0
    for j in range(len(distance_m)):
        for _ in range(60):
            reach, slope = 0.0, 0.0
            for k in crossed:
                share = speed_m_s[k] / fastest
                root = np.sqrt(1.0 + tangent * tangent * (1.0 - share * share))
                reach += thickness_m[k] * share * tangent / root
                slope += thickness_m[k] * share / (root * root * root)
            step = (distance_m[j] - reach) / slope
            tangent += step
            if abs(step) <= 1e-8 * (1.0 + tangent):
                break
        slowness = tangent / (fastest * np.sqrt(1.0 + tangent * tangent))
        time = slowness * distance_m[j]
        for k in crossed:
            time += thickness_m[k] * np.sqrt(max(0.0, speed_m_s[k] ** -2.0 - slowness * slowness))
        out[j] = time


@njit(cache=True, nogil=True)
def _refracted(
    top_m: np.ndarray,
    thickness_m: np.ndarray,
    speed_m_s: np.ndarray,
    lower: float,
    distance_m: np.ndarray,
    out: np.ndarray,
) -> None:
    """Lower the times (distances,) where a wave along the top of a faster sheet comes first."""
    for k in range(1, len(top_m)):
        if top_m[k] < lower:
            continue
        slowness, delay, critical, faster = 1.0 / speed_m_s[k], 0.0, 0.0, True
        for i in range(k):
            below = max(0.0, min(top_m[i + 1], top_m[k]) - max(top_m[i], lower))
            length = thickness_m[i] + 2.0 * below
            if length > LEVEL_M:
                faster = faster and speed_m_s[i] < speed_m_s[k]
                vertical = np.sqrt(max(1e-30, speed_m_s[i] ** -2.0 - slowness * slowness))
                delay += length * vertical
                critical += length * slowness / vertical
        if faster:
            for j in range(len(distance_m)):
                if distance_m[j] >= critical:
                    out[j] = min(out[j], slowness * distance_m[j] + delay)
