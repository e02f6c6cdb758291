"""Claims read out of press texts: how many of a reader's claims are found, how many are invented, and how fast.

The truth was read by hand before the rules were written (`claims_truth.json`: offsets, no text). A proposal matches
a claim when the actor (code, else name and count), the direction and the first speaker are the same and the quotes
overlap. A claim is found when a proposal matches it; a proposal is invented when it matches no claim. `optional`
claims are those that two careful readers would judge differently (a teaser of another article, an option on paper):
they are neither missed nor invented. The five texts were tuned on, so these figures are no forecast for a text
never seen; what unseen texts scored at their first reading is in docs/pledges.md.
"""

import json
import re
import time
import unicodedata
from pathlib import Path
from typing import Any

from bench.data import FOLDER
from trucewatch.pledges.extract import extract

Row = tuple[str, str, str, str, str]
Claim = dict[str, Any]
TRUTH = Path(__file__).with_name("claims_truth.json")
TEXTS = FOLDER / "statements"
REPEATS = 40


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio); none where the texts are not here."""
    if not TEXTS.is_dir():
        return [("claims: the press texts are not here", "-", "-", "-", "-")]
    scores = counts(TEXTS)
    totals = [sum(s[n] for s in scores.values()) for n in range(4)]
    return [*(_row(name, s) for name, s in scores.items()), _row("all five texts", totals), _speed(read(TEXTS))]


def counts(folder: Path) -> dict[str, list[int]]:
    """Return [found, claims, invented, proposed] for each text."""
    return {name: score(name, text) for name, text in read(folder).items()}


def read(folder: Path) -> dict[str, str]:
    """Return the texts by name."""
    return {p.name: p.read_text("utf-8") for p in sorted(folder.glob("*.txt"))}


def _row(name: str, counts: list[int]) -> Row:
    found, claims, invented, proposed = counts
    figure = f"{found / claims:.1%} found, {invented / proposed:.1%} invented"
    return (f"claims of {name}: {found} of {claims} found, {invented} of {proposed} invented", figure, "-", "-", "-")


def score(name: str, text: str) -> list[int]:
    """Return [found, claims, invented, proposed] for one text."""
    claims = [c for c in json.loads(TRUTH.read_text("utf-8")) if c["file"] == name]
    proposals = [p.as_dict() for p in extract({name: text})[0]]
    sure = [c for c in claims if not c["optional"]]
    found = sum(any(same(p, c) for p in proposals) for c in sure)
    invented = sum(not any(same(p, c) for c in claims) for p in proposals)
    return [found, len(sure), invented, max(1, len(proposals))]


def same(proposal: Claim, claim: Claim) -> bool:
    """Tell whether a proposal says what the reader's claim says."""
    overlap = proposal["start"] < claim["end"] and claim["start"] < proposal["end"]
    speakers = same_speaker(proposal["attributed_to"], claim["attributed_to"]) or claim["optional"]
    return (
        overlap
        and proposal["direction"] == claim["direction"]
        and same_actor(proposal["actor"], claim["actor"])
        and speakers
    )


def same_actor(one: Claim, other: Claim) -> bool:
    """Compare codes where there is one, else names by their words."""
    if one["code"] or other["code"]:
        return bool(one["code"] == other["code"])
    return one["count"] == other["count"] and _share(one["name"], other["name"])


def same_speaker(one: list[str], other: list[str]) -> bool:
    """Compare who speaks first; nobody is nobody."""
    return _share(one[0], other[0]) if one and other else not one and not other


def _share(one: str, other: str) -> bool:
    first, second = _words(one), _words(other)
    return first <= second or second <= first


def _words(name: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", name.casefold()).replace("’", "'")
    return set(re.findall(r"[a-z0-9]+", re.sub(r"[^\x00-\x7f]", "", plain))) - {"the", "a", "s", "one", "of"}


def _speed(texts: dict[str, str]) -> Row:
    many = [{f"{n} {name}": text for name, text in texts.items()} for n in range(REPEATS)]
    size_b = REPEATS * sum(len(t.encode()) for t in texts.values())
    start = time.perf_counter()
    for files in many:
        extract(files)
    rate = size_b / 1000 / (time.perf_counter() - start)
    return (f"claims of {size_b / 1000:,.0f} kB of press text, text by text", f"{rate:,.0f} kB/s", "-", "-", "-")
