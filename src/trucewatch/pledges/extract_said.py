"""Who says so: the speaker first, then each who passes it on."""

import re
from dataclasses import dataclass, replace

from trucewatch.pledges.extract_mentions import Mention, unknown_name
from trucewatch.pledges.words_actors import Entry

__all__ = ["PRONOUN", "Report", "passed_on", "report_in", "statement_by"]

_WHEN = (
    r"(?:\s+(?:on\s+)?(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:January|February|March|April|May|June|"
    r"July|August|September|October|November|December)\s+\d+|"
    r"\d{1,2}\s+[A-Z]\w+|yesterday|today|earlier|later|last \w+|this \w+))?"
)
_VERBS = (
    r"said|says?|saying|estimates?|think|warn|argue|insist|suggest|stated|states|announced|announces|confirmed|"
    r"confirms|noted|notes|warned|warns|told(?:\s+(?:the\s+)?[\w’'.-]+(?:\s+[A-Z][\w’'.-]+){0,3}(?:\s+(?:TV|"
    r"radio|television|newspaper))?)?|"
    r"made\s+clear|makes\s+clear|suggested|suggests|indicated|indicates|revealed|reveals|insisted|insists|added|"
    r"adds|adding|argued|argues|claimed|claims|explained|"
    r"declared|declares|reiterated|stressed|emphasi[sz]ed|reported|reports|wrote|writes|estimated|estimates|"
    r"believes?|acknowledged|admitted|(?:promised|vowed)(?=\s+that|:)|"
    r"underlined|repeated|repeats|tells|signal+ed|understands|concluded|calculated|recalled|assured|hinted|"
    r"disclosed|maintained|"
    r"recommended|recommends"
)
_REPORT = re.compile(rf"\b(?P<verb>{_VERBS})\b(?!\s+(?:readiness|willingness)){_WHEN}(?:\s+that\b)?\s*:?")
_ACCORDING = re.compile(r"\b(?:[Aa]ccording\s+to|[Aa]s\s+per|[Aa]s\s+reported\s+by|[Rr]eported\s+by|[Pp]er)\s+")
_CITING = re.compile(r"\b(?:citing|cites|cited|quoting|quotes|with\s+reference\s+to|referring\s+to)\s+(?!by\b)")
_CITED_BY = re.compile(r"\b(?:cited|quoted|seen|published|carried|released)\s+by\s+")
_TOLD = re.compile(
    r"\b(?:told|tells|telling|interview\s+(?:with|to|for|on)|speaking\s+(?:to|on)|writing\s+in|statement\s+to)\s+"
)
_FILLER = re.compile(
    r"(?:the|a|an|report|reports|study|analysis|paper|survey|estimates?|calculations|from|by|in|of|on|"
    r"sources?\s+(?:at|of|from|in)|newspaper|news|agency|outlet|"
    r"daily|magazine|broadcaster|portal|website|weekly|think\s+tank|"
    r"senior|top|high-ranking|unnamed|anonymous|one|two|several|"
    r"British|French|German|American|US|Italian|Spanish|Polish|media|paper|an?\s+interview\s+with)\s+"
)
_STATEMENT = re.compile(r"\b(?:statement|communiqu[ée]|declaration|post|letter|message)\s+(?:from|by|of)\s+")
_AND = re.compile(r"(?:,\s*(?:and\s+)?|\s+and\s+|\s*,\s*released\s+by\s+)(?:the\s+)?")
_PUBLISHES = re.compile(
    rf"(?:’s?|'s?)?\s*(?:,[^,]{{1,80}},)?\s*(?:has\s+|had\s+|also\s+|first\s+|report\s+\w*\s*)*(?:{_VERBS})\b"
)
_AGENCY = re.compile(
    r"\b(?:[Tt]he\s+)?(?P<name>[A-Z][\w-]+(?:\s[A-Z]\w+)?)\s+(?:news\s+)?(?:agency|newspaper|daily|magazine|portal|"
    r"broadcaster)\s+"
    rf"(?:{_VERBS})\b"
)
PRONOUN = re.compile(r"\b(?:[Hh]e|[Ss]he|[Tt]hey|[Ii]t|[Ww]e|I|[Oo]ur)\b")


@dataclass(frozen=True, slots=True)
class Report:
    """A speaker with the verb of saying: "Merz announced that", "said Witkoff".

    start, end   of the verb with what belongs to it; content stands behind it, or before `begin` where a quote comes
    first
    begin        where speaker or verb starts, whichever is first
    """

    speakers: tuple[Mention, ...]
    begin: int
    start: int
    end: int


def report_in(
    text: str, names: list[Mention], last: Entry | None, start: int, end: int, several: Entry | None = None
) -> Report | None:
    """Return the first verb of saying in [start, end) that has a speaker; pronouns speak for the last person named,
    "they" for those who spoke last."""
    for verb in _REPORT.finditer(text, start, end):
        speakers = _before(text, names, verb.start(), start) or _pronoun(text, names, verb.start(), start, last)
        speakers = speakers or _they(text, verb.start(), start, several)
        speakers = speakers or _behind(text, names, verb, start) or _unknown(text, verb.start(), start)
        if speakers:
            return Report(speakers, min(speakers[0].start, verb.start()), verb.start(), verb.end())
    return None


def _before(text: str, names: list[Mention], at: int, start: int) -> tuple[Mention, ...]:
    """Return the mentions joined by "and" that end right before the verb, with room for an apposition and adverbs."""
    near = [m for m in names if start <= m.start and m.end <= at]
    if not near or not _is_subject(text[near[-1].end : at]):
        near = [m for m in near if _is_subject(text[m.end : at])]
    if not near:
        return ()
    if len(near) > 1 and re.fullmatch(r"[’']s?\s+", text[near[-2].end : near[-1].start]) and near[-2].entry.person:
        return (near[-2],)  # "Starmer’s spokesman"
    if len(near) > 1 and re.fullmatch(r"\s+(?:in|at|of|from)\s+(?:the\s+)?", text[near[-2].end : near[-1].start]):
        return (near[-2],)  # "the presidential office in Seoul"
    group = [near[-1]]
    for mention in reversed(near[:-1]):
        gap = text[mention.end : group[0].start]
        if mention.entry.publisher or not _AND.fullmatch(gap) or (len(group) == 1 and "and" not in gap):
            break
        group.insert(0, mention)
    return tuple(group)


def _is_subject(gap: str) -> bool:
    """Tell whether only adverbs, an apposition between commas or a citation stand between a name and its verb."""
    words = re.sub(r"^,[^,]{1,120},|^\s+,", " ", gap)
    return bool(
        re.fullmatch(
            r"(?:[’']s?\s+\w+(?:\s+\w+)?)?(?:\s+(?:last|this)\s+\w+|\s+(?:on\s+)?[A-Z]\w+day)?"
            r"(?:\s+(?:at|of|from|with|for|in)\s+(?:the\s+)?[\w’' "
            r"-]{2,40}?)?(?:\s+(?:\w+ly|also|has|have|had|then|later|earlier|again|statement|"
            r"spokes\w+|officials?|sources?|report|government|leaders?))*\s*",
            words,
        )
    )


def _pronoun(text: str, names: list[Mention], at: int, start: int, last: Entry | None) -> tuple[Mention, ...]:
    last = next((m.entry for m in reversed(names) if m.entry.person and m.end <= at), last)
    found = re.search(
        r"\b(?:[Hh]e|[Ss]he)(?:\s+(?:also|later|then|\w+ly|has|had))*\s+$", text[max(start, at - 40) : at]
    )
    return (Mention(at - len(found.group()), at, last),) if found and last else ()


def _they(text: str, at: int, start: int, several: Entry | None) -> tuple[Mention, ...]:
    found = re.search(r"\b[Tt]hey(?:\s+(?:also|later|then|\w+ly|have|had))*\s+$", text[max(start, at - 40) : at])
    return (Mention(at - len(found.group()), at, several),) if found and several else ()


def _behind(text: str, names: list[Mention], verb: re.Match[str], start: int) -> tuple[Mention, ...]:
    """Return the speaker of "…,” said Steve Witkoff": the name right behind the verb, where a quote or comma stands
    before it."""
    if not re.search(r"[,”\"?!]\s*$", text[max(start, verb.start() - 3) : verb.start()]):
        return ()
    known = tuple(m for m in names if 0 <= m.start - verb.end() <= 2)[:1]
    entry = None if known else unknown_name(text[verb.end() :].lstrip()[:80])
    return known or (
        (Mention(verb.end(), verb.end(), replace(entry, person=True)),) if entry and " " in entry.name else ()
    )


def _unknown(text: str, at: int, start: int) -> tuple[Mention, ...]:
    """Return a capitalised name of two words or more right before the verb, or before an apposition between commas."""
    name = r"([A-ZÀ-ÞŞ][\w’'.-]+(?:\s+[A-ZÀ-ÞŞ][\w’'.-]+){1,3})"
    found = re.search(rf"{name}(?:,[^,]{{1,120}},|,)?(?:\s+(?:has|had|also))*\s+$", text[max(start, at - 180) : at])
    entry = Entry(found.group(1), person=True) if found else None
    return (Mention(at - len(found.group()), at, entry),) if found and entry else ()


def passed_on(text: str, names: list[Mention]) -> list[str]:
    """Return who passes a sentence on, nearest to the speaker first: cited, then told or according to, then the one
    who cites."""
    cited = _named_behind(_CITING, text, names)
    according = _named_behind(_ACCORDING, text, names)
    told = [n for n in _named_behind(_TOLD, text, names, publishers_only=True) if n not in cited]
    by = _named_behind(_CITED_BY, text, names, publishers_only=True)
    return list(dict.fromkeys([*cited, *told, *_reporting(text, names), *according, *by]))


def _reporting(text: str, names: list[Mention]) -> list[str]:
    """Return publishers that are the subject of a verb of saying, known ones or "the … agency"."""
    shown = [m for m in names if m.entry.publisher and _PUBLISHES.match(text, m.end)]
    return [*(m.entry.name for m in shown), *(m.group("name") for m in _AGENCY.finditer(text))]


def _named_behind(cue: re.Pattern[str], text: str, names: list[Mention], publishers_only: bool = False) -> list[str]:
    found: list[str] = []
    for match in cue.finditer(text):
        at = match.end()
        while (filler := _FILLER.match(text, at)) is not None:
            at = filler.end()
        found += _list_at(text, names, at, publishers_only)
    return found


def _list_at(text: str, names: list[Mention], at: int, publishers_only: bool) -> list[str]:
    """Return the names that stand here, joined by commas and "and"."""
    found: list[str] = []
    while True:
        known = next((m for m in names if m.start <= at < m.end), None)
        entry = known.entry if known else unknown_name(text[at : at + 80])
        if entry is None or (publishers_only and not entry.publisher):
            return found
        found.append(entry.name)
        end = known.end if known else at + len(entry.name)
        more = _AND.match(text, end)
        if more is None or not any(m.start <= more.end() < m.end and m.entry.publisher for m in names):
            return found
        at = more.end()


def statement_by(text: str, names: list[Mention]) -> list[str]:
    """Return who made the statement that this sentence introduces, and who released it."""
    found = _STATEMENT.search(text)
    if found is None:
        return []
    at, group = found.end(), list[Mention]()
    for mention in (m for m in names if m.start >= at):
        if not re.fullmatch(r"(?:the\s+)?", text[at : mention.start]) and not _AND.fullmatch(text[at : mention.start]):
            break
        group.append(mention)
        at = mention.end
    return [m.entry.name for m in group]
