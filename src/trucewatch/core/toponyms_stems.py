"""Names of settlements in the cases of Ukrainian and Russian, and in Latin letters, found by their stems.

A name is cut into a stem and the endings that its nominative allows; a word of a text is cut at each of its last
letters and looked up. What that does not find is looked for once more by the sounds that the spellings of one name
share, so that a Russian form finds a settlement of which the gazetteer holds the Ukrainian or the Latin name only.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import NamedTuple

import pyarrow.parquet as pq

from trucewatch.core.gazetteer import NAME, OTHER_NAME, SPELLING, gazetteer

__all__ = ["Hit", "compound", "is_cyrillic", "of_adjective", "root_of_adjective", "single", "sounds"]


class Hit(NamedTuple):
    """A settlement that a word may name.

    row        of the gazetteer
    match      NAME, SPELLING or OTHER_NAME of core/gazetteer.py
    exact      found by its letters, not only by its sounds
    adjective  the word may as well be an adjective
    """

    row: int
    match: int
    exact: bool
    adjective: bool


class _Entry(NamedTuple):
    row: int
    match: int
    endings: frozenset[str]
    adjective: bool


class _Compound(NamedTuple):
    """A name of several words: for each word its stems by sound, with their endings."""

    row: int
    words: tuple[tuple[tuple[str, frozenset[str]], ...], ...]


class _Index(NamedTuple):
    letters: dict[str, list[_Entry]]
    sounds: dict[str, list[_Entry]]
    compounds: dict[str, list[_Compound]]
    adjectives: dict[str, list[Hit]]
    latin: dict[str, list[Hit]]


_LONGEST_ENDING = 4
_LEAST_BY_SOUND = 4  # letters of a stem; shorter ones sound like too many words
_ADJECTIVE_POPULATION = 2500  # smaller places give their names to no district and no front
_FORMER_POPULATION = 3000  # former names of smaller places are more often something else
_COMPOUNDS = "toponyms_compounds.csv"
_PALATAL = {"к": "ц", "г": "з", "х": "с"}  # before the -і of the Ukrainian locative
_IN_SK = ("ськ", "цьк", "зьк", "ск", "цк")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_CLOSED_I = re.compile(r"(.*)і([^аеєиіоуюяыэь]+)")
_FLEETING = re.compile(r"(.+?)(ь?)[ео]([цкл])")
_ADJECTIVE = re.compile(
    r"(.{2,}?)(сь?к|зь?к|ць?к)"
    r"(?:ии|ыи|ои|іи|а|ая|е|ое|ого|ому|им|ым|ім|ом|оі|ую|у|ою|і|ие|их|ых|ими|ыми|)"
)
_SOUNDS = str.maketrans({**dict.fromkeys("оеєэіиы", "i"), "я": "а", "ю": "у", "ґ": "г", "ь": None, "ъ": None})
_DOUBLE = re.compile(r"(.)\1+")
_I_BEFORE_VOWEL = re.compile("i+(?=[аiу])")
_DIGRAPHS = (("shch", "щ"), ("kh", "х"), ("zh", "ж"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"), ("ya", "а"), ("ia", "а"),
             ("yu", "у"), ("iu", "у"), ("ye", "е"), ("ie", "е"), ("yi", "і"))  # fmt: skip
_LATIN = str.maketrans("abcdefghijklmnopqrstuvwxyz", "абцдефггііклмнопкрстуввхиз")


def _set(text: str) -> frozenset[str]:
    return frozenset("" if e == "-" else e for e in text.split())


# Endings after folding: й is и, ї is і, ё is е. Both languages together, since a text may mix them.
_NEUTER = _set("е є о ое ее ого его ому ему им ым ім ом ем єм і у ю а я ям и")
_FEMININE = _set("а я ая яя и ы і е у ю ую юю ою ею єю ои еи оі еі іи ії іі ем ям")
_PLURAL = _set("и і ы е ів ов ев іи еи ам ям ами ями ах ях их ых им ым ими ыми -")
_MASCULINE = _set("- а у я ю і е ові еві єві ом ем єм")
_ADJECTIVAL = _set("ии ыи ои іи ого его ому ему им ым ім ом ем")
_SOFT = _set("ь я ю і и е ем єм ью еві")
_AFTER_VOWEL = _set("и я ю і е ем єм еві єві")


def is_cyrillic(word: str) -> bool:
    """Return whether a word has a Cyrillic letter."""
    return _CYRILLIC.search(word) is not None


@lru_cache(maxsize=65536)
def sounds(key: str) -> str:
    """Return a folded name by the sounds that its Ukrainian, Russian and Latin spellings share."""
    if not is_cyrillic(key):
        for letters, one in _DIGRAPHS:
            key = key.replace(letters, one)
        key = key.translate(_LATIN)
    return _DOUBLE.sub(r"\1", _I_BEFORE_VOWEL.sub("", key.translate(_SOUNDS)))


@lru_cache(maxsize=65536)
def single(key: str) -> tuple[Hit, ...]:
    """Return the settlements that one folded word names in any case, by its letters or else by its sounds."""
    index = _index()
    if not is_cyrillic(key):
        return tuple(index.latin.get(key, ())) or _best(_latin_by_sound(key, index))
    exact = [
        Hit(e.row, e.match, True, e.adjective) for stem, end in _splits(key) for e in index.letters.get(stem, ())
        if end in e.endings
    ]  # fmt: skip
    heard = (
        Hit(e.row, e.match, False, e.adjective) for stem, end in _splits(key) if len(stem) >= _LEAST_BY_SOUND
        for e in index.sounds.get(sounds(stem), ()) if end in e.endings
    )  # fmt: skip
    return _best([*exact, *heard])


def compound(keys: Sequence[str]) -> tuple[int, tuple[Hit, ...]]:
    """Return how many of the folded words at the start are one name, the most that are, and the settlements of it."""
    if not is_cyrillic(keys[0]):
        return _latin_compound(keys)
    index, most, found = _index(), 0, dict[int, Hit]()
    for stem, end in _splits(keys[0]):
        for name in index.compounds.get(sounds(stem), ()):
            size = len(name.words)
            if most <= size <= len(keys) and _is_cut((stem, end), name.words[0]) and _are(keys[1:], name.words[1:]):
                found = found if size == most else {}
                most, found[name.row] = size, Hit(name.row, SPELLING, True, False)
    return most, tuple(found.values())


@lru_cache(maxsize=16384)
def of_adjective(key: str) -> tuple[Hit, ...]:
    """Return the settlements that a folded adjective of a place may belong to; exact where it only adds its suffix."""
    root = root_of_adjective(key)
    return _best(_index().adjectives.get(root, ())) if root else ()


def root_of_adjective(key: str) -> str | None:
    """Return the sounds before -ськ-, -зьк- or -цьк- of a folded adjective of a place; None where it is none."""
    found = _ADJECTIVE.fullmatch(key)
    return sounds(found[1] + found[2][0].replace("с", "")) if found else None


def _latin_compound(keys: Sequence[str]) -> tuple[int, tuple[Hit, ...]]:
    for size in range(min(3, len(keys)), 1, -1):
        if found := _index().latin.get("".join(keys[:size])):
            return size, tuple(found)
    return 0, ()


def _latin_by_sound(key: str, index: _Index) -> Iterator[Hit]:
    """Yield what a transliterated nominative may be: its stem is what remains without the vowels at its end."""
    stem = sounds(key).rstrip("iау") if len(key) > _LEAST_BY_SOUND else ""
    ended = len(stem) < len(sounds(key))
    for e in index.sounds.get(stem, ()) if len(stem) >= _LEAST_BY_SOUND else ():
        if ended != ("" in e.endings):
            yield Hit(e.row, e.match, False, False)


def _best(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    best: dict[int, Hit] = {}
    for hit in hits:
        known = best.get(hit.row)
        if known is None or (not hit.exact, hit.match) < (not known.exact, known.match):
            best[hit.row] = hit
    return tuple(best.values())


def _splits(key: str) -> Iterator[tuple[str, str]]:
    for length in range(max(0, min(_LONGEST_ENDING, len(key) - 2)) + 1):
        yield key[: len(key) - length], key[len(key) - length :]


def _is_cut(split: tuple[str, str], cuts: tuple[tuple[str, frozenset[str]], ...]) -> bool:
    return any(sounds(split[0]) == stem and split[1] in endings for stem, endings in cuts)


def _are(keys: Sequence[str], words: Sequence[tuple[tuple[str, frozenset[str]], ...]]) -> bool:
    return all(any(_is_cut(split, cuts) for split in _splits(key)) for key, cuts in zip(keys, words, strict=False))


def _cuts(key: str, owner: bool = False) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the stems of a folded nominative with their endings.

    owner  it is a first word such as `Часів`, which is declined as an adjective: Часового
    """
    last, stem = key[-1], key[:-1]
    if len(key) < 3:
        yield key, _MASCULINE
    elif last in "ая":
        yield key[:-2] if key.endswith(("ая", "яя")) else stem, _FEMININE
        if stem[-1] in _PALATAL:
            yield stem[:-1] + _PALATAL[stem[-1]], frozenset("і")
    elif last in "еєо":
        yield key[:-2] if key.endswith(("ое", "ее")) else stem, _NEUTER
    elif key.endswith(("ии", "ыи", "ои", "іи")):
        yield key[:-2], _ADJECTIVAL
        yield stem, _AFTER_VOWEL
    elif last in "иіы":
        yield key[:-2] if key.endswith(("ие", "ые")) else stem, _PLURAL
    elif last == "ь":
        yield stem, _SOFT
        yield stem + stem[-1], frozenset("ю")
        yield from _changed(stem, _SOFT - {"ь"})
    else:
        endings = _MASCULINE | _ADJECTIVAL if owner else _MASCULINE - {"е"} if key.endswith("ьк") else _MASCULINE
        yield key, endings
        yield from _changed(key, endings - {""})
        if last in _PALATAL:
            for vowel_changed, _ in ((key, endings), *_changed(key, endings)):
                yield vowel_changed[:-1] + _PALATAL[last], frozenset("і")


def _changed(stem: str, endings: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the stems whose last vowel changes or falls out before an ending: Канева, Рогу, Кролевця."""
    if closed := _CLOSED_I.fullmatch(stem):
        for vowel in "оеє":
            yield closed[1] + vowel + closed[2], endings
    if fleeting := _FLEETING.fullmatch(stem):
        yield fleeting[1] + fleeting[3], endings
        yield fleeting[1] + "ь" + fleeting[3], endings


@cache
def _index() -> _Index:
    index = _Index({}, {}, {}, {}, {})
    parted = _compounds()
    population = gazetteer().population
    for row, match, key in _keys():
        if match == OTHER_NAME and population[row] < _FORMER_POPULATION:
            continue
        words = parted.get((row, key), (key,))
        if not is_cyrillic(key):
            index.latin.setdefault(key, []).append(Hit(row, match, True, False))
        else:
            _add(index, row, match, key)  # of a compound too: `Гуляй-Поле` is written as one word as well
            if len(words) > 1:
                _add_compound(index, row, words)
        if match == NAME and is_cyrillic(key) is False:
            _add_sound(index, row, key)
        if population[row] >= _ADJECTIVE_POPULATION and is_cyrillic(key):
            for plain, root in _roots(words):
                index.adjectives.setdefault(root, []).append(Hit(row, match, plain, True))
    return index


def _keys() -> Iterator[tuple[int, int, str]]:
    """Yield row, match and folded name of every name of the packaged settlements."""
    with as_file(files("trucewatch.core") / "data" / "places.parquet") as path:
        table = pq.read_table(path, columns=["key", "spellings", "other_names"])
    for match, column in ((NAME, "key"), (SPELLING, "spellings"), (OTHER_NAME, "other_names")):
        for row, keys in enumerate(table[column].to_pylist()):
            yield from ((row, match, key) for key in ([keys] if isinstance(keys, str) else keys) if key)


def _compounds() -> dict[tuple[int, str], tuple[str, ...]]:
    """Return the words of the names that have several, by row and joined name."""
    text = (files("trucewatch.core") / "data" / _COMPOUNDS).read_text(encoding="utf-8")
    row_of = {number: row for row, number in enumerate(gazetteer().geoname_id.tolist())}
    rows = [(row_of[int(r["geoname_id"])], tuple(r["words"].split("_"))) for r in csv.DictReader(text.splitlines())]
    return {(row, "".join(words)): words for row, words in rows}


def _add(index: _Index, row: int, match: int, key: str) -> None:
    adjective = key.endswith(("ии", "ыи", "ськ", "цьк", "ск", "цк", "е", "а"))
    for stem, endings in _cuts(key):
        entry = _Entry(row, match, endings, adjective)
        index.letters.setdefault(stem, []).append(entry)
        if match != OTHER_NAME:
            index.sounds.setdefault(sounds(stem), []).append(entry)


def _add_sound(index: _Index, row: int, key: str) -> None:
    """Index a Latin name, whose declension its last letter tells."""
    heard = sounds(key)
    stem = heard.rstrip("iау")
    endings = _MASCULINE if stem == heard else _NEUTER | _FEMININE | _PLURAL - {""}
    index.sounds.setdefault(stem, []).append(_Entry(row, NAME, endings, stem != heard))


def _add_compound(index: _Index, row: int, words: tuple[str, ...]) -> None:
    cuts = tuple(
        tuple((sounds(stem), endings) for stem, endings in _cuts(word, owner=i == 0)) for i, word in enumerate(words)
    )
    for stem in {stem for stem, _ in cuts[0]}:
        index.compounds.setdefault(stem, []).append(_Compound(row, cuts))


def _roots(words: Sequence[str]) -> Iterator[tuple[bool, str]]:
    """Yield the sounds that an adjective of a place has before its suffix, and whether they are the name's own."""
    before = [sounds(next(_cuts(word))[0]) for word in words[:-1]]
    for first in dict.fromkeys(("".join(f"{b}i" for b in before), "".join(before))):
        yield from ((plain, first + root) for plain, root in _word_roots(words[-1]))


def _word_roots(word: str) -> Iterator[tuple[bool, str]]:
    if word.endswith(_IN_SK):
        yield True, root_of_adjective(word) or ""
        return
    for stem, _ in _cuts(word):
        base = root_of_adjective(stem) or sounds(stem)
        yield from ((True, base), (False, base + "iв"), (False, base + "iн"))
        if base[-1] in "кгжхшч":
            yield base[-1] != "к", base[:-1] + {"г": "з", "ж": "з", "ч": "ц"}.get(base[-1], "")
        if base[-1] == "к":
            yield False, base[:-1] + "ц"
