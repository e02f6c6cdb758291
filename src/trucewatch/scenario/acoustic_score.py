"""Grading of what an acoustic network placed, sound by sound."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.spatial import cKDTree

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.tables import ORIGINS
from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import metres_per_degree
from trucewatch.scenario.acoustic_sheets import SOUNDS
from trucewatch.scenario.matching import Candidates, assign

__all__ = ["SoundScore", "score_sounds"]

_CHI2_90 = 4.605170185988092  # two degrees of freedom hold 90 % below this: −2 ln 0.1


@dataclass(frozen=True, slots=True)
class SoundScore:
    """Grades of origins against the sounds of a day.

    heard, found   sounds that enough nodes heard, and how many of them an origin was matched to
    origins, right origins that count, and how many were matched to such a sound
    neither        origins that count neither way: matched to a sound which fewer nodes heard, or a further round of a
                   burst, whose rounds the truth holds as one sound
    median_m       median error of the place; in_ellipse: matched origins whose 90 % ellipse holds the truth
    """

    heard: int
    found: int
    origins: int
    right: int
    neither: int
    median_m: float | None
    in_ellipse: int

    @property
    def f1(self) -> float | None:
        """Harmonic mean of recall and precision; None where nothing was heard and nothing placed."""
        return 2 * self.right / (self.heard + self.origins) if self.heard + self.origins else None

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        return {**asdict(self), "f1": self.f1}

    def table(self) -> str:
        """Return lines of text, every figure with its count."""
        f1 = "-" if self.f1 is None else f"{self.f1:.2f}"
        place = "-" if self.median_m is None else f"{self.median_m:.0f} m"
        found = f"found {self.found} of {self.heard} sounds that enough nodes heard"
        right = f"right {self.right} of {self.origins} origins, {self.neither} more count neither way"
        return "\n".join((
            f"acoustic network: F1             {f1} ({found}; {right})",
            f"  place error of single sounds   median {place} (n = {self.right})",
            f"  truth inside the 90 % ellipse  {self.in_ellipse} of {self.right}",
        ))  # fmt: skip


def score_sounds(
    sounds: pa.Table, origins: pa.Table, least_nodes: int = 5, near_m: float = 500.0, near_s: float = 2.0
) -> SoundScore:
    """Return the grades of origins (ORIGINS) against every sound (SOUNDS), matched one to one within near_m, near_s.

    Sounds that at least `least_nodes` nodes heard are to be found; a match to another counts neither way. Of several
    ways to match, the one with the most matches and the nearest wins.
    """
    SOUNDS.check(sounds)
    ORIGINS.check(origins)
    sound, origin, away_m, inside = _pairs(sounds, origins, near_m, near_s)
    enough = integers(sounds, "nodes") >= least_nodes
    weight = 1 + enough[sound] + np.exp(-away_m / near_m)  # a sound that was to be found is preferred to a faint one
    pairs = Candidates(sound, origin, weight, np.zeros(len(sound)))
    found, by = assign(pairs, sounds.num_rows, origins.num_rows)
    chosen = {pair: k for k, pair in enumerate(zip(sound.tolist(), origin.tolist(), strict=True))}
    rows = np.array([chosen[pair] for pair in zip(found.tolist(), by.tolist(), strict=True)], dtype=np.int64)
    right = rows[enough[sound[rows]]]
    burst = np.setdiff1d(origin[strings(sounds, "class")[sound] == "burst"], by)
    neither = len(rows) - len(right) + len(burst)
    return SoundScore(
        int(enough.sum()), len(right), origins.num_rows - neither, len(right), neither,
        float(np.median(away_m[right])) if len(right) else None, int(inside[right].sum()),
    )  # fmt: skip


def _pairs(sounds: pa.Table, origins: pa.Table, near_m: float, near_s: float) -> tuple[np.ndarray, ...]:
    """Return (sound, origin, distance m, whether the 90 % ellipse holds it) of every pair near in place and time."""
    empty = np.empty(0, dtype=np.int64)
    if not sounds.num_rows or not origins.num_rows:
        return empty, empty, empty.astype(np.float64), empty.astype(bool)
    t0 = int(integers(sounds, "t_ns").min())
    per_lon, per_lat = (float(m.item()) for m in metres_per_degree(np.array([numbers(sounds, "lat_deg").mean()])))
    placed = [np.column_stack([
        numbers(t, "lon_deg") * per_lon / near_m, numbers(t, "lat_deg") * per_lat / near_m,
        (integers(t, "t_ns") - t0) / SECOND_NS / near_s]) for t in (sounds, origins)]  # fmt: skip
    near = cKDTree(placed[1]).query_ball_point(placed[0], np.sqrt(2.0))
    sound = np.repeat(np.arange(len(near)), [len(n) for n in near])
    origin = np.array([k for n in near for k in n], dtype=np.int64)
    step = placed[0][sound] - placed[1][origin]
    close = (np.hypot(step[:, 0], step[:, 1]) <= 1) & (np.abs(step[:, 2]) <= 1)
    sound, origin, metres = sound[close], origin[close], step[close, :2] * near_m
    return sound, origin, np.hypot(*metres.T), _inside(origins, origin, metres)


def _inside(origins: pa.Table, origin: np.ndarray, metres: np.ndarray) -> np.ndarray:
    ee, en, nn = (numbers(origins, f"cov_{n}_m2")[origin] for n in ("ee", "en", "nn"))
    east, north = metres.T
    det = ee * nn - en**2
    with np.errstate(divide="ignore", invalid="ignore"):
        squared = (nn * east**2 - 2 * en * east * north + ee * north**2) / det
    return np.asarray((det > 0) & (squared <= _CHI2_90))
