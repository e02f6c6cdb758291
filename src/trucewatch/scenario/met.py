"""How the record met allegations of which the truth is known: the true ones, the exaggerated and the invented."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from trucewatch.core.records import Allegation, Verdict
from trucewatch.scenario.allegations import ALLEGED, INVENTED, WORDS

__all__ = ["Met", "meet", "met_table"]

# What a verdict about an allegation may say of it, the most telling first: it speaks for the allegation as a whole.
_STATUSES = ("matched", "contradicted", "plausible_unseen", "outside_coverage", "insufficient_detail", "not_engaged")


class Met(NamedTuple):
    """How many allegations of one sort a party made, and how many of them ended in each status; copies count once."""

    party: str
    word: str
    said: int
    statuses: Mapping[str, int]

    @property
    def judged(self) -> int:
        """How many concerned some clause and said when and where."""
        return self.said - self.statuses.get("insufficient_detail", 0) - self.statuses.get("not_engaged", 0)

    @property
    def borne_out(self) -> float | None:
        """Share of the judged ones that an independent incident matches; None where none was judged."""
        return self.statuses.get("matched", 0) / self.judged if self.judged else None


def meet(alleged: pa.Table, allegations: Sequence[Allegation], verdicts: Sequence[Verdict]) -> tuple[Met, ...]:
    """Return how the record met each party's allegations, by whether they were true (schema ALLEGED)."""
    ALLEGED.check(alleged)
    told = {(r["file_sha256"], r["row"]): (r["party"], r["word"]) for r in alleged.to_pylist()}
    best: dict[str, int] = {}
    for verdict in verdicts:
        status = str(verdict.numbers.get("status", ""))
        if verdict.subject_kind == "allegation" and status in _STATUSES:
            best[verdict.subject] = min(best.get(verdict.subject, len(_STATUSES)), _STATUSES.index(status))
    counts: dict[tuple[str, str], Counter[str]] = {}
    for a in allegations:
        key = told.get((a.source.file_sha256, a.source.row))
        if key is not None and a.allegation_id in best:
            counts.setdefault(key, Counter())[_STATUSES[best[a.allegation_id]]] += 1
    return tuple(
        Met(party, word, sum(counts[party, word].values()), dict(counts[party, word]))
        for party in sorted({p for p, _ in counts}) for word in WORDS if (party, word) in counts
    )  # fmt: skip


def met_table(met: Sequence[Met]) -> str:
    """Return a small text table, every figure with its count: of what was true the share borne out, and so on."""
    width = max((len(_name(m)) for m in met), default=0)
    return "\n".join(f"{_name(m):<{width}}  {_figures(m)}" for m in met)


def _name(m: Met) -> str:
    return f"allegations by {m.party}: {m.word}"


def _figures(m: Met) -> str:
    """Return the share that is right: matched where something happened, not matched where nothing did."""
    matched, judged = m.statuses.get("matched", 0), m.judged
    right, word = (judged - matched, "not matched") if m.word == INVENTED else (matched, "matched")
    share = f"{word} {right / judged:.2f} ({right} of {judged})" if judged else f"{word} - (0 of 0)"
    rest = [f"{m.statuses[s]} {s.replace('_', ' ')}" for s in _STATUSES[1:] if m.statuses.get(s)]
    return "; ".join([share, *rest])
