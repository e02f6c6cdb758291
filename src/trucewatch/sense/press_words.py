"""What a headline and its labels say that happened: words of weapons and effects in Ukrainian, Russian and English."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.classes import ancestors, common_class

__all__ = ["LABELS", "Meaning", "announcements", "full_label", "joint_class", "meanings"]

# Labels of the list, whole. Those that end in t lost it, and keep the mark `b` of a yes-or-no column: `arresb`.
LABELS = ("aad", "airalert", "airstrike", "armor", "arrest", "artillery", "civcas", "control", "cyber", "firefight",
          "hospital", "ied", "loc", "milcas", "occupy", "property", "raid", "retreat", "san", "uav")  # fmt: skip
_LEAST_STEM = 3  # letters of a label by which it is recognised

# `<` and `>` stand for the edges of a word: those of the expressions themselves know Latin letters only.
_ALARM = r"^\PL*(повітряна тривога|воздушная тревога|air (raid )?alert)>"
_WORDS = {
    "artillery": r"обстр[іие]л|артил+ер|м[іи]номет|гаубиц|<рсз[во]>|снаряд|shell(ed|ing)|artillery|mortar",
    "airstrike": r"ав[іи]а(уд|бомб|ракет)|<каб(и|ы|ами?|ом|ів|ов)?>|(керован|управляем)\pL+ бомб|air ?strike",
    "uav": r"б[еі]зп[іи]лотник|беспилотник|<дрон|шахед|shahed|<бпла>|кам[іи]кадзе|<drone|<uav",
    "missile": r"ракет|бал[іи]стик|кал[іи]бр(и|ы|ом|ами|ів|ов)?>|к[иі]нджал|кинжал|[іи]скандер|<с-300|missile",
    "explosion": r"вибух|взрыв|п[іи]д[іи]рв|подорв|п[іи]дрив|подрыв|детон|explo(sion|ded)|blast",
    "ground": r"<бо(ї|и|їв|ев|ях|ями?)>|з[іи]ткнен|столкновен|штурм|перестр[іе]л|firefight|clashes",
    "defence": r"<ппо>|<пво>|зби(л|т|в)|сбил|сбит|перехоп|перехва[тч]|shot down|air defen[cs]e",
    "attack": r"атак|запус[тк]|випус[тк]|выпус[тк]|летять|летят|кам[іи]кадзе|attack|launch",
    "strike": r"влуч|<в?удар([уаыіе]|ом|[оі]в|ам|ах|и[вл]\pL*|ять|яют)?>|поц[іи]л|попадан|<попал|прил[іе]т|пораж|ураж"
    r"|<hit>|<struck|strike",
    "casualty": r"загин|погиб|вби(л|т|в)|уби(л|т)|поранен|ранен|постражд|пострада|killed|wounded|injured|casualt",
    "damage": r"пошкодж|поврежд|зруйн|разруш|damag|destroy",
    "control": r"п[іо]д контрол|зв[іи]льненн|освобод|освобожд|деокуп|захоп|захват|просун|продвин|liberat|captur",
    "detention": r"затрим|задерж|арешт|арест|detain|arrest",
    "accident": r"<дтп>|road accident|traffic accident",
}
_FROM_LABEL = {
    "artillery": ("artillery",), "airstrike": ("airstrike",), "uav": ("uav", "attack"), "ied": ("explosion",),
    "aad": ("defence",), "armor": ("ground",), "raid": ("ground",), "firefight": ("ground",),
    "civcas": ("casualty",), "milcas": ("casualty",), "property": ("damage",), "hospital": ("damage",),
    "control": ("control",), "arrest": ("detention",),
}  # fmt: skip
_WEAPONS = ("artillery", "airstrike", "uav", "missile", "explosion", "ground")
_EFFECTS = ("explosion", "strike", "casualty", "damage")
_SAID_WITH_LABELS = (*_EFFECTS, "accident")  # words that count beside the label of a weapon


class Meaning(NamedTuple):
    """What rows say: class (n,) or None, and whether (n,) their own words say it rather than their labels alone."""

    cls: np.ndarray
    in_words: np.ndarray


def full_label(label: str) -> str | None:
    """Return the whole label of a cut one; None where it is unknown or could be several."""
    if label in LABELS:
        return label
    stem = label.removesuffix("b")
    whole = [known for known in LABELS if known.startswith(stem)] if len(stem) >= _LEAST_STEM else []
    return whole[0] if len(whole) == 1 else None


def announcements(headlines: pa.Array) -> np.ndarray:
    """Return where (n,) a headline only sounds an alarm: a warning is no happening."""
    return _matches(headlines.fill_null("").dictionary_encode(), _ALARM)


def meanings(headlines: pa.Array, labels: pa.Array, silent: np.ndarray | None = None) -> Meaning:
    """Return the classes of headlines, or of sentences of them, and their labels (n,), such as `artillery|civcas`.

    What the words name goes before what the labels name: the labels come from a statistical model of whole texts.

    silent  (n,) rows that say nothing whatever stands in them; announced alarms where it is not given
    """
    heard = ~(announcements(headlines) if silent is None else silent)
    coded = headlines.fill_null("").dictionary_encode()
    said = {word: _matches(coded, pattern) & heard for word, pattern in _WORDS.items()}
    from_words = _classes(said)
    marked = {word: _labelled(labels, word) & heard for word in _WORDS}
    both = {word: marked[word] | (said[word] & (word in _SAID_WITH_LABELS)) for word in _WORDS}
    in_words = np.array([cls is not None for cls in from_words], dtype=bool)
    return Meaning(np.where(in_words, from_words, _classes(both)), in_words)


def _matches(coded: pa.DictionaryArray, pattern: str) -> np.ndarray:
    edged = pattern.replace("<", r"(?:^|\PL)").replace(">", r"(?:$|\PL)")
    found = pc.match_substring_regex(coded.dictionary, f"(?i){edged}")
    return np.asarray(found.take(coded.indices).to_numpy(zero_copy_only=False))


def _labelled(labels: pa.Array, word: str) -> np.ndarray:
    coded = labels.fill_null("").dictionary_encode()
    has = [any(word in _FROM_LABEL.get(p, ()) for p in _whole(text)) for text in coded.dictionary.to_pylist()]
    return np.array(has, dtype=bool)[coded.indices.to_numpy()] if has else np.zeros(0, dtype=bool)


@cache
def _whole(text: str) -> tuple[str, ...]:
    return tuple(whole for p in text.split("|") if (whole := full_label(p)) is not None)


def _classes(said: dict[str, np.ndarray]) -> np.ndarray:
    """Return the class (n,) of what is said: weapons before effects, effects before politics."""
    code = np.zeros(len(next(iter(said.values()))), dtype=np.int64)
    for bit, word in enumerate(_WORDS):
        code |= said[word].astype(np.int64) << bit
    unique, at = np.unique(code, return_inverse=True)
    each = [_class(frozenset(w for bit, w in enumerate(_WORDS) if c >> bit & 1)) for c in unique.tolist()]
    return np.array([*each, None], dtype=object)[at]


def _class(said: frozenset[str]) -> str | None:
    weapons = [cls for word in _WEAPONS if word in said and (cls := _use(word, said)) is not None]
    if weapons:
        return joint_class(weapons)
    if "defence" in said:
        return "aerial_attack"
    if "accident" in said:
        return None
    for word, cls in (("casualty", "casualty"), ("damage", "damage"), ("detention", "detention"),
                      ("control", "control_change")):  # fmt: skip
        if word in said:
            return cls
    return None


def _use(weapon: str, said: frozenset[str]) -> str | None:
    """Return what a weapon did: drones and missiles strike only where an effect is said, else they came or were met."""
    if weapon in ("uav", "missile"):
        if said & {*_EFFECTS}:
            return "drone_strike" if weapon == "uav" else "missile_strike"
        return "aerial_attack" if said & {"attack", "defence"} else None
    return {"artillery": "explosion", "airstrike": "airstrike", "explosion": "explosion"}.get(weapon, "ground_battle")


def joint_class(classes: Iterable[str]) -> str:
    """Return the narrowest class that fits all: the narrower where one holds another, else what both lie under."""
    given = set(classes)
    narrow = sorted(c for c in given if not any(c != d and c in ancestors(d) for d in given))
    joined = narrow[0]
    for cls in narrow[1:]:
        joined = common_class(joined, cls) or joined
    return joined
