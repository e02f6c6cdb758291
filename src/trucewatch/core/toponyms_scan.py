"""Which words of a text name a place: settlements, regions, districts, fronts, and names that the gazetteer lacks.

A word is taken for a small settlement only where something says so: a preposition of place, a word such as `село`, a
deed (`обстріляли`), a list of other places, a region behind it. Adjectives of units, churches and works, names in
quotation marks, surnames behind first names, rivers and streets are left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from trucewatch.core.gazetteer import OTHER_NAME, fold, gazetteer
from trucewatch.core.toponyms_areas import region_by_adjective, region_by_noun
from trucewatch.core.toponyms_stems import Hit, compound, is_cyrillic, of_adjective, root_of_adjective, single
from trucewatch.core.toponyms_words import (
    AREA_HEADS,
    CONJUNCTIONS,
    DEED,
    FRONT_HEADS,
    HEADS,
    PLACED,
    RAION_HEADS,
    REGION_HEADS,
    RIVER_CUES,
    RIVERS,
    STREETS,
    TYPES,
    WATERS,
    not_places,
)  # fmt: skip

__all__ = ["COMMUNITY", "FRONT", "RAION", "REGION", "TOWN", "UNLISTED", "Named", "Token", "scan"]

TOWN, UNLISTED, REGION, RAION, FRONT, COMMUNITY = "town", "unlisted", "region", "raion", "front", "community"
KNOWN_TO_ALL = 20_000  # people: a larger town needs nothing beside it to be understood
UNMISTAKABLE = 60_000  # people: nor does a word of another kind beside it change that
_LETTERS = r"(?:[^\W\d_][\u0300-\u036f]*)+"  # with the marks of decomposed й and ї
_WORD = re.compile(rf"{_LETTERS}(?:['’ʼ‘`´′]{_LETTERS})*")
_SENTENCE_END = re.compile(r"[.!?…:]\s")
_SPACE = re.compile(r"[ \t\u00a0]+")
_LIST_GAP = re.compile(r"[,;/–—-]")
_POSSESSIVE = re.compile("(?<=[A-Za-z])['’]s$")
_NUMBERED = re.compile(r"[-–]\d")  # `Дніпро-1` is a club
_QUOTES = "\"«»“”„'’‘"
_HEADED = tuple((head, kind) for heads, kind in (
    (REGION_HEADS, REGION), (RAION_HEADS, RAION), (FRONT_HEADS, FRONT), (AREA_HEADS, COMMUNITY)
) for head in heads)  # fmt: skip
_MOST_IN_SERIES = 5
_SHORTEST = 3  # letters of a name; `Де` and `За` are words
_FEMININE = ("іи", "ои", "оі", "ую")  # endings of `Запорізькій (області)`, which no settlement in -ське has


class Token(NamedTuple):
    """A word of a text.

    gap    what stands between the word before and this one
    upper  written with a capital, in a text that has both
    """

    key: str
    start: int
    end: int
    upper: bool
    gap: str


@dataclass(frozen=True, slots=True)
class Named:
    """A place that a text names, not yet resolved.

    first, last  tokens, last inclusive
    hits         settlements that a TOWN may be, or that a RAION, FRONT or COMMUNITY is called after
    region       of a REGION
    cue          something beside it says that it is a place
    said         the word before it may do so, which is not enough for a name that the gazetteer lacks
    """

    kind: str
    first: int
    last: int
    start: int
    end: int
    hits: tuple[Hit, ...] = ()
    region: str | None = None
    cue: bool = False
    said: bool = False


def scan(text: str) -> tuple[list[Token], list[Named]]:
    """Return the words of a text and the places named in it, in order."""
    tokens = _tokens(text)
    found = list(_found(text, tokens))
    cued = _with_neighbours(tokens, [_with_cue(tokens, n) for n in found])
    whole = _is_whole(tokens, cued)
    return tokens, [n for n in cued if n.cue or whole]


def _tokens(text: str) -> list[Token]:
    one_case = text in (text.lower(), text.upper())
    tokens, end = [], 0
    for word in _WORD.finditer(text):
        upper = one_case or word[0][0].isupper()
        tokens.append(Token(_fold(word[0]), word.start(), word.end(), upper, text[end : word.start()]))
        end = word.end()
    return [t for t in tokens if t.key]


@lru_cache(maxsize=65536)
def _fold(word: str) -> str:
    return fold(_POSSESSIVE.sub("", word))


def _found(text: str, tokens: Sequence[Token]) -> Iterator[Named]:
    at = 0
    while at < len(tokens):
        named = _series(tokens, at) or _one(text, tokens, at)
        yield from named
        at = max((n.last for n in named), default=at) + 1


def _series(tokens: Sequence[Token], at: int) -> list[Named]:
    """Return the areas of adjectives before one head noun: `Донецькій і Луганській областях`, `Nikopol district`."""
    ends: list[tuple[int, int]] = []
    i = at
    while i < len(tokens) and len(ends) < _MOST_IN_SERIES:
        size = _area_word(tokens, i)
        if not size:
            break
        ends.append((i, i + size - 1))
        i += size
        kind = _head(tokens, i)
        if kind:
            several = len(ends) == 1 or is_cyrillic(tokens[at].key) or tokens[i].key.endswith("s")
            return _areas(tokens, ends, i, kind) if several else []
        if i < len(tokens) and tokens[i].key in CONJUNCTIONS:
            i += 1
        elif i < len(tokens) and "," not in tokens[i].gap:
            break
    return []


def _area_word(tokens: Sequence[Token], at: int) -> int:
    """Return how many words from here are one adjective of a place, or one Latin name; 0 where none are."""
    token = tokens[at]
    if region_by_noun(token.key):
        return 1 if not is_cyrillic(token.key) else 0
    if not is_cyrillic(token.key):
        size = max(compound([t.key for t in tokens[at : at + 3]])[0], 1)
        while size > 1 and _head_of(tokens[at + size - 1].key):
            size -= 1
        return size if token.upper else 0
    if at + 1 < len(tokens) and tokens[at + 1].gap == "-" and root_of_adjective(tokens[at + 1].key):
        return 2
    return 1 if root_of_adjective(token.key) or (_adjectival(token.key) and token.upper) else 0


def _adjectival(key: str) -> bool:
    return key.endswith(("ии", "ыи", "ого", "ому", "им", "ым", "оі", "ая", "ои", "ую", "іи"))


def _head(tokens: Sequence[Token], at: int) -> str | None:
    """Return what kind of area the noun at this token makes of the words before it; None where it makes none."""
    if at >= len(tokens) or not _SPACE.fullmatch(tokens[at].gap):
        return None
    return _head_of(tokens[at].key)


@lru_cache(maxsize=16384)
def _head_of(key: str) -> str | None:
    return next((kind for head, kind in _HEADED if key.startswith(head)), None)


def _areas(tokens: Sequence[Token], ends: Sequence[tuple[int, int]], head: int, kind: str) -> list[Named]:
    areas = []
    for i, (first, last) in enumerate(ends):
        end = head if i == len(ends) - 1 else last
        key = "".join(t.key for t in tokens[first : last + 1])
        region = region_by_adjective(key) if kind in (REGION, FRONT) else None
        hits = of_adjective(key) or of_adjective(tokens[last].key)
        if not is_cyrillic(key):
            hits = tuple(h for h in single(key) if h.match != OTHER_NAME)
        of = REGION if kind == FRONT and region and _largest(hits, region) < UNMISTAKABLE else kind
        areas.append(Named(of, first, end, tokens[first].start, tokens[end].end, hits, region, True))
    return areas


def _one(text: str, tokens: Sequence[Token], at: int) -> list[Named]:
    """Return the region or the settlement that begins at a token, or the name that the gazetteer lacks."""
    token = tokens[at]
    if not token.upper or token.key in not_places() or len(token.key) < _SHORTEST:
        return []
    if region := _region(tokens, at):
        return [region]
    size, hits = compound([t.key for t in tokens[at : at + 4]])
    if not hits:
        districts = gazetteer().is_part
        size, hits = 1, tuple(h for h in single(token.key) if not (h.adjective and districts[h.row]))
    last = at + size - 1
    if _no_place(text, tokens, at, last, hits):
        return []
    if hits and not _goes_on(tokens, at, last, hits):
        return [Named(TOWN, at, last, token.start, tokens[last].end, hits, cue=size > 1)]
    return _unlisted(text, tokens, at)


def _region(tokens: Sequence[Token], at: int) -> Named | None:
    """Return the region of a noun, `Харківщині`, or of an adjective whose own noun stands elsewhere."""
    token, before = tokens[at], tokens[at - 1].key if at else ""
    if at + 1 < len(tokens) and tokens[at + 1].gap == "-":
        region = region_by_noun(token.key + tokens[at + 1].key)
        return Named(REGION, at, at + 1, token.start, tokens[at + 1].end, (), region, True) if region else None
    if token.key.endswith(_FEMININE) and (region := region_by_adjective(token.key)):
        return Named(REGION, at, at, token.start, token.end, (), region, before in PLACED or before in CONJUNCTIONS)
    on = f"на{token.key}" if before == "на" or before.startswith("пункт") else ""  # a region called like its town
    region = region_by_noun(on) or region_by_noun(token.key)
    return Named(REGION, at, at, token.start, token.end, (), region, True) if region else None


def _no_place(text: str, tokens: Sequence[Token], first: int, last: int, hits: Sequence[Hit]) -> bool:
    """Return whether what stands around a name says that it is none of a settlement."""
    before = tokens[first - 1].key if first and _SPACE.fullmatch(tokens[first].gap) else ""
    after = tokens[last + 1] if last + 1 < len(tokens) and _SPACE.fullmatch(tokens[last + 1].gap) else None
    if _NUMBERED.match(text, tokens[last].end):
        return True
    if before.startswith(STREETS) or (before.startswith(WATERS) and before not in TYPES):
        return True
    if after and not after.upper and after.key.startswith(HEADS) and (not hits or any(h.adjective for h in hits)):
        return True
    return _is_river(tokens, first) or _is_title(text, tokens, first, last, before)


def _is_river(tokens: Sequence[Token], at: int) -> bool:
    if not tokens[at].key.startswith(RIVERS):
        return False
    return any(t.key.startswith(RIVER_CUES) for t in tokens[max(0, at - 2) : at])


def _is_title(text: str, tokens: Sequence[Token], first: int, last: int, before: str) -> bool:
    """Return whether a name is all that stands between quotation marks, as the names of units and clubs do."""
    start, end = tokens[first].start, tokens[last].end
    if not start or end >= len(text) or before in TYPES:
        return False
    return text[start - 1] in _QUOTES and text[end] in _QUOTES


def _goes_on(tokens: Sequence[Token], first: int, last: int, hits: Sequence[Hit]) -> bool:
    """Return whether a small place's name is only a part of a longer one, or of a person's."""
    after = tokens[last + 1] if last + 1 < len(tokens) else None
    if after and after.gap == "-" and after.upper:
        return not single(after.key) or tokens[last].key.endswith("о")
    before = tokens[first - 1] if first else None
    if before is not None and tokens[first].gap == "-" and before.upper:
        return not single(before.key) or before.key.endswith("о")
    longer = after is not None and after.upper and len(after.key) > 2 and bool(_SPACE.fullmatch(after.gap))
    if not longer or after is None or region_by_noun(after.key) or region_by_adjective(after.key):
        return False
    if root_of_adjective(after.key) and _head(tokens, last + 2):
        return False
    if _largest(single(after.key)) >= UNMISTAKABLE or not is_cyrillic(after.key):
        return False
    placed = _starts_sentence(tokens, first) or before is None or before.key in PLACED or before.key in TYPES
    return _largest(hits) < UNMISTAKABLE or not placed


def _starts_sentence(tokens: Sequence[Token], at: int) -> bool:
    return at == 0 or bool(_SENTENCE_END.search(tokens[at].gap)) or any(q in tokens[at].gap for q in '"«“')


def _unlisted(text: str, tokens: Sequence[Token], at: int) -> list[Named]:
    """Return the capitalised words from here as one name that the gazetteer lacks."""
    last = at
    while last + 1 < len(tokens) and last - at < 2:
        after = tokens[last + 1]
        if not after.upper or after.gap not in (" ", "-") or (after.gap == " " and root_of_adjective(after.key)):
            break
        last += 1
    acronym = text[tokens[at].start : tokens[at].end].isupper()
    if acronym or tokens[at].key in PLACED or not tokens[at].gap:
        return []
    return [Named(UNLISTED, at, last, tokens[at].start, tokens[last].end)]


@lru_cache(maxsize=65536)
def _largest(hits: Sequence[Hit], region: str | None = None) -> int:
    names = gazetteer()
    own = [h.row for h in hits if h.match != OTHER_NAME and h.exact and region in (None, names.region[h.row])]
    own = [row for row in own if not names.is_part[row]]
    return max((int(names.population[row]) for row in own), default=0)


def _with_cue(tokens: Sequence[Token], named: Named) -> Named:
    """Mark a name whose own words, or the word before, say that it is a place."""
    if named.cue:
        return named
    before = tokens[named.first - 1] if named.first else None
    token = tokens[named.first]
    behind_capital = before is not None and before.upper and token.gap == " "
    after_first_name = behind_capital and not _starts_sentence(tokens, named.first - 1)
    if named.kind == TOWN and _largest(named.hits) >= (UNMISTAKABLE if after_first_name else KNOWN_TO_ALL):
        return replace(named, cue=True)
    if before is None:
        return named
    if before.key in TYPES and (token.gap == " " or (len(before.key) <= 3 and token.gap in (". ", "."))):
        return replace(named, cue=True)
    said = token.gap == " " and (before.key in PLACED or (not before.upper and bool(DEED.search(before.key))))
    return replace(named, cue=said and named.kind == TOWN, said=said)


def _with_neighbours(tokens: Sequence[Token], found: list[Named]) -> list[Named]:
    """Mark names in a list with a place, and names right before the region that they lie in."""
    marked = list(found)
    for order in (range(len(found) - 1), range(len(found) - 2, -1, -1)):
        for i in order:
            a, b = marked[i], marked[i + 1]
            if a.cue == b.cue or not _adjoin(tokens, a, b):
                continue
            listed = a.kind in (TOWN, UNLISTED) and b.kind in (TOWN, UNLISTED)
            before_area = b.kind not in (TOWN, UNLISTED) and (a.kind == TOWN or a.said)
            marked[i] = replace(a, cue=a.cue or listed or before_area)
            marked[i + 1] = replace(b, cue=b.cue or listed)
    return marked


def _adjoin(tokens: Sequence[Token], a: Named, b: Named) -> bool:
    """Return whether only a comma, a conjunction, a preposition or a dash stands between two names."""
    between = tokens[a.last + 1 : b.first]
    if len(between) > 2 or _SENTENCE_END.search(tokens[b.first].gap):
        return False
    if not between and not _LIST_GAP.search(tokens[b.first].gap):
        return b.kind not in (TOWN, UNLISTED)
    if "-" in tokens[b.first].gap.replace("–", "-").replace("—", "-") and UNLISTED in (a.kind, b.kind):
        return False
    area = b.kind not in (TOWN, UNLISTED)
    return all(t.key in CONJUNCTIONS or t.key in TYPES or (area and t.key in PLACED) for t in between)


def _is_whole(tokens: Sequence[Token], found: Sequence[Named]) -> bool:
    """Return whether a text is nothing but a place's name and the small words around it."""
    covered = {i for n in found for i in range(n.first, n.last + 1) if n.kind != UNLISTED}
    rest = [t.key for i, t in enumerate(tokens) if i not in covered]
    return bool(covered) and all(k in TYPES or k in PLACED or k in CONJUNCTIONS for k in rest)
