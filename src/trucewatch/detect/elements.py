"""Is a record fit for an array: enough elements, at known places, not on one line, with something in them?"""

from typing import NamedTuple

import numpy as np

from trucewatch.core.array_record import ArrayRecord
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.detect.array_config import ArrayConfig
from trucewatch.detect.faults import Fault
from trucewatch.detect.steer import lookups
from trucewatch.physics.plane_wave import flatness

__all__ = ["Fit", "fault_issues", "fit_elements"]

_LEAST = 3
_LEAST_FLATNESS = 0.05  # lesser over greater extent; less tells no side from the other
_SAME_PLACE_M = 0.5
_NEEDED = "three or more elements with samples and known places"


class Fit(NamedTuple):
    """Which elements can be used.

    use   (channels,) False for an element that is left out before anything is computed
    ok    whether the array can tell a bearing at all
    """

    use: np.ndarray
    ok: bool


def fit_elements(record: ArrayRecord, config: ArrayConfig) -> tuple[Fit, tuple[Issue, ...]]:
    """Return which elements of a record can be used, and an Issue for everything that is wrong with it."""
    issues: list[Issue] = []
    use = _placed(record, issues) & _alive(record, issues)
    if use.sum() < _LEAST:
        issues.append(_issue(record, f"{use.sum()} usable elements", _NEEDED, "no bearing is given; add elements"))
        return Fit(use, False), tuple(issues)
    _apart(record, use, issues)
    flat = flatness(record.east_m[use], record.north_m[use])
    if flat < _LEAST_FLATNESS:
        found = f"elements along one line (extents as 1 to {flat:.3f})"
        issues.append(_issue(record, found, "elements spread over an area", "no bearing is given, as it has two sides"))
        return Fit(use, False), tuple(issues)
    return Fit(use, _long_enough(record, use, config, issues)), tuple(issues)


def _issue(record: ArrayRecord, found: str, needed: str, action: str, kind: IssueKind = IssueKind.REJECTED) -> Issue:
    return Issue(record.source, kind, f"array {record.array}: {found}", needed, action)


def _placed(record: ArrayRecord, issues: list[Issue]) -> np.ndarray:
    known = np.isfinite(record.east_m) & np.isfinite(record.north_m)
    for i in np.flatnonzero(~known):
        found = f"element {record.elements[i]} without coordinates"
        issues.append(_issue(record, found, "its place", "it is left out; add it to the list of elements"))
    return np.asarray(known)


def _alive(record: ArrayRecord, issues: list[Issue]) -> np.ndarray:
    alive = np.ones(len(record.elements), dtype=bool)
    for i, samples in enumerate(record.samples):
        known = np.isfinite(samples)
        if not known.any():
            found, alive[i] = "without a single sample", False
        elif _constant(samples, known):
            found, alive[i] = "dead: the same value throughout", False
        elif not known.all():
            share = 1 - known.mean()
            issues.append(_issue(record, f"element {record.elements[i]} with {share:.1%} of its samples missing",
                                 "all samples", "windows that miss more than a little of it go on without it",
                                 IssueKind.DOUBTFUL))  # fmt: skip
            continue
        else:
            continue
        issues.append(_issue(record, f"element {record.elements[i]} {found}", "a signal", "it is left out"))
    return alive


def _constant(samples: np.ndarray, known: np.ndarray) -> bool:
    there = samples if known.all() else samples[known]
    return bool(there.min() == there.max())


def _apart(record: ArrayRecord, use: np.ndarray, issues: list[Issue]) -> None:
    rows = np.flatnonzero(use)
    for a, i in enumerate(rows):
        for j in rows[a + 1 :]:
            if np.hypot(record.east_m[i] - record.east_m[j], record.north_m[i] - record.north_m[j]) < _SAME_PLACE_M:
                found = f"elements {record.elements[i]} and {record.elements[j]} at one place"
                issues.append(_issue(record, found, "a place for each", "both are used; check the coordinates",
                                     IssueKind.DOUBTFUL))  # fmt: skip


def _long_enough(record: ArrayRecord, use: np.ndarray, config: ArrayConfig, issues: list[Issue]) -> bool:
    if config.band_hz[1] >= record.rate_hz / 2:
        found = f"{record.rate_hz:g} samples a second"
        needed = f"more than {2 * config.band_hz[1]:g} for a band up to {config.band_hz[1]:g} Hz"
        issues.append(_issue(record, found, needed, "nothing is computed; give a lower band"))
        return False
    if record.seconds < config.window_s:
        found = f"{record.seconds:.1f} s of samples"
        issues.append(_issue(record, found, f"at least one window of {config.window_s:g} s", "nothing is computed"))
        return False
    slowest = config.trace_velocity_m_s[0]
    size = lookups(record.east_m[use], record.north_m[use], config.band_hz[1], slowest, config.grid_step)
    if size > config.grid_most:
        lower = config.band_hz[1] * np.sqrt(config.grid_most / size)
        found = f"elements too far apart for waves of {config.band_hz[1]:g} Hz"
        needed = f"a band up to {lower:.2g} Hz or elements nearer together"
        issues.append(_issue(record, found, needed, "nothing is computed; give a lower band"))
        return False
    crossing = np.hypot(np.ptp(record.east_m[use]), np.ptp(record.north_m[use])) / slowest
    if crossing > config.window_s / 4:
        found = f"up to {crossing:.1f} s for a wave to cross it"
        needed = f"less than a quarter of the window of {config.window_s:g} s"
        issues.append(_issue(record, found, needed, "windows see little in common; give longer ones",
                             IssueKind.DOUBTFUL))  # fmt: skip
    return True


def fault_issues(record: ArrayRecord, faults: tuple[Fault, ...]) -> tuple[Issue, ...]:
    """Return an Issue for each fault found, naming the elements."""
    return tuple(_fault_issue(record, fault) for fault in faults)


def _fault_issue(record: ArrayRecord, fault: Fault) -> Issue:
    found = _words(record, fault)
    if fault.rivals:
        found += "; the record could also mean " + " or ".join(_words(record, r) for r in fault.rivals)
    needed, action = {
        "dead": ("the wave that the others hear", "it is left out; check sensor, cable and clock"),
        "reversed": ("the others' polarity", "it is turned over; check its wiring"),
        "swapped": ("each channel at its own place", "they are exchanged back; check channels and coordinates"),
        "shifted": ("the others' time", "it is left out; check its clock"),
        "misfit": ("plane waves across these places", "it is used and the bearings are less sure; check clock, place"),
    }[fault.kind]
    return _issue(record, found, needed, action, IssueKind.DOUBTFUL)


def _words(record: ArrayRecord, fault: Fault) -> str:
    names = [record.elements[e] for e in fault.elements]
    late = "late" if fault.shift_s > 0 else "early"
    return {
        "dead": f"element {names[0]} dead: nothing in common with the others",
        "reversed": f"element {names[0]} of reversed polarity",
        "swapped": f"elements {names[0]} and {names[-1]} swapped",
        "shifted": f"element {names[0]} with its clock {abs(fault.shift_s):.3f} s {late}",
        "misfit": f"arrivals at element {names[0]} {abs(fault.shift_s):.3f} s {late}",
    }[fault.kind]
