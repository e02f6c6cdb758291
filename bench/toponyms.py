"""How often a place in a headline is understood, against phrases read and placed by hand, and how fast.

`toponyms_truth.csv` names each phrase by file, row and offsets, since the headlines themselves are not ours to copy,
and says what is right. A third, drawn by lot, is `score`: the rules were never tuned on it. `unlisted` marks phrases
that name a settlement which the packaged gazetteer lacks (front-line villages of fewer than 500 people).

A settlement is right where the heaviest candidate lies within the tolerance; a list where all its places are, in order;
an area where the true point lies in the 90 % of the place and its radius is at most three times the true one.
"""

import csv
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from bench.data import FOLDER
from trucewatch.core.parts import read_parts
from trucewatch.core.place import summarise
from trucewatch.core.position import Position
from trucewatch.core.toponyms import mentions, resolve
from trucewatch.physics.geodesy import distance_m

Row = tuple[str, str, str, str, str]
TRUTH = Path(__file__).with_name("toponyms_truth.csv")
PRESS = "viina/viina_incidents_202307.csv"
_WIDEST = 3.0  # times the true radius that an area's 90 % radius may have


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio); none where the records are not here."""
    if not FOLDER.is_dir():
        return [("toponyms: the real records are not here", "-", "-", "-", "-")]
    right = Counter[tuple[str, str]]()
    every = Counter[tuple[str, str]]()
    for truth in truths():
        for group in ("all", "unlisted" if truth["unlisted"] == "1" else "listed"):
            every[truth["split"], group] += 1
            right[truth["split"], group] += is_right(truth)
    groups = [(split, group) for split in ("tune", "score") for group in ("all", "listed", "unlisted")]
    return [*(_share(*g, right[g], every[g]) for g in groups), _speed()]


def truths(split: str | None = None) -> Iterator[dict[str, str]]:
    """Yield the rows of the truth file, of one split if given."""
    with TRUTH.open(encoding="utf-8", newline="") as file:
        yield from (row for row in csv.DictReader(file) if split in (None, row["split"]))


def phrase(truth: dict[str, str]) -> str:
    """Return the words of a truth, from the file that they stand in."""
    return _texts(truth["file"], truth["column"])[int(truth["row"]) - 1][int(truth["start"]) : int(truth["end"])]


def is_right(truth: dict[str, str]) -> bool:
    """Return whether a phrase is understood as the truth says."""
    words, kind = phrase(truth), truth["kind"]
    if kind == "several":
        known = [m.position for m in mentions(words) if isinstance(m.position, Position)]
        wanted = _wanted(truth)
        return len(known) == len(wanted) and all(_fits(p, *w) for p, w in zip(known, wanted, strict=True))
    found = resolve(words)
    if kind == "unresolved" or not isinstance(found, Position):
        return kind == "unresolved" and not isinstance(found, Position)
    return _fits(found, *_wanted(truth)[0])


def _wanted(truth: dict[str, str]) -> list[tuple[str, float, float, float]]:
    columns = [truth[name].split(";") for name in ("of", "lon_deg", "lat_deg", "tolerance_km")]
    return [(kind, float(lon), float(lat), float(km)) for kind, lon, lat, km in zip(*columns, strict=True)]


def _fits(place: Position, kind: str, lon_deg: float, lat_deg: float, tolerance_km: float) -> bool:
    if kind == "settlement":
        return _apart_km(*_heaviest(place), lon_deg, lat_deg) <= tolerance_km
    lon, lat, radius_m = (float(v[0]) for v in summarise(place.places))
    radius_km = radius_m / 1000
    return _apart_km(lon, lat, lon_deg, lat_deg) <= radius_km <= _WIDEST * tolerance_km


def _heaviest(place: Position) -> tuple[float, float]:
    if place.parts is None:
        return place.lon_deg, place.lat_deg
    parts = read_parts(place.parts)
    best = int(np.argmax(parts.weight))
    return float(parts.lon_deg[best]), float(parts.lat_deg[best])


def _apart_km(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    return float(distance_m(np.array([lon1]), np.array([lat1]), np.array([lon2]), np.array([lat2]))[0]) / 1000


@cache
def _texts(file: str, column: str) -> Sequence[str]:
    with (FOLDER / file).open(encoding="utf-8-sig", newline="") as rows:
        return [row[column] for row in csv.DictReader(rows)]


def _share(split: str, group: str, right: int, every: int) -> Row:
    figure = f"{100 * right / max(every, 1):.1f} % ({right} of {every})"
    return (f"toponyms: phrases right, {split}, {group}", figure, "-", "-", "-")


def _speed() -> Row:
    headlines = list(dict.fromkeys(_texts(PRESS, "headline")))
    for text in headlines[:500]:
        mentions(text)
    start = time.perf_counter()
    found = sum(len(mentions(text)) for text in headlines[500:])
    size, seconds = len(headlines) - 500, time.perf_counter() - start
    return (f"toponyms: {size:,} headlines, {found:,} places", f"{size / seconds:,.0f} headlines/s", "-", "-", "-")


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
