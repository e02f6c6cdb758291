"""From press text to proposed claims: offline, the same every time, for a person to confirm."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.pledges.extract_claims import Found, claims_in
from trucewatch.pledges.extract_clauses import Thread
from trucewatch.pledges.extract_mentions import learned_people
from trucewatch.pledges.extract_quantity import Amount, amounts
from trucewatch.pledges.nouns import Quantity
from trucewatch.pledges.proposals import Proposal
from trucewatch.pledges.read_sentences import Sentence, Shingles, paragraphs, sentences
from trucewatch.pledges.read_text import Plain, decoded, plain
from trucewatch.pledges.tables_text import Row, counted_list, is_header, rows

__all__ = ["ENGLISH", "Config", "English", "Extractor", "extract"]


@dataclass(frozen=True, slots=True)
class Config:
    """What counts as a press text.

    longest_chars   what stands behind this many characters of one file is not read, and an issue says so
    same_share      share of five-word runs from which on two paragraphs are one
    near_chars      how far a number may stand before what it counts
    """

    longest_chars: int = 1_000_000
    same_share: float = 0.8
    near_chars: int = 45


class Extractor(Protocol):
    """Reads one language; a language model can stand behind the same three words."""

    def propose(self, name: str, text: Plain, seen: Shingles, config: Config) -> tuple[list[Proposal], list[Issue]]:
        """Return the claims of one text, and what was left out."""


class English:
    """The rules for English."""

    def propose(self, name: str, text: Plain, seen: Shingles, config: Config) -> tuple[list[Proposal], list[Issue]]:
        """Return the claims of one text, paragraph by paragraph."""
        thread, table, issues = Thread(learned_people(text.text)), False, list[Issue]()
        proposals: list[Proposal] = []
        for number, (start, paragraph) in enumerate(paragraphs(text.text)):
            place = seen.first_place(paragraph, name)
            if place is not None:
                issues += [] if place == name else [_copied(name, place, number)]
                continue
            table, found = _rows(name, text, start, paragraph, table)
            found = found or list(_sentences(name, text, (start, paragraph, number), thread, config))
            proposals += found
        return _once(proposals), issues


ENGLISH = English()


def extract(
    files: Mapping[str, str | bytes], config: Config | None = None, extractor: Extractor = ENGLISH
) -> tuple[list[Proposal], list[Issue]]:
    """Return the claims that the texts make, in the order of the files; syndicated copies and repeated paragraphs
    once."""
    config = config or Config()
    seen, proposals, issues = Shingles(config.same_share), list[Proposal](), list[Issue]()
    for name, data in files.items():
        raw, odd = decoded(data)
        issues += _oddities(name, raw, odd, config)
        found, left_out = extractor.propose(name, plain(raw[: config.longest_chars]), seen, config)
        proposals += found
        issues += _first_of_each(left_out)
        if raw.strip() and not found and not left_out:
            issues.append(
                _issue(
                    name, IssueKind.DOUBTFUL, "no claim", "a text that says who contributes what", "nothing is proposed"
                )
            )
    return proposals, issues


def _oddities(name: str, raw: str, odd: str | None, config: Config) -> list[Issue]:
    issues = []
    if odd:
        issues.append(_issue(name, IssueKind.DOUBTFUL, odd, "UTF-8", "such bytes are read as Windows-1252"))
    if not raw.strip():
        issues.append(_issue(name, IssueKind.UNREADABLE, "an empty text", "a press text", "nothing is proposed"))
    if len(raw) > config.longest_chars:
        found, needed = f"{len(raw):,} characters", f"at most {config.longest_chars:,}"
        issues.append(
            _issue(name, IssueKind.DOUBTFUL, found, needed, "what stands behind them is not read; split the file")
        )
    return issues


def _first_of_each(issues: list[Issue]) -> list[Issue]:
    return list({(i.source, i.found): i for i in reversed(issues)}.values())[::-1]


def _copied(name: str, place: str, number: int) -> Issue:
    action = "it counts once, where it stood first"
    return _issue(
        name, IssueKind.DUPLICATE, f"paragraphs that stand in {place} too", "text of its own", action, number + 1
    )


def _issue(source: str, kind: IssueKind, found: str, needed: str, action: str, row: int | None = None) -> Issue:
    return Issue(source, kind, found, needed, action, row)


def _rows(name: str, text: Plain, start: int, paragraph: str, table: bool) -> tuple[bool, list[Proposal]]:
    """Return whether a table goes on behind this paragraph, and the claims of its rows."""
    header = is_header(paragraph)
    found = rows(paragraph, header) if table or header else []
    found = found or counted_list(paragraph)
    return header or (table and bool(found)), [_from_row(name, text, start, paragraph, row) for row in found]


def _from_row(name: str, text: Plain, start: int, paragraph: str, row: Row) -> Proposal:
    begin, end = text.raw_span(start + row.start, start + row.end)
    quote = paragraph[row.start : row.end]
    return Proposal(name, row.actor, row.direction, row.component, row.capability, row.quantity, row.condition,
                    row.state, row.status, row.said, quote, begin, end)  # fmt: skip


def _sentences(
    name: str, text: Plain, paragraph: tuple[int, str, int], thread: Thread, config: Config
) -> Iterator[Proposal]:
    start, words, number = paragraph
    for sentence in sentences(words, start, number):
        found = claims_in(sentence, thread)
        counted = amounts(sentence.text) if found else []
        for claim in found:
            yield _from_sentence(name, text, sentence, claim, _quantity(claim, counted, config))


def _quantity(claim: Found, counted: list[Amount], config: Config) -> Quantity | None:
    """Return the number that stands in the clause next before the means it counts, or holds it."""
    inside = [a for a in counted if claim.start <= a.start < claim.end]
    inside = [a for a in inside if claim.component == "funding" or not a.money]
    near = [a for a in inside if a.start <= claim.at + 1 and claim.at - a.end <= config.near_chars]
    behind = [
        a
        for a in inside
        if a.start > claim.at and a.start - claim.at <= config.near_chars and claim.component in ("land", "funding")
    ]
    return (near[-1:] or behind[:1] or [Amount(0, 0, _NOTHING)])[0].quantity if near or behind else None


_NOTHING = Quantity(None, None, "")


def _from_sentence(name: str, text: Plain, sentence: Sentence, claim: Found, quantity: Quantity | None) -> Proposal:
    quote = sentence.text[claim.start : claim.end]
    lead = len(quote) - len(quote.lstrip(" ,;:—–-•*"))
    quote = quote.strip(" ,;:—–-•*")
    begin = sentence.start + claim.start + lead
    raw_start, raw_end = text.raw_span(begin, begin + len(quote))
    return Proposal(name, claim.actor, claim.direction, claim.component, claim.capability, quantity, claim.condition,
                    claim.state, claim.status, claim.speakers, quote, raw_start, raw_end)  # fmt: skip


def _once(proposals: list[Proposal]) -> list[Proposal]:
    """Return the proposals without those that say the same of the same words."""
    first: dict[tuple[object, ...], Proposal] = {}
    for p in proposals:
        first.setdefault((p.actor, p.direction, p.component, p.attributed_to, p.quote.casefold()), p)
    return list(first.values())
