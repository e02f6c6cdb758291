"""The symmetry audit: with the parties swapped, and the map mirrored, everything but the names stays as it is.

What can be exact is: with the parties swapped on the same map, or listed the other way round, verdicts, numbers and
sentences are equal to the last digit. On the mirrored map they are equal but for rounding, if each place is broken into
its 64 points, which mirror exactly. The points of a whole place are no mirror image of themselves (a spiral turns one
way only), so for whole places probabilities are equal within 2/64, and words where no threshold lies that near.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trucewatch.core.agreement import Agreement
from trucewatch.core.parts import mixture, read_parts
from trucewatch.core.place import Places, sample_points
from trucewatch.core.records import PlaceRecord, Verdict
from trucewatch.terms.cases import case_situations
from trucewatch.terms.chance_facts import draw_corridors, draw_situation
from trucewatch.terms.config import Config
from trucewatch.terms.judge import judge_all
from trucewatch.terms.logic import remarks
from trucewatch.terms.mirror import Mirror, mirror, mirror_situation, relisted
from trucewatch.terms.situation import Judgement, Situation
from trucewatch.terms.wording import SAME

__all__ = ["Comparison", "SymmetryReport", "audit_symmetry", "differences"]

_ROUNDING, _LATTICE = 2e-4, 2 / 64  # of numbers given to four digits; of whole places
_POINTS = 64  # of a place
_FINE = 1024  # points of a place where its own lattice is mirrored
_METRES = 100.0  # distances are given in hundreds of metres
_DIGITS = 9  # decimals of a point's degrees: 0.1 mm, so that next to none lies on an edge that has six
_TOLD = 20  # differences that a report prints
_SITUATIONS = 3  # drawn at random
_P = ("p", "p_low", "p_high")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was changed, how many verdicts or remarks were compared, and what differs beyond the names."""

    what: str
    compared: int
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SymmetryReport:
    """The audit of one agreement; it fails where nothing was compared."""

    agreement: str
    comparisons: tuple[Comparison, ...]

    @property
    def passed(self) -> bool:
        """Whether something was compared and nothing differs."""
        compared = sum(c.compared for c in self.comparisons)
        return compared > 0 and not any(c.differences for c in self.comparisons)

    def __str__(self) -> str:
        return "\n".join([f"symmetry of {self.agreement}:", *(line for c in self.comparisons for line in _told(c))])


def _told(c: Comparison) -> Iterator[str]:
    state = "the same but for the names" if not c.differences else f"{len(c.differences)} differences"
    yield f"  {c.what}: {c.compared} compared, {state}"
    yield from (f"    {d}" for d in c.differences[:_TOLD])


def audit_symmetry(
    agreement: Agreement, seed: int, n: int, cases: Mapping[str, str] | None = None, config: Config | None = None
) -> SymmetryReport:
    """Return the comparison of an agreement with itself, its parties swapped and its map mirrored.

    seed, n  of the situations that are drawn at random, and the incidents in each
    cases    its files of cases; their situations are compared too
    """
    settings = config or Config()
    drawn = list(_drawn(agreement, np.random.default_rng(seed), n))
    facts = [*case_situations(agreement, cases or {}), *drawn]
    plain = _judged(facts, replace(settings, place_points=_POINTS))
    points = _judged([(a, _pointed(s)) for a, s in facts], plain.config)
    whole = _judged(drawn, replace(settings, place_points=_FINE, keep_unconcerned=True))
    compared = (
        _compare("parties swapped", plain, _exact, _swapped),
        _compare("parties listed the other way round", plain, _in_any_order, _listed_backwards),
        _compare("parties swapped, map mirrored, places as points", points, _rounded, _mirrored),
        _compare("parties swapped, map mirrored, whole places drawn at random", whole, _whole, _mirrored),
    )
    return SymmetryReport(agreement.name, (*compared, _compare_remarks(agreement, settings)))


def _drawn(agreement: Agreement, rng: np.random.Generator, n: int) -> Iterator[tuple[Agreement, Situation]]:
    for _ in range(_SITUATIONS):
        whole = draw_corridors(agreement, rng)
        if whole.provisions:
            yield whole, draw_situation(whole, rng, n)


@dataclass(frozen=True)
class _Judged:
    """Facts, each under its agreement, and what is said of them."""

    facts: Sequence[tuple[Agreement, Situation]]
    judgements: Sequence[Judgement]
    config: Config


def _judged(facts: Sequence[tuple[Agreement, Situation]], config: Config) -> _Judged:
    return _Judged(facts, [judge_all(a, s, config) for a, s in facts], config)


Differ = Callable[[Verdict, Verdict, Mirror, Config], str | None]
Change = Callable[[Agreement], tuple[Mirror, Agreement]]


def _swapped(agreement: Agreement) -> tuple[Mirror, Agreement]:
    by = Mirror.of(agreement, turn=False)
    return by, mirror(agreement, by)


def _mirrored(agreement: Agreement) -> tuple[Mirror, Agreement]:
    by = Mirror.of(agreement, turn=True)
    return by, mirror(agreement, by)


def _listed_backwards(agreement: Agreement) -> tuple[Mirror, Agreement]:
    return replace(Mirror.of(agreement, turn=False), swaps=False), relisted(agreement)


def _compare(what: str, judged: _Judged, differ: Differ, change: Change) -> Comparison:
    found: list[str] = []
    changed: dict[int, tuple[Mirror, Agreement]] = {}  # most situations are of one agreement
    for (agreement, situation), plain in zip(judged.facts, judged.judgements, strict=True):
        if id(agreement) not in changed:
            changed[id(agreement)] = change(agreement)
        by, turned = changed[id(agreement)]
        other = judge_all(turned, mirror_situation(situation, by), judged.config)
        found += _pairwise(plain.verdicts, other.verdicts, by, judged.config, differ)
        if not judged.config.keep_unconcerned and plain.tallies != other.tallies:
            found.append("the counts by clause differ")
    return Comparison(what, sum(len(j.verdicts) for j in judged.judgements), tuple(found))


def _compare_remarks(agreement: Agreement, config: Config) -> Comparison:
    """Compare what the check of an agreement remarks on."""
    by = Mirror.of(agreement, turn=False)
    plain = [by.text(str(r)) for r in remarks(agreement, config=config)]
    other = [str(r) for r in remarks(mirror(agreement, by), config=config)]
    apart = tuple(sorted(set(plain) ^ set(other)))
    return Comparison("remarks with the parties swapped", len(plain), apart)


def differences(
    plain: Sequence[Verdict], other: Sequence[Verdict], by: Mirror, config: Config | None = None
) -> list[str]:
    """Return in what the verdicts of swapped parties differ beyond the names: to the last digit on the same map.

    On a mirrored map places must be mirror images of one another point by point; numbers may then differ by rounding.
    """
    differ = _exact if by.axis_deg is None else _rounded
    return _pairwise(plain, other, by, config or Config(), differ)


def _pairwise(
    plain: Sequence[Verdict], other: Sequence[Verdict], by: Mirror, config: Config, differ: Differ
) -> list[str]:
    theirs = {(v.clause, v.subject_kind, v.subject): v for v in other}
    ours = {(v.clause, v.subject_kind, v.subject): v for v in plain}
    lost = [f"clause {c}: {kind} {s} is judged on one side only" for c, kind, s in sorted(set(ours) ^ set(theirs))]
    if differ is _whole:  # an allegation that lies near a zone may be judged under it or not
        lost = [d for d in lost if ": incident " in d]
    both = ((v, theirs[key]) for key, v in ours.items() if key in theirs)
    told = ((v, differ(v, w, by, config)) for v, w in both)
    return lost + [f"clause {v.clause}, {v.subject_kind} {v.subject}: {what}" for v, what in told if what]


def _exact(v: Verdict, w: Verdict, by: Mirror, _config: Config) -> str | None:
    """Everything to the last digit."""
    numbers = {by.text(k): by.text(x) if isinstance(x, str) else x for k, x in v.numbers.items()}
    checks = {
        "the verdict": (v.verdict, w.verdict),
        "the probability": (v.p, w.p),
        "the verdicts by party": (_conditional(v, by), dict(w.conditional)),
        "the sentence": (by.text(v.reason), w.reason),
        "the numbers": (numbers, dict(w.numbers)),
    }
    return next((f"{name} differs: {a} and {b}" for name, (a, b) in checks.items() if a != b), None)


def _in_any_order(v: Verdict, w: Verdict, by: Mirror, config: Config) -> str | None:
    """Everything to the last digit, but for the order in which a sentence names the parties."""
    same = sorted(re.findall(r"\w+", v.reason)) == sorted(re.findall(r"\w+", w.reason))
    return _exact(v, replace(w, reason=v.reason) if same else w, by, config)


def _rounded(v: Verdict, w: Verdict, by: Mirror, _config: Config) -> str | None:
    """Words to the letter, numbers but for rounding."""
    words = _NUMBER.sub("#", by.text(v.reason)), _NUMBER.sub("#", w.reason)
    if (v.verdict, _conditional(v, by)) != (w.verdict, dict(w.conditional)) or words[0] != words[1]:
        return f"the words differ: {v.verdict}, {by.text(v.reason)} and {w.verdict}, {w.reason}"
    return _apart(v, w, by, _ROUNDING)


def _whole(v: Verdict, w: Verdict, by: Mirror, config: Config) -> str | None:
    """The probability of an incident within the step of whole places, and its words where no threshold is near."""
    if v.subject_kind != "incident":
        return None  # of many incidents together, and of allegations, the steps add up
    ours, theirs = (replace(x, numbers={k: x.numbers[k] for k in _P if k in x.numbers}) for x in (v, w))
    apart = _apart(ours, theirs, by, _LATTICE)
    if apart is not None or _near_threshold(v, config) or _near_threshold(w, config):
        return apart
    same = (v.verdict, _conditional(v, by)) == (w.verdict, dict(w.conditional))
    return None if same else f"the verdict differs: {v.verdict} and {w.verdict}"


def _near_threshold(v: Verdict, config: Config) -> bool:
    """Whether a bound of the probability, for any party, lies within a step of a threshold."""
    known = [x for k, x in v.numbers.items() if k in _P and not isinstance(x, str)]
    return any(abs(p - limit) <= _LATTICE for p in known for limit in (config.p_breach, config.p_clear))


def _conditional(v: Verdict, by: Mirror) -> dict[str, str]:
    return {by.party(p): word for p, word in v.conditional.items()}


def _apart(v: Verdict, w: Verdict, by: Mirror, tolerance: float) -> str | None:
    """Return which number differs by more than a tolerance; one in the one may be two bounds in the other."""
    ours, theirs = {by.text(k): x for k, x in v.numbers.items()}, dict(w.numbers)
    for name in {**ours, **theirs}:
        x, y = _either(ours, name), _either(theirs, name)
        if isinstance(x, str) or isinstance(y, str):
            same = by.text(str(x)) == str(y)
        else:
            split = 0.0 if name in ours and name in theirs else SAME
            same = abs(x - y) <= (_METRES + 1 if "_m" in name else tolerance + split)
        if not same:
            return f"{name} differs: {x} and {y}"
    return None


def _either(numbers: Mapping[str, float | int | str], name: str) -> float | int | str:
    """Return a number by its own name, by that of both bounds, or its lower bound; 0 where it is not given."""
    one = name.removesuffix("_low").removesuffix("_high")
    return next((numbers[key] for key in (name, one, f"{name}_low") if key in numbers), 0.0)


def _pointed(situation: Situation) -> Situation:
    """Return the situation in which every place is its 64 points, and every path its points without extent."""
    return replace(
        situation,
        incidents=tuple(replace(i, place=_points_of(i.place)) for i in situation.incidents),
        allegations=tuple(replace(a, place=_points_of(a.place)) for a in situation.allegations),
    )


def _points_of(place: PlaceRecord) -> PlaceRecord:
    if place.kind is None or place.lon_deg is None or place.lat_deg is None:
        return place
    if place.parts is not None:
        parts = read_parts(place.parts)
        return _of_points(parts.lon_deg, parts.lat_deg, parts.weight, parts.t_s if place.kind == "path" else None)
    sizes = (np.nan if s is None else s for s in (place.size1_m, place.size2_m, place.bearing_deg, place.width_deg))
    lon, lat = sample_points(Places.of(place.kind, place.lon_deg, place.lat_deg, *sizes), _POINTS)
    return place if np.isnan(lon).any() else _of_points(lon[0], lat[0], np.ones(_POINTS), None)


def _of_points(lon_deg: np.ndarray, lat_deg: np.ndarray, weight: np.ndarray, t_s: np.ndarray | None) -> PlaceRecord:
    """Return points (k,) as a place: discs without extent, and a path where they have times (k,)."""
    summary = mixture(lon_deg, lat_deg, np.ones(len(weight)), weight)[:3]
    columns = [lon_deg, lat_deg, np.zeros(len(weight)), weight / weight.sum(), *([] if t_s is None else [t_s])]
    text = ";".join(",".join(f"{x:.{_DIGITS}f}" for x in point) for point in zip(*columns, strict=True))
    kind = "candidates" if t_s is None else "path"
    return PlaceRecord(kind, *summary, None, None, None, *summary, text)
