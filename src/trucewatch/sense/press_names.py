"""Whether a headline names the town or the region that a row stands at, whatever the script and the case ending.

Names are compared by their consonants: Latin, Ukrainian and Russian spellings of a name share them, and the endings
of cases add at most one. `Kherson`, `Херсоні` and `Херсона` all begin with the same five. This says only whether a
name that is known beforehand occurs; which places a text names is the business of core/toponyms.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from trucewatch.core.gazetteer import fold

__all__ = ["Words", "consonants", "names_area", "names_region", "names_town", "region_of_word", "said_of", "words_of"]

_LETTERS = {
    "б": "b", "в": "v", "г": "h", "ґ": "h", "д": "d", "ж": "J", "з": "z", "к": "k", "л": "l", "м": "m", "н": "n",
    "п": "p", "р": "r", "с": "s", "т": "t", "ф": "f", "х": "H", "ц": "C", "ч": "X", "ш": "W", "щ": "W",
    "b": "b", "v": "v", "w": "v", "g": "h", "h": "h", "d": "d", "z": "z", "k": "k", "l": "l", "m": "m", "n": "n",
    "p": "p", "r": "r", "s": "s", "t": "t", "f": "f", "c": "C",
}  # fmt: skip
_DIGRAPHS = (("shch", "щ"), ("kh", "х"), ("zh", "ж"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"))
_VOWELS = "аеєиіїоуюяэыaeiouy"
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ`-][^\W\d_]+)*")
_AREA = re.compile(r"(напрям|направл|фронт|район|обл|регион|region|front|direction|district)")
_REGION = re.compile(r"(обл|регион|region|ова$)")
_OF_REGION = re.compile(r"(щин|ччин)")
_ADJECTIVE = re.compile(r"[сц]ь?к(ий|ій|ої|ого|ому|их|ими?|ая|ой|ую|ие)$")
_AND = ("і", "й", "та", "и")
_SENTENCES = re.compile(r"(?<=[.!?;])\s+(?=[^\W\d_])")
_PLACED = ("в", "у", "на", "по", "під", "под", "біля", "возле", "над", "з", "із", "до", "около", "від", "от", "за",
           "near", "in", "at", "over")  # fmt: skip
_ENDING = 1  # consonants that the ending of a case may add
_CHANGEABLE = "sCkzJXWh"  # consonants that change before the suffixes of a region's name
_OWN_NAMES = {"Crimea": "крим|крым", "Volyn": "волин|волын", "Zakarpattia": "закарпат"}  # bear no town's name
_LEAST_REGION = 0.5  # share of a region's name that a word must begin with


class Words(NamedTuple):
    """The capitalised words of a text: consonants, the word itself, the one before and the one after."""

    bones: tuple[str, ...]
    word: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


def consonants(word: str) -> str:
    """Return the consonants of a name in one alphabet, doubled ones once; `a` stands for a vowel at its start."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", word.casefold()) if c.isalpha())
    for letters, one in _DIGRAPHS:
        plain = plain.replace(letters, one)
    bones = "".join(_LETTERS.get(c, "") for c in plain)
    start = "a" if plain[:1] and plain[0] in _VOWELS else ""
    return start + re.sub(r"(.)\1+", r"\1", bones)


@lru_cache(maxsize=65536)
def _bones(word: str) -> str:
    return consonants(word)


def words_of(text: str) -> Words:
    """Return the capitalised words of a text with their neighbours."""
    every = _WORD.findall(text)
    low = ["", *[w.lower() for w in every], ""]
    at = [i for i, w in enumerate(every) if w[0].isupper()]
    return Words(tuple([_bones(every[i]) for i in at]), tuple([low[i + 1] for i in at]), tuple([low[i] for i in at]),
                 tuple([low[i + 2] for i in at]))  # fmt: skip


def names_town(words: Words, name: str, placed: bool = False) -> bool:
    """Return whether a text names a town, not only its region, its front or its people.

    placed  the name counts only behind a preposition of place: a capital also stands for its government
    """
    return any(
        not _AREA.match(words.after[i]) and not _OF_REGION.search(words.word[i]) and not _one_of_regions(words, i)
        and (not placed or words.before[i] in _PLACED)
        for i in _found(words, name)
    )  # fmt: skip


def names_area(words: Words, name: str) -> bool:
    """Return whether a text names the front, the direction or the district of a town."""
    stem, each = _stem(name), zip(words.bones, words.after, strict=True)
    return bool(stem) and any(bones.startswith(stem) and _AREA.match(after) for bones, after in each)


def names_region(words: Words, region: str) -> bool:
    """Return whether a text names a region as such: `Харківщина`, `Харківська область`, `Харьковской области`."""
    stem, own = _region_stem(region), _OWN_NAMES.get(region, "$.")
    if any(re.match(own, w) for w in words.word):
        return True
    return any(
        bones.startswith(stem)
        and bool(_OF_REGION.search(words.word[i]) or _REGION.match(words.after[i]) or _one_of_regions(words, i))
        for i, bones in enumerate(words.bones)
    )


def _one_of_regions(words: Words, i: int) -> bool:
    """Return whether a word is one of several regions: `у Донецькій та Луганській областях` says it once for both."""
    word, after = words.word[i], words.after[i]
    listed = bool(_ADJECTIVE.search(word)) and (after in _AND or bool(_ADJECTIVE.search(after)))
    return listed and any(_REGION.match(a) for a in words.after)


def said_of(text: str, name: str | None) -> str:
    """Return the sentences of a text that name a town; the whole text where none does or there is only one.

    A summary says of one town that it was shelled, and of the next, in the next sentence, that it was bombed.
    """
    if not name or not _SENTENCES.search(text):
        return text
    return " ".join(s for s in _SENTENCES.split(text) if names_town(words_of(s), name)) or text


def _found(words: Words, name: str) -> list[int]:
    stem = _stem(name)
    if len(stem) < 2:
        return []
    return [i for i, b in enumerate(words.bones) if b.startswith(stem) and len(b) - len(stem) <= _ENDING]


@lru_cache(maxsize=65536)
def _stem(name: str) -> str:
    """Return the consonants of the longest word of a name."""
    return max((consonants(w) for w in _WORD.findall(name)), key=len, default="")


@lru_cache(maxsize=1024)
def _region_stem(region: str) -> str:
    """Return the consonants that the region's forms share: `Kharkivshchyna`, `Kharkivska`; at least two."""
    bones = consonants(region)
    return bones[:2] + bones[2:].rstrip(_CHANGEABLE)


def region_of_word(word: str, regions: tuple[str, ...]) -> str | None:
    """Return the region of a name in Latin letters such as `Vinnytska oblast`, as `regions` spells it; None if none.

    The region whose name shares the longest beginning with the word is meant; it must share half of its own.
    """
    stem = fold(re.sub(r"\b(oblast|region)\b|^m\.", "", word, flags=re.IGNORECASE))
    best = sorted(((-_shared(stem, fold(r)), len(r), r) for r in regions), key=lambda x: x[:2])
    shared, _, region = best[0] if best else (0, 0, "")
    return region if -shared >= max(3, _LEAST_REGION * len(fold(region))) else None


def _shared(a: str, b: str) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
