"""The air, drawn from the events: speed of sound and wind that leave the smallest travel-time residuals."""

import numpy as np
from numba import njit

from trucewatch.locate.acoustic.edges import Edges
from trucewatch.locate.acoustic.fit import EAST, NORTH, T0
from trucewatch.locate.acoustic.model import Air, Curves, Nodes, Triggers

__all__ = ["air_equations", "settle"]


@njit(cache=True, nogil=True, fastmath=True)
def air_equations(
    table: np.ndarray, edges: Edges, share: np.ndarray, nodes: Nodes, trig: Triggers, air: Air, curve: Curves
) -> tuple[np.ndarray, np.ndarray]:
    """Return the normal equations (3, 3) and (3,) of a step of speed, wind east and wind north.

    share  (edges,) weight of each edge; 0 leaves it out
    Place and time of each event are eliminated (Schur complement), so that a step of the air lets all of them move.
    """
    h, g = np.zeros((3, 3)), np.zeros(3)
    ae, be, ce, re, ra = np.zeros((3, 3)), np.zeros((3, 3)), np.zeros((3, 3)), np.zeros(3), np.zeros(3)
    row, col = np.zeros(3), np.zeros(3)
    for i in range(len(table)):
        ae[:], be[:], ce[:], re[:], ra[:] = 0.0, 0.0, 0.0, 0.0, 0.0
        heard = 0.0
        for m in range(edges.ptr[edges.entry[i]], edges.ptr[edges.entry[i + 1]]):
            if share[m] < 0.05:
                continue
            k = edges.trig[m]
            j = trig.node[k]
            de, dn = nodes.east[j] - table[i, EAST], nodes.north[j] - table[i, NORTH]
            r = np.sqrt(de * de + dn * dn) + 1e-3
            ue, un = de / r, dn / r
            speed = air.speed + air.wind_east * ue + air.wind_north * un
            travel = r / speed
            w = share[m] / (curve.onset2 + nodes.var_s2[j] + (curve.scatter * travel) ** 2)
            left = trig.t[k] - table[i, T0] - travel
            row[0], row[1], row[2] = -ue / speed, -un / speed, 1.0
            late = -travel / speed
            col[0], col[1], col[2] = late, late * ue, late * un
            for x in range(3):
                re[x] += w * row[x] * left
                ra[x] += w * col[x] * left
                for y in range(3):
                    ae[x, y] += w * row[x] * row[y]
                    be[x, y] += w * row[x] * col[y]
                    ce[x, y] += w * col[x] * col[y]
            heard += share[m]
        if heard < 3.5:
            continue
        for x in range(3):
            ae[x, x] *= 1 + 1e-9
        solved = np.linalg.solve(ae, be)
        h += ce - be.T @ solved
        g += ra - solved.T @ re
    return h, g


def settle(
    h: np.ndarray, g: np.ndarray, air: Air, known: Air, sigma: tuple[float, float], most_m_s: float = 4.0
) -> tuple[Air, np.ndarray]:
    """Return the air after one step, pulled towards what was known, and its covariance (3, 3).

    known, sigma  what was known beforehand; standard deviations of the speed and of each wind component, m/s
    most_m_s      longest step
    """
    pull = np.diag([sigma[0] ** -2, sigma[1] ** -2, sigma[1] ** -2])
    now = np.array(air)
    cov = np.linalg.inv(h + pull)
    step = cov @ (g + pull @ (np.array(known) - now))
    step *= min(1.0, most_m_s / max(float(np.abs(step).max()), 1e-9))
    return Air(*(now + step).tolist()), cov
