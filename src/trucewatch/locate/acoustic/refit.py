"""Events fitted anew to the triggers that they were found to explain."""

import numpy as np
from numba import njit

from trucewatch.locate.acoustic.edges import Edges
from trucewatch.locate.acoustic.fit import CEE, CEN, CET, CNN, CNT, CTT, EAST, EXPECTED, LEVEL, NORTH, T0, Loudness
from trucewatch.locate.acoustic.model import UNKNOWN_DB, Air, Curves, Nodes, Triggers

__all__ = ["refit"]


@njit(cache=True, nogil=True, fastmath=True)
def refit(  # noqa: PLR0915 - one compiled loop
    table: np.ndarray, edges: Edges, share: np.ndarray, rounds: int, nodes: Nodes, trig: Triggers,
    loudness: Loudness, air: Air, curve: Curves,
) -> np.ndarray:  # fmt: skip
    """Return the candidates (k, 12) after weighted least squares over their edges, shares (edges,) held fixed.

    What cannot be fitted stays as it was.
    """
    out = table.copy()
    for i in range(len(table)):
        lo, hi = edges.ptr[edges.entry[i]], edges.ptr[edges.entry[i + 1]]
        east, north, t0 = table[i, EAST], table[i, NORTH], table[i, T0]
        good = True
        for step in range(rounds):
            a00, a01, a02, a11, a12, a22 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            b0, b1, b2, heard = 0.0, 0.0, 0.0, 0.0
            level, level_n = 0.0, 0.0
            for m in range(lo, hi):
                if share[m] < 0.02:
                    continue
                k = edges.trig[m]
                j = trig.node[k]
                de, dn = nodes.east[j] - east, nodes.north[j] - north
                r = np.sqrt(de * de + dn * dn) + 1e-3
                speed = air.speed + (air.wind_east * de + air.wind_north * dn) / r
                travel = r / speed
                left = trig.t[k] - t0 - travel
                w = share[m] / (curve.onset2 + nodes.var_s2[j] + (curve.scatter * travel) ** 2)
                e, n = -de / r / speed, -dn / r / speed
                a00 += w * e * e
                a01 += w * e * n
                a02 += w * e
                a11 += w * n * n
                a12 += w * n
                a22 += w
                b0 += w * e * left
                b1 += w * n * left
                b2 += w * left
                heard += share[m]
                if loudness.used and trig.level_db[k] > UNKNOWN_DB:
                    level += share[m] * (trig.level_db[k] + loudness.decay_db * np.log10(max(r, 50.0) * 1e-3))
                    level_n += share[m]
            c00, c01, c02 = a11 * a22 - a12 * a12, a02 * a12 - a01 * a22, a01 * a12 - a02 * a11
            det = a00 * c00 + a01 * c01 + a02 * c02
            if not det > 1e-12 * a00 * a11 * a22 or heard < 2.5:
                good = False
                break
            c11, c12, c22 = a00 * a22 - a02 * a02, a01 * a02 - a00 * a12, a00 * a11 - a01 * a01
            if step < rounds - 1:
                se = (c00 * b0 + c01 * b1 + c02 * b2) / det
                sn = (c01 * b0 + c11 * b1 + c12 * b2) / det
                scale = min(1.0, 300.0 / max(np.sqrt(se * se + sn * sn), 1.0))
                east += scale * se
                north += scale * sn
                t0 += scale * (c02 * b0 + c12 * b1 + c22 * b2) / det
        if not good:
            continue
        out[i, EAST], out[i, NORTH], out[i, T0] = east, north, t0
        out[i, CEE], out[i, CEN], out[i, CNN] = c00 / det, c01 / det, c11 / det
        out[i, CET], out[i, CNT], out[i, CTT] = c02 / det, c12 / det, c22 / det
        out[i, EXPECTED] = heard
        if loudness.used and level_n > 0:
            pull = loudness.path_db**2 / loudness.source_db**2
            middle = table[i, LEVEL] if level_n < 1 else level / level_n
            out[i, LEVEL] = (level + pull * middle) / (level_n + pull)
    return out
