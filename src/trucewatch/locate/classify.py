"""What a sound was: probabilities of its class from whatever the input carries; unknown stays unknown."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import integers, numbers
from trucewatch.core.quarry import Quarry
from trucewatch.core.tables import NODES, ORIGINS, TRIGGERS
from trucewatch.locate.class_evidence import (
    Evidence,
    arrivals_of,
    company,
    duration,
    hearing,
    loudness,
    spectrum,
    votes,
    waves,
)
from trucewatch.locate.classify_config import NAMES, ClassConfig
from trucewatch.locate.quarries import AtQuarry, at_quarries, quarry_log

__all__ = ["NAMES", "ClassConfig", "classify"]

_NO_MORE = "nothing but times and places"
_CARRIED = 5  # kinds of evidence that only some input carries come first
_HOURS = {1: ", in its working hours", 0: ", outside its working hours", -1: ""}


def classify(
    origins: pa.Table, triggers: pa.Table, network: pa.Table, config: ClassConfig | None = None,
    quarries: Sequence[Quarry] | None = None,
) -> pa.Table:  # fmt: skip
    """Return the origins (ORIGINS) with their class probabilities, which sum to one, and the reason in words.

    triggers   the table (TRIGGERS) whose rows the origins' column `triggers` names
    network    the nodes (NODES)
    quarries   places where blasting is work; None where there is no list, which is not the same as an empty one

    Bayes' rule over the tables of `ClassConfig`; what the input does not carry has no say. Neither side of a line is
    an argument, so that both get the same answer.
    """
    config = config or ClassConfig()
    ORIGINS.check(origins)
    TRIGGERS.check(triggers)
    NODES.check(network)
    if not origins.num_rows:
        return origins
    a = arrivals_of(origins, triggers, network)
    loud = loudness(triggers, a, config)
    evidence = [
        votes(origins, triggers, a, config), duration(triggers, a, config), spectrum(triggers, a, config),
        waves(origins, a, config), loud, hearing(origins, network, a, loud.there, config), company(origins, config),
    ]  # fmt: skip
    if quarries is not None:
        evidence.append(_of_quarries(origins, quarries, config))
    log = np.log(np.array(config.prior)) + sum(_bounded(e.log, config.most_odds) for e in evidence)
    p = np.exp(log - log.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    values = {f"p_{name}": p[:, k] for k, name in enumerate(NAMES)}
    kept = {n: origins.column(n) for n in origins.column_names}
    return ORIGINS.table({**kept, **values, "reason": _reasons(evidence)})


def _bounded(log: np.ndarray, most_odds: float) -> np.ndarray:
    """Return log likelihoods (n, 7) of which none lies farther below the best than the bound."""
    best = log.max(axis=1, keepdims=True)
    return np.asarray(np.maximum(log, best - np.log(most_odds)) - best)


def _of_quarries(origins: pa.Table, quarries: Sequence[Quarry], config: ClassConfig) -> Evidence:
    spread = np.sqrt(np.nan_to_num((numbers(origins, "cov_ee_m2") + numbers(origins, "cov_nn_m2")) / 2))
    place = (numbers(origins, "lon_deg"), numbers(origins, "lat_deg"))
    found = at_quarries(integers(origins, "t_ns"), *place, spread, quarries)
    words = [_at(quarries, found, i) for i in range(origins.num_rows)]
    return Evidence(quarry_log(found, config), np.ones(origins.num_rows, dtype=bool), words)


def _at(quarries: Sequence[Quarry], found: AtQuarry, i: int) -> str:
    if found.quarry[i] < 0 or found.mass[i] < 0.01:
        return "at no listed quarry"
    quarry = quarries[int(found.quarry[i])]
    hours = f" ({quarry.hours} {quarry.zone})" if quarry.hours else ""
    return f"{100 * found.mass[i]:.0f} % inside the quarry {quarry.name}{_HOURS[int(found.hours[i])]}{hours}"


def _reasons(evidence: Sequence[Evidence]) -> list[str]:
    """Return what the probabilities of each origin (n,) rest on."""
    said = [[w if t else "" for w, t in zip(e.words, e.there.tolist(), strict=True)] for e in evidence]
    more = np.any([e.there for e in evidence[:_CARRIED]], axis=0).tolist()
    parts = zip(more, *said, strict=True)
    return ["; ".join(w for w in ("" if m else _NO_MORE, *words) if w) for m, *words in parts]
