"""Grading: what was found, what was made up, how far off, and whether the probabilities were honest."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import integers, strings
from trucewatch.core.records import Incident, Status
from trucewatch.core.times import SECOND_NS
from trucewatch.scenario.calibration import Calibration, calibrate
from trucewatch.scenario.config import ScoreConfig
from trucewatch.scenario.matching import Candidates, assign, candidates, place_error_m
from trucewatch.scenario.truth import Truth

__all__ = ["Errors", "Found", "Score", "score"]

_GONE = (Status.MERGED, Status.RETIRED)  # such an incident says nothing of its own any more


class Found(NamedTuple):
    """How many happenings of one group there were and how many were found."""

    group: str
    happened: int
    found: int

    @property
    def recall(self) -> float | None:
        """Share found; None where nothing happened."""
        return self.found / self.happened if self.happened else None


class Errors(NamedTuple):
    """Errors of n matched incidents: median and 90 % quantile; None where there are none."""

    n: int
    median: float | None
    q90: float | None


@dataclass(frozen=True)
class Score:
    """Grades of a list of incidents against the truth.

    happened, found      happenings that are incidents, and how many of them were matched one to one
    incidents, right     incidents at or above `p_shown`, and how many of them were matched
    doubles              incidents above `p_shown` that belong to a happening another incident was matched to
    by_class, by_visibility   recall by class, and by whether anybody could tell
    held_in_radius90     matched places whose 90 % radius holds the truth, of `place_m.n`
    calibration          of p_real over all incidents: so is an incident that any happening can explain
    """

    happened: int
    found: int
    incidents: int
    right: int
    doubles: int
    by_class: tuple[Found, ...]
    by_visibility: tuple[Found, ...]
    place_m: Errors
    held_in_radius90: int
    time_s: Errors
    calibration: Calibration

    @property
    def recall(self) -> float | None:
        """Share of happenings found; None where nothing happened."""
        return self.found / self.happened if self.happened else None

    @property
    def precision(self) -> float | None:
        """Share of shown incidents that were right; None where none was shown."""
        return self.right / self.incidents if self.incidents else None

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        groups = {name: [{**g._asdict(), "recall": g.recall} for g in getattr(self, name)]
                  for name in ("by_class", "by_visibility")}  # fmt: skip
        calibration = {**self.calibration._asdict(), "bins": [b._asdict() for b in self.calibration.bins]}
        return {**asdict(self), "recall": self.recall, "precision": self.precision, **groups,
                "place_m": self.place_m._asdict(), "time_s": self.time_s._asdict(),
                "calibration": calibration}  # fmt: skip

    def table(self) -> str:
        """Return a small text table, every figure with its count."""
        rows = [
            ("recall", _share(self.found, self.happened)),
            *((f"  {g.group}", _share(g.found, g.happened)) for g in (*self.by_visibility, *self.by_class)),
            ("precision", _share(self.right, self.incidents)),
            ("  doubles", f"{self.doubles} of {self.incidents}"),
            ("place error", _errors(self.place_m, "m")),
            ("  truth inside the 90 % radius", _share(self.held_in_radius90, self.place_m.n)),
            ("time error", _errors(self.time_s, "s")),
            ("calibration of p_real", _calibration(self.calibration)),
        ]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f} ({part} of {whole})" if whole else "- (0 of 0)"


def _errors(errors: Errors, unit: str) -> str:
    if errors.median is None:
        return "- (n = 0)"
    return f"median {errors.median:.0f} {unit}, 90 % within {errors.q90:.0f} {unit} (n = {errors.n})"


def _calibration(c: Calibration) -> str:
    if c.brier is None:
        return "- (n = 0)"
    return (f"Brier {c.brier:.3f}, log score {c.log_score:.3f}, expected calibration error "
            f"{c.expected_calibration_error:.3f} (n = {c.statements})")  # fmt: skip


def score(truth: Truth | pa.Table, incidents: Sequence[Incident], config: ScoreConfig | None = None) -> Score:
    """Return the grades of `incidents` against the truth, or its table alone (schema TRUTH).

    Every incident is a candidate for matching, the more probable ones are counted. Heat of works and fields is no
    happening to be found: an incident that reports it is wrong.
    """
    config = config or ScoreConfig()
    table = truth.table if isinstance(truth, Truth) else truth
    table = table.filter(table.column("incident"))
    live = [i for i in incidents if i.status not in _GONE]
    found = candidates(table, live, config)
    p_real = np.array([i.p_real for i in live], dtype=np.float64)
    shown = p_real >= config.p_shown
    kept = Candidates(*(c[shown[found.incident]] for c in found))
    rows, numbers = assign(kept, table.num_rows, len(live))
    explained = np.isin(np.arange(len(live)), found.incident)
    doubles = np.isin(np.arange(len(live)), kept.incident[np.isin(kept.truth, rows)])
    doubles[numbers] = False
    place_m = place_error_m(table, rows, live, numbers)
    radius = np.array([_radius(live[i]) for i in numbers], dtype=np.float64)
    return Score(
        table.num_rows, len(rows), int(shown.sum()), len(rows), int(doubles.sum()),
        _recall(strings(table, "class"), rows), _recall(strings(table, "visibility"), rows), _spread(place_m),
        int((place_m <= radius).sum()), _spread(_time_error_s(table, rows, live, numbers)),
        calibrate(p_real, explained, config.bins),
    )  # fmt: skip


def _radius(incident: Incident) -> float:
    radius = incident.place.radius90_m
    return np.nan if radius is None else radius


def _recall(groups: np.ndarray, rows: np.ndarray) -> tuple[Found, ...]:
    words, place = np.unique(groups.astype(str), return_inverse=True)
    happened = np.bincount(place, minlength=len(words))
    found = np.bincount(place[rows], minlength=len(words))
    return tuple(Found(str(w), int(h), int(f)) for w, h, f in zip(words, happened, found, strict=True))


def _spread(errors: np.ndarray) -> Errors:
    known = errors[np.isfinite(errors)]
    if len(known) == 0:
        return Errors(0, None, None)
    return Errors(len(known), float(np.median(known)), float(np.quantile(known, 0.9)))


def _time_error_s(table: pa.Table, rows: np.ndarray, incidents: Sequence[Incident], numbers: np.ndarray) -> np.ndarray:
    """Return the distance (m,) s between the middles of the intervals."""
    middle = (integers(table, "t_start_ns")[rows] + integers(table, "t_end_ns")[rows]) / 2
    said = np.array([(incidents[i].t_start_ns + incidents[i].t_end_ns) / 2 for i in numbers], dtype=np.float64)
    return np.asarray(np.abs(middle - said) / SECOND_NS)
