"""Read a text as an editor would: words of likelihood, of confidence and of findings, where they may not stand."""

import re
from collections.abc import Iterable
from functools import cache
from html.parser import HTMLParser

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.report.catalogue import ENGLISH, Catalogue, Wording

__all__ = ["lint", "lint_page", "page_text"]

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"(])|\n+")
_BLOCKS = frozenset({"p", "td", "th", "li", "h1", "h2", "h3", "caption", "dt", "dd", "title", "desc", "text", "div",
                     "figcaption", "span", "a", "section", "table", "svg", "nav", "header", "footer"})  # fmt: skip
_SILENT = frozenset({"style", "script"})


def lint(text: str, source: str = "report", catalogue: Catalogue = ENGLISH, *, decided: bool = False) -> list[Issue]:
    """Return an issue for every sentence that the wording rules forbid.

    decided   whether a review decision or a commission's finding stands behind the text, so that it may word one

    Rules: likelihood and confidence never share a sentence; likelihood words only from the table of ICD 203 (2015,
    p. 3), and beside a percentage only in its range; a clause is engaged only "if confirmed"; no finding undecided.
    """
    issues = []
    for sentence in (s.strip() for s in _SENTENCE.split(text)):
        for needed, action in _faults(sentence, catalogue.wording, decided):
            issues.append(Issue(source, IssueKind.DOUBTFUL, f"“{sentence[:160]}”", needed, action))
    return issues


def _faults(sentence: str, wording: Wording, decided: bool) -> Iterable[tuple[str, str]]:
    watch = _watch(wording)
    likely = [m.group(0).lower() for m in watch["likelihood"].finditer(sentence)]
    if likely and watch["confidence"].search(sentence):
        yield "likelihood and confidence in sentences of their own", "split the sentence"
    for word in dict.fromkeys(m.group(0) for m in watch["unlisted"].finditer(sentence)):
        yield f"a word of the likelihood table instead of “{word}”", "use the word for its probability"
    yield from _wrong_ranges(sentence, wording)
    if watch["engages"].search(sentence) and not watch["condition"].search(sentence):
        yield "the condition “if confirmed” in the same sentence", "add it"
    if not decided and watch["finding"].search(watch["finding_ok"].sub("", sentence)):
        yield "no finding where no decision stands behind it", "word it as a proposal"


def _wrong_ranges(sentence: str, wording: Wording) -> Iterable[tuple[str, str]]:
    ranges = {word: (low, high) for low, high, word in wording.likelihood}
    for match in _beside(wording).finditer(sentence):
        percent = float(match[1] or match[4])
        low, high = ranges[(match[2] or match[3]).lower()]
        if not 100 * low - 0.5 <= percent <= 100 * high + 0.5:
            yield f"a probability of {100 * low:.0f} to {100 * high:.0f} % for this word", "correct word or number"


@cache
def _beside(wording: Wording) -> re.Pattern[str]:
    word = _likelihood(wording)
    return re.compile(rf"([\d.]+)\s?%\s*\(({word})\)|({word})\s*\(([\d.]+)\s?%\)", re.I)


def _likelihood(wording: Wording) -> str:
    longest_first = sorted((word for *_, word in wording.likelihood), key=len, reverse=True)
    return "|".join(re.escape(word) for word in longest_first)


@cache
def _watch(wording: Wording) -> dict[str, re.Pattern[str]]:
    def words(patterns: tuple[str, ...]) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.I)

    return {
        "likelihood": words((_likelihood(wording),)),
        "unlisted": words(wording.unlisted),
        "confidence": words(wording.confidence),
        "finding": words(wording.finding),
        "finding_ok": words(wording.finding_ok),
        "engages": re.compile(wording.engages, re.I),
        "condition": re.compile(wording.condition, re.I),
    }


def lint_page(
    page: bytes, source: str = "report", catalogue: Catalogue = ENGLISH, *, decided: bool = False
) -> list[Issue]:
    """Return the issues of an HTML page's words; every cell and paragraph is read by itself."""
    return lint(page_text(page), source, catalogue, decided=decided)


def page_text(page: bytes) -> str:
    """Return the words of an HTML page, one block a line."""
    reader = _Words()
    reader.feed(page.decode())
    return "\n".join(line for line in (" ".join(b.split()) for b in "".join(reader.parts).split("\n")) if line)


class _Words(HTMLParser):
    """Collects the text between tags."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.silent = tag in _SILENT
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent = False
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)
