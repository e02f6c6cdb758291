"""Plain text to paragraphs and sentences, each knowing where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Sentence", "Shingles", "paragraphs", "sentences"]

_END = re.compile(r"[.!?]+[\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z0-9À-Þ])|(?<=[a-z]{3})\.(?=[A-Z][a-z])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Gen|Lt|Col|Maj|Capt|Sgt|Adm|Sen|Rep|Gov|St|No|vs|Prof|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|"
    r"Nov|Dec|approx|ca)|"
    r"\b(?:[A-Z]\.){1,3}[A-Z]|\b[A-Z]|e\.g|i\.e)$"
)
_WORD = re.compile(r"\w+")
_ASIDE = re.compile(
    r"^\W*(?:read (?:also|more|next)|see also|you (?:may|might) also like|explore further|related(?: "
    r"(?:articles?|stories|news))?|"
    r"more (?:from|on this)|recommended|most read|trending|sign up|subscribe|follow us|stay connected|"
    r"advertisement)\b.{0,40}$",
    re.I,
)
_WRAPPED_MAX, _WRAPPED_MIN, _LONGEST, _TEASER = 110, 40, 1_000, 160


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a paragraph (its number), with its place in the plain text."""

    text: str
    start: int
    paragraph: int

    @property
    def end(self) -> int:
        """Return where it ends."""
        return self.start + len(self.text)


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yield (start, text) of each line that is not empty; lines wrapped by hand are joined, teasers of other articles
    left out."""
    at, aside = 0, False
    for line in _unwrapped(text).split("\n"):
        if line.strip():
            aside = bool(_ASIDE.match(line)) or (aside and len(line) < _TEASER)
            if not aside:
                yield at, line
        at += len(line) + 1


def _unwrapped(text: str) -> str:
    """Return the text of the same length, with the line ends inside its paragraphs turned into spaces."""
    lines = [len(line) for line in text[:20_000].split("\n") if line.strip()]
    long = sum(length >= _WRAPPED_MIN for length in lines)
    if not lines or max(lines) > _WRAPPED_MAX or long < 0.6 * len(lines) or len(lines) < 4:
        return text
    return re.sub(r"(?<=[^\n.:!?”\"]{40})\n(?=[^\s•*\-|])", " ", re.sub(r"\r\n", " \n", text))


def sentences(paragraph: str, start: int, number: int) -> Iterator[Sentence]:
    """Yield the sentences of a paragraph; what never ends is cut, so that the work stays linear."""
    begin = 0
    for stop in _stops(paragraph):
        for cut in range(begin, stop, _LONGEST):
            piece = paragraph[cut : min(stop, cut + _LONGEST)]
            bare = piece.strip()
            if bare:
                yield Sentence(bare, start + cut + piece.index(bare), number)
        begin = stop


def _stops(paragraph: str) -> Iterator[int]:
    for found in _END.finditer(paragraph):
        before = paragraph[max(0, found.start() - 8) : found.start()]
        if not (found.group().startswith(". ") and _ABBREVIATION.search(before)):
            yield found.end()
    yield len(paragraph)


class Shingles:
    """What was read already: paragraphs that share most of their five-word runs with one are the same paragraph
    again."""

    def __init__(self, share: float, words: int = 5) -> None:
        self._share, self._words, self._seen = share, words, dict[int, str]()

    def first_place(self, paragraph: str, place: str) -> str | None:
        """Return where this paragraph was read before, or None and remember it as read at `place`."""
        runs = self._runs(paragraph)
        known = [self._seen[run] for run in runs if run in self._seen]
        if len(runs) > 1 and len(known) >= self._share * len(runs):
            return known[0]
        self._seen |= dict.fromkeys((run for run in runs if run not in self._seen), place)
        return None

    def _runs(self, paragraph: str) -> list[int]:
        words = _WORD.findall(paragraph.casefold())
        return [hash(tuple(words[n : n + self._words])) for n in range(len(words) - self._words + 1)]
