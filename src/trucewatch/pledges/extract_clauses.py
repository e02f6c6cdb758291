"""Clause by clause: where a sentence breaks, what it waits for, and what it inherits from those before it."""

import itertools
import re
from dataclasses import dataclass, field

from trucewatch.pledges.extract_mentions import Mention, Names
from trucewatch.pledges.extract_said import Report, passed_on
from trucewatch.pledges.words_actors import Entry
from trucewatch.pledges.words_claims import CONDITION_TOPICS, CONDITIONS

__all__ = ["OPENER", "Clause", "Reading", "Thread", "after_label", "clauses_of", "conditions_of", "reading_of"]

_SPLIT = re.compile(
    r";\s+|,?\s+but\s+|,\s+while\s+(?!also\b|\w+ing\b)|,\s+whereas\s+|,\s+(?:even\s+)?(?:al)?though\s+|"
    r",\s+yet\s+|,\s+adding\s+|,\s+(?=replaced\s+by\b)|,?\s+(?=(?:despite|while|though)\s+(?:ruling|refusing|rejecting|declining)\b)|,?\s*[—–]\s*(?=now\b)|,\s+(?=saying\b)|"
    r"[—–]\s*(?=saying\b)|"
    r",\s+(?=with\s+(?:the\s+)?(?:[A-Z]|approximately|around|about|some|\d))|:\s+(?=the\s)|"
    r",\s+as\s+(?=(?:the\s+)?[A-Z])|,?\s+and\s+(?=(?:will|would|could|may|might|has|have|is|are)\s)|"
    r",?\s+and\s+(?=(?:the\s+)?[A-Z][\w.’'-]+(?:\s[A-Z][\w.’'-]+){0,3}\s+(?:will|would|could|has|have|is|are|was|"
    r"said|says|pledged|offered|promised|ruled|plans|may|might)\b)"
)
_RELATIVE = re.compile(r",\s+wh(?:ich|o)\b[^,]{3,90},\s+(?=(?:could|would|will|might|may)\s)")
_FINITE = re.compile(r"\b(?:will|would|could|can|may|might|has|have|had|is|are|was|were|said|says|\w+ed)\b")
OPENER = re.compile(
    r"^\s*(?:Although|Even\s+though|Though|While|Despite|With|After|Following|Once|If|Unless|Without|Until|When|"
    r"Should|As\s+soon\s+as|In\s+the\s+event|Provided|Asked|Under)\b[^,]{3,160},\s+"
)
_LABEL = re.compile(r"^\W*(?P<label>[\w’'. -]{2,40}):\s+(?=\S)")
_PHASE = re.compile(
    r"\b(?:first|second|third|fourth|next|final|initial|later|phase|stage)\s+(?:stage|phase|step|one|two|three|1|"
    r"2|3)\b",
    re.I,
)
_MAX_NEED = 45  # characters: how soon after "if" or "after" a condition must name what it waits for


@dataclass
class Thread:
    """What earlier sentences leave to later ones of the same text."""

    learned: Names
    person: Entry | None = None
    actors: tuple[Mention, ...] = ()
    speakers: tuple[str, ...] = ()  # of a quote that is still open, or announced with a colon
    speaker_entry: Entry | None = None
    several: Entry | None = None  # officials, ministers: whom "they said" means
    passed: list[str] = field(default_factory=list)  # "According to …" at the head of this paragraph
    phase_passed: list[str] = field(default_factory=list)
    paragraph: int = -1
    last: object = None  # the claim before, for a sentence that counts up whose it is
    last_at: int = -1
    open_quote: bool = False

    def is_official(self, entry: Entry) -> bool:
        """Tell whether the text itself gave this person a title, though no country."""
        return any(known == entry for _, known in self.learned.get(entry.name[:2], ()))


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence with one predicate."""

    start: int
    end: int
    alone: bool = True  # does not lean on the clause before it


@dataclass
class Reading:
    """One sentence under reading."""

    text: str
    names: list[Mention]
    label: Mention | None
    conditions: list[tuple[int, int]]
    passed: list[str]
    thread: Thread
    quoted: bool
    phase: bool
    report: Report | None = None
    before: tuple[Mention, ...] = ()


def reading_of(raw: str, text: str, names: list[Mention], thread: Thread) -> Reading:
    head = _LABEL.match(text)
    inside = [m for m in names if head and m.end <= head.end("label") and m.start >= head.start("label")]
    label = (
        inside[0]
        if head and len(inside) == 1 and inside[0].end - inside[0].start >= len(head.group("label").strip()) - 4
        else None
    )
    quoted = bool(thread.speakers) and (thread.open_quote or raw.lstrip()[:1] in '“"')
    phase = bool(_PHASE.search(text[:40]))
    passed = passed_on(text, names)
    return Reading(text, names, label, conditions_of(text), passed, thread, quoted, phase)


def conditions_of(text: str) -> list[tuple[int, int]]:
    """Return where conditions stand; "after" and "with" make one only with what a peace would bring."""
    spans: list[tuple[int, int]] = []
    for pattern, needs_topic in CONDITIONS:
        at = 0
        while (match := pattern.search(text, at)) is not None:
            fits = not needs_topic or CONDITION_TOPICS.search(
                text, match.start() + 4, min(match.end(), match.start() + _MAX_NEED)
            )
            at = match.end() if fits else match.start() + 1
            if fits and match.group().strip() and not any(s <= match.start() < e for s, e in spans):
                spans.append((match.start(), match.end()))
    return sorted(spans)


def clauses_of(text: str, names: list[Mention]) -> list[Clause]:
    start, ends = 0, {m.end for m in names}
    opener = OPENER.match(text[start:])
    cuts = [start + opener.end()] if opener else []
    begin = start
    for match in _SPLIT.finditer(text, start):
        listed = match.start() in ends and match.end() not in ends and any(m.start == match.end() for m in names)
        leans = " and " not in match.group() or (_FINITE.search(text, begin, match.start()) and not listed)
        if leans and match.start() > start and (not cuts or match.end() > cuts[0]):
            cuts.append(match.end())
            begin = match.end()
    cuts += [m.end() for m in _RELATIVE.finditer(text)]
    edges = [start, *sorted(set(cuts)), len(text)]
    return [Clause(a, b, n == 0) for n, (a, b) in enumerate(itertools.pairwise(edges)) if b > a]


def after_label(reading: Reading, clause: Clause) -> int:
    head = _LABEL.match(reading.text) if clause.start == 0 else None
    return head.end() if head and (reading.label or reading.phase) else clause.start
