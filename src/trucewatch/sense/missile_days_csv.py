"""Days and nights of missiles and drones, as one side's air force counts them and volunteers collect the counts.

Each row is one kind of weapon in one attack: `time_start`, `time_end`, `model`, `launched` and, where they are given,
`launch_place`, `target`, `destroyed`, `not_reach_goal`, `num_hit_location`, `source`. Times are local to Kyiv: a
minute, or a day. What one side says of its own defence is a claim; it is read as one, whichever side it is.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from hashlib import sha256

import numpy as np
import pyarrow as pa

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.position import Position, Unresolved
from trucewatch.core.reading import Reading
from trucewatch.core.toponyms import resolve
from trucewatch.sense import tabular
from trucewatch.sense.checks import TIME_NEEDED, Fault, bad_times, states, usable
from trucewatch.sense.local_times import LocalInterval, local_interval
from trucewatch.sense.places import place_columns
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import NO_INSTANT, numbers, texts

__all__ = ["FORMAT", "PROJECT", "ZONE", "class_of", "detect", "raw_row", "read"]

FORMAT = "missile_days_csv"
PROJECT = "missile_days"
ZONE = "Europe/Kyiv"
SHEET = Sheet(frozenset({"time_start", "time_end", "model", "launched"}))
RELIABILITY, CREDIBILITY = "D", "3"  # a side's claim about itself, possibly true: an assumption of ours

_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{1,2}:\d{2})(?::\d{2})?)?")
_DRONE = re.compile(r"shahed|geran|lancet|drone|\buavs?\b|orlan|zala|supercam|шахед|дрон|бпла", re.IGNORECASE)
_COUNTS = ("launched", "destroyed", "not_reach_goal", "num_hit_location")
_TOLD = ("target", "launch_place", "carrier", "destroyed", "not_reach_goal", "num_hit_location", "affected region")


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def class_of(model: str, hits: float) -> str:
    """Return a strike of the weapon where hits are stated; else only that it came."""
    if not hits > 0:
        return "aerial_attack"
    return "drone_strike" if _DRONE.search(model) else "missile_strike"


def read(source: Source) -> Iterator[Reading]:
    """Read the attacks: how many of what came when, and where the claim says a place that is known."""
    section, issues, synthetic = tabular.read_whole(source, SHEET)
    if section is None:
        yield source.empty("observations", FORMAT, *issues)
        return
    start_ns, end_ns = _times(section)
    keep, rejected = usable(source, section, _faults(source, section, start_ns, end_ns))
    s = Section(section.names, section.words.take(keep), section.row[keep], section.twin[keep])
    counts = {name: numbers(column(s, name)) for name in _COUNTS}
    models = texts(column(s, "model"))
    places, nowhere = _places(source, s)
    state, doubles = states(source, s, np.arange(len(keep)))
    launched = np.where(counts["launched"] >= 0, counts["launched"], np.nan)
    values = {
        "source": "missile_days", "state": state, "project": PROJECT, "group": _groups(s),
        "t_start_ns": start_ns[keep], "t_end_ns": end_ns[keep], **places,
        "class": [class_of(m or "", n) for m, n in zip(models, counts["num_hit_location"], strict=True)],
        "means": "reported", "count": launched, "count_unit": "projectile", "weapon": pa.array(models, pa.string()),
        "reliability": RELIABILITY, "credibility": CREDIBILITY, "text": _told(s), "link": column(s, "source"),
    }  # fmt: skip
    other = [*issues, *rejected, *doubles, *_odd_counts(source, s, counts), *nowhere, *_claim(source, s)]
    yield source.reading("observations", FORMAT, source.table("observations", s.row, values), other, synthetic)


def _times(s: Section) -> tuple[np.ndarray, np.ndarray]:
    """Return starts and ends (n,) ns UTC; a day ends with itself; where no end is given the start's own ends it."""
    pairs = list(zip(texts(column(s, "time_start")), texts(column(s, "time_end")), strict=True))
    found = [(_interval(first), _interval(last) if last else _interval(first)) for first, last in pairs]
    bounds = [(a.t_start_ns, b.t_end_ns) if a and b else (NO_INSTANT, NO_INSTANT) for a, b in found]
    table = np.array(bounds, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


@cache
def _interval(word: str | None) -> LocalInterval | None:
    stamp = _STAMP.fullmatch(word or "")
    found = local_interval(stamp[1], stamp[2], stamp[2], ZONE) if stamp else None
    return None if found is None or found.fault else found


def _faults(source: Source, s: Section, start_ns: np.ndarray, end_ns: np.ndarray) -> list[Fault]:
    times = {n: column(s, n) for n in ("time_start", "time_end")}
    needed = TIME_NEEDED.format(source.config.year_min, source.config.year_max) + ", as YYYY-MM-DD [HH:MM]"
    return [
        Fault(bad_times(start_ns, source.config), times, needed),
        Fault(end_ns <= start_ns, times, "an end after the start"),
        Fault(np.asarray(column(s, "model").is_null()), {"model": column(s, "model")}, "what was launched"),
    ]


def _places(source: Source, s: Section) -> tuple[dict[str, np.ndarray | pa.Array], list[Issue]]:
    """Return the places that the targets name; a country or a compass point is none."""
    targets = texts(column(s, "target"))
    meaning = {t: resolve(t) for t in dict.fromkeys(targets) if t}
    unread = Counter(t for t in targets if t and isinstance(meaning[t], Unresolved))
    issues = [
        source.issue(IssueKind.DOUBTFUL, f"the target {t!r} in {n:,} rows", "a settlement, district or region",
                     "its place is unknown")
        for t, n in sorted(unread.items())
    ]  # fmt: skip
    places = [meaning[t] if t else None for t in targets]
    return place_columns([p if isinstance(p, Position) else None for p in places]), issues


def _groups(s: Section) -> list[str]:
    """Return the groups (n,): attacks told in one statement count once."""
    words = texts(column(s, "source"))
    return [f"{PROJECT}:{sha256(w.encode()).hexdigest()[:16]}" if w else PROJECT for w in words]


def _told(s: Section) -> list[str]:
    told = {name: texts(column(s, name)) for name in _TOLD}
    each = ({name: words[i] for name, words in told.items()} for i in range(len(s.row)))
    return ["; ".join(f"{name} {w}" for name, w in row.items() if w) or "nothing more is told" for row in each]


def _odd_counts(source: Source, s: Section, counts: dict[str, np.ndarray]) -> list[Issue]:
    words = {name: texts(column(s, name)) for name in _COUNTS}
    read = np.array([[not w or n >= 0 for w, n in zip(words[c], counts[c].tolist(), strict=True)] for c in _COUNTS])
    odd = np.flatnonzero(~read.reshape(len(_COUNTS), -1).all(axis=0))
    found = [", ".join(f"{c} {words[c][i]!r}" for c in _COUNTS if words[c][i]) for i in odd]
    issues = source.issues(IssueKind.DOUBTFUL, s.row[odd], found, "numbers of 0 or more", "the others are used")
    stopped = np.nansum([counts["destroyed"], counts["not_reach_goal"]], axis=0)
    over = np.flatnonzero(stopped > counts["launched"])
    found = [f"{stopped[i]:.0f} stopped of {counts['launched'][i]:.0f} launched" for i in over]
    needed = "at most as many stopped as launched"
    return issues + source.issues(IssueKind.DOUBTFUL, s.row[over], found, needed, "kept as claimed; check both numbers")


def _claim(source: Source, s: Section) -> list[Issue]:
    if not len(s.row):
        return []
    found = f"{len(s.row):,} rows that are one side's own claims"
    return [source.issue(IssueKind.DOUBTFUL, found, "an independent count", f"kept with reliability {RELIABILITY}")]
