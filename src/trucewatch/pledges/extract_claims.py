"""One sentence to its claims: which clause offers, rules out or requires what, by whom, on what condition."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from trucewatch.pledges.extract_actors import OFFICIALS, actors_of, head_group, subject_of
from trucewatch.pledges.extract_clauses import OPENER, Clause, Reading, Thread, after_label, clauses_of, reading_of
from trucewatch.pledges.extract_means import components, fits
from trucewatch.pledges.extract_mentions import Mention, mentions
from trucewatch.pledges.extract_said import Report, report_in, statement_by
from trucewatch.pledges.nouns import Actor, ActorKind, ClaimStatus, Direction, State
from trucewatch.pledges.read_sentences import Sentence
from trucewatch.pledges.words_actors import MEDIA_WORDS, Entry
from trucewatch.pledges.words_claims import PREDICATES, TRIGGER, Predicate

__all__ = ["Found", "claims_in"]

_FLAT = str.maketrans('“”„«»"‘', "       ")
_WITHOUT = re.compile(r"\b(?:without|unless|until|only if|absent)\b", re.I)
_POSSIBLE = re.compile(
    r"\b(?:could|may|might|possibl[ey]|potential(?:ly)?|reportedly|likely|considering|rumou?red)\b", re.I
)
_TRAILING = 25  # characters behind "he said" at the end of a sentence, which holds for all of it
_OWN_VOICE = re.compile(r"\b(?:but|while|whereas|(?:al)?though|yet)\s", re.I)
_ELLIPSIS = re.compile(r"\s*(?:also\s+)?(?:will|would|could|may|might|has|have|had|is|are|was|were)\b")
_SAID_TOO = re.compile(r"\s*(?:also\s+)?(?:said|added|stressed|noted|told\s+\w+)(?:\s+that)?\s")
_UNCONFIRMED = re.compile(r"unconfirmed|not\s+(?:been\s+)?(?:officially\s+)?confirmed|unclear\s+whether", re.I)
_ANYWHERE = re.compile(r"\b")


@dataclass(frozen=True, slots=True)
class Found:
    """A claim as far as the sentence tells; offsets are in the sentence."""

    actor: Actor
    speakers: tuple[str, ...]
    predicate: Predicate
    direction: Direction
    state: State
    status: ClaimStatus
    component: str | None
    capability: str | None
    at: int  # where the capability stands, to find its quantity
    condition: str | None
    start: int
    end: int


_AMONG = re.compile(
    r"\W*(?:Among\s+(?:them|the\s+\w+(?:\s+\w+)?)|They|These|The\s+(?:countries|nations|states|others|group|list))\s+"
    r"(?:are|is|were|includes?|included)\s+(?=(?:the\s+)?[A-Z])"
)


def claims_in(sentence: Sentence, thread: Thread) -> list[Found]:
    """Return the claims of a sentence; the thread goes on to the next."""
    text = sentence.text.translate(_FLAT)
    names = mentions(text, thread.learned)
    if sentence.paragraph != thread.paragraph:
        thread.passed, thread.paragraph = [], sentence.paragraph
    reading = reading_of(sentence.text, text, names, thread)
    found = [] if text.rstrip().endswith("?") or not TRIGGER.search(text) else list(_claims(reading))
    found = found or list(_counted_up(reading))
    thread.last = found[-1] if found else thread.last if sentence.paragraph - thread.last_at <= 1 else None
    thread.last_at = sentence.paragraph if found else thread.last_at
    _remember(sentence.text, reading)
    return found


def _counted_up(reading: Reading) -> Iterator[Found]:
    """Yield the last claim again for each country of a sentence that counts up who they are ("Among them are …")."""
    last, head = reading.thread.last, _AMONG.match(reading.text)
    if not isinstance(last, Found) or head is None or last.actor.kind is not ActorKind.GROUP:
        return
    for mention in reading.names:
        actor = mention.actor()
        if actor and mention.start >= head.end() and mention.entry.kind is ActorKind.COUNTRY and not mention.party:
            yield replace(last, actor=actor, start=0, end=len(reading.text))


def _remember(raw: str, reading: Reading) -> None:
    """Leave to the next sentences who spoke, whether a quote goes on, and whom a whole paragraph goes back to."""
    thread, text = reading.thread, reading.text
    people = [m.entry for m in reading.names if m.entry.person]
    told = [n for n in reading.passed if n in text and not any(m.entry.name == n for m in reading.names)]
    people += [Entry(n, person=True) for n in told if not MEDIA_WORDS.intersection(n.split())]
    thread.person = people[0] if people else thread.person
    _remember_speakers(raw, reading)
    announced = raw.rstrip().endswith(":")
    opened = (reading.quoted or "“" in raw) and raw.rfind("“") > raw.rfind("”")
    thread.open_quote = announced or opened or (reading.quoted and "”" not in raw and thread.open_quote)
    if reading.passed and re.match(r"\W*(?:According|As per|Per|Citing)\b", text):
        thread.passed = reading.passed
    if reading.phase:
        thread.phase_passed = reading.passed or thread.passed or thread.phase_passed


def _remember_speakers(raw: str, reading: Reading) -> None:
    thread, text = reading.thread, reading.text
    report = report_in(text, reading.names, thread.person, 0, len(text), thread.several)
    if report and OFFICIALS.search(report.speakers[0].entry.name):
        thread.several = report.speakers[0].entry
    statement = statement_by(text, reading.names) if raw.rstrip().endswith(":") else []
    if statement:
        thread.speakers, thread.speaker_entry = tuple(statement), None
    elif report and not all(m.entry.publisher for m in report.speakers):
        thread.speakers, thread.speaker_entry = tuple(m.entry.name for m in report.speakers), report.speakers[0].entry
    elif not (report or reading.quoted or raw.rstrip().endswith(":")):
        thread.speakers, thread.speaker_entry = (), None


def _claims(reading: Reading) -> Iterator[Found]:
    clauses = clauses_of(reading.text, reading.names)
    sentence_report = _said_in(reading, 0, len(reading.text))
    for clause in clauses:
        report = _said_in(reading, clause.start, clause.end)
        said_too = None if report else _SAID_TOO.match(reading.text, clause.start, clause.end)
        if said_too and sentence_report:
            report = Report(sentence_report.speakers, clause.start, clause.start, said_too.end())
        reading.report = report or _inherited(reading.text, clause, sentence_report)
        found = list(_clause_claims(reading, clause, report, clauses))
        reading.before = reading.before if found else head_group(reading, clause)
        yield from found


def _said_in(reading: Reading, start: int, end: int) -> Report | None:
    thread = reading.thread
    return report_in(reading.text, reading.names, thread.person, start, end, thread.several)


def _inherited(text: str, clause: Clause, report: Report | None) -> Report | None:
    """Return the sentence's speaker for a clause without one; a "while" or "but" clause speaks for itself."""
    if _ELLIPSIS.match(text, clause.start):
        return report
    if report and report.begin >= clause.end and len(text) - report.end < _TRAILING:
        return report
    if report and report.begin >= clause.end and _OWN_VOICE.search(text, clause.end - 12, report.begin):
        return None
    if re.search(r"\b(?:though|although|whereas)\s+$", text[max(0, clause.start - 10) : clause.start]):
        return None
    if report and report.begin < clause.start and text[: report.end].rstrip().endswith(" that"):
        return report
    own = re.search(r"\b(?:but|while|whereas|though|although|yet)\s+$", text[max(0, clause.start - 10) : clause.start])
    return None if own else report


def _clause_claims(reading: Reading, clause: Clause, report: Report | None, clauses: list[Clause]) -> Iterator[Found]:
    for start, end in _regions(reading, clause, report):
        for predicate, match in _predicates(reading, start, end):
            if report and _of_others(reading, report, match, clause):
                continue
            group, own = actors_of(reading, predicate, match, start, end)
            if group:
                reading.before = reading.thread.actors = group
                span = Clause(clause.start, end if end > match.end() else clause.end)
                found = _with_means(reading, predicate, match, group, own, span, clauses)
                yield from (replace(f, start=clause.start, end=clause.end) for f in found)
                return
            if any(m.party for m in subject_of(reading, start, match.start())):
                return


def _of_others(reading: Reading, report: Report, match: re.Match[str], clause: Clause) -> bool:
    """Tell whether the wording is the verb of saying itself, and what is said has a subject of its own ("Macron
    announced that 26 countries …")."""
    if not report.start <= match.start() < report.end or not reading.text[: report.end].endswith("that"):
        return False
    return any(0 <= m.start - report.end <= len(" all the ") and m.end <= clause.end for m in reading.names)


def _regions(reading: Reading, clause: Clause, report: Report | None) -> list[tuple[int, int]]:
    """Return where to look for a predicate: behind the verb of saying, before it, else in the whole clause."""
    start = after_label(reading, clause)
    whole = (start, clause.end)
    if report is None:
        return [whole]
    behind, before = (report.end, clause.end), (start, report.begin)
    return [behind, *([before] if before[1] - before[0] > 25 else []), whole]


def _predicates(reading: Reading, start: int, end: int) -> Iterator[tuple[Predicate, re.Match[str]]]:
    """Yield the wordings that fit here and have something to contribute with them, in the order of the table."""
    for predicate in PREDICATES:
        match = predicate.pattern.search(reading.text, start, end)
        if match and fits(reading, predicate, match, start, end):
            yield predicate, match
    if reading.phase and (head := _ANYWHERE.search(reading.text, start, end)) and components(reading, start, end):
        yield Predicate(_ANYWHERE, Direction.OFFERS, State.RUMOURED), head


def _with_means(reading: Reading, predicate: Predicate, match: re.Match[str], group: tuple[Mention, ...], own: bool,
                span: Clause, clauses: list[Clause]) -> Iterator[Found]:  # fmt: skip
    conditions = _applying(reading, span, clauses)
    direction = _direction(reading, predicate, conditions)
    condition = "; ".join(reading.text[s:e].strip(" ,.") for s, e in conditions) or None
    clause_text = reading.text[span.start : span.end]
    state = _state(predicate, direction, clause_text)
    for mention in group:
        actor = _contributor(mention, direction)
        speakers = _speakers(reading, predicate, mention, own, match)
        status = _status(reading, direction, actor, speakers, clause_text)
        for component, capability, at in _means(reading, match, span):
            yield Found(actor, speakers, predicate, direction, state, status, component, capability, at, condition,
                        span.start, span.end)  # fmt: skip


def _contributor(mention: Mention, direction: Direction) -> Actor:
    """Return the actor of a claim; officials who say what is needed speak for themselves, not for their country."""
    actor, entry = mention.actor(), mention.entry
    if actor and not (direction is Direction.REQUIRES and OFFICIALS.search(entry.name)):
        return actor
    kind = ActorKind.BODY if entry.person else ActorKind.UNNAMED if entry.actor else entry.kind
    return Actor(None, entry.name, kind, mention.count)


def _means(reading: Reading, match: re.Match[str], span: Clause) -> list[tuple[str | None, str | None, int]]:
    """Return (component, capability, place), one for each component; troops stand back where their task is named."""
    found = components(reading, match.start(), span.end) or components(reading, span.start, span.end)
    first: dict[str, tuple[str | None, str | None, int]] = {}
    for component, start, end in found:
        if component not in first or (first[component][1] or "").startswith("deploy"):
            first[component] = (component, reading.text[start:end].strip(), start)
    if first:
        return list(first.values())
    about_troops = re.search(
        r"proceed|part in|tak(?:e|ing) part|\bjoin|participa|numbers|\bplans?\b|proposals|\bforces?\b|deploy|peacekeep",
        reading.text[span.start : span.end],
        re.I,
    )
    return [("land" if about_troops else None, None, match.start())]


def _applying(reading: Reading, span: Clause, clauses: list[Clause]) -> list[tuple[int, int]]:
    """Return the conditions of this clause: in it, at the head of the sentence, or in a clause behind it that has
    nothing else."""
    last = clauses[-1].end
    trailing = next(
        (
            c
            for c in clauses
            if c.start >= span.end and not any(p.pattern.search(reading.text, c.start, c.end) for p in PREDICATES)
        ),
        None,
    )
    head = clauses[0].end if len(clauses) > 1 and OPENER.match(reading.text) else 0
    until = trailing.end if trailing and trailing.end == last else span.end
    return [(s, e) for s, e in reading.conditions if span.start <= s < until or (e <= head and s < 4)]


def _direction(reading: Reading, predicate: Predicate, conditions: list[tuple[int, int]]) -> Direction:
    direction = predicate.direction
    if not conditions:
        return direction
    if direction is Direction.OFFERS and predicate.state not in (State.DEPLOYED, State.ROTATING):
        return Direction.CONDITIONAL
    without = any(_WITHOUT.match(reading.text[s:e].strip()) for s, e in conditions)
    return Direction.CONDITIONAL if direction is Direction.RULES_OUT and without else direction


def _retold(speaker: Mention, reading: Reading) -> bool:
    """Tell whether this is a publisher, or countries without a name of which one tells that they have signalled."""
    return speaker.entry.publisher or bool(speaker.count and reading.passed)


def _speakers(
    reading: Reading, predicate: Predicate, mention: Mention, own: bool, match: re.Match[str]
) -> tuple[str, ...]:
    """Return the speaker first, then who passes it on."""
    report, thread = reading.report, reading.thread
    first: tuple[str, ...] = ()
    label = reading.label.entry if reading.label and reading.label.entry.person else None
    said = [m.entry.name for m in report.speakers if not _retold(m, reading)] if report else []
    itself = own and (predicate.speech or report) and mention.entry.kind is not ActorKind.UNNAMED
    if label and not report:
        first = (label.name,)  # "Macron: 26 nations pledge …"
    elif report and said and not (report.begin <= match.start() < report.end and own):
        theirs = [m.entry.name for m in report.speakers if m.entry.actor == mention.entry.actor]
        first = tuple(theirs if len(said) > 1 and theirs else said)
    elif itself and (mention.entry.person or not reading.passed):
        first = (mention.entry.name,)
    elif reading.quoted and thread.speakers:
        first = thread.speakers
    elif (
        predicate.direction is Direction.REQUIRES
        and (subject := subject_of(reading, 0, match.start()))
        and match.end() < len(reading.text)
    ):
        first = (subject[-1].entry.name,)
    passed = reading.passed
    if not first and not passed:
        passed = thread.passed or (thread.phase_passed if reading.phase else [])
    return tuple(dict.fromkeys((*first, *passed)))


def _status(
    reading: Reading, direction: Direction, actor: Actor, speakers: tuple[str, ...], clause: str
) -> ClaimStatus:
    if direction is Direction.RULES_OUT:
        return ClaimStatus.RULED_OUT
    if direction is Direction.DENIES:
        return ClaimStatus.DENIED
    if _UNCONFIRMED.search(clause):
        return ClaimStatus.UNCONFIRMED
    official = [m for m in reading.names if speakers and m.entry.name == speakers[0] and m.entry.actor == actor.name]
    return ClaimStatus.CONFIRMED if official and "reportedly" not in clause else ClaimStatus.REPORTED


def _state(predicate: Predicate, direction: Direction, clause: str) -> State:
    if (
        direction in (Direction.OFFERS, Direction.CONDITIONAL)
        and predicate.state is State.ANNOUNCED
        and _POSSIBLE.search(clause)
    ):
        return State.RUMOURED
    return predicate.state
