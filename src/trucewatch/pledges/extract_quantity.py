"""How much: numbers, ranges and words such as "several thousand" that stand before what is counted."""

import re
from dataclasses import dataclass
from decimal import Decimal

from trucewatch.pledges.nouns import Quantity
from trucewatch.pledges.words_claims import INTERVALS, NUMBERS, UNITS

__all__ = ["Amount", "amounts"]

_DIGITS = r"\d{1,3}(?:[,\u202f\u00a0]\d{3})+(?:\.\d+)?|\d{1,12}(?:\.\d{1,4})?"
_WORDS = "|".join(sorted((w for w in NUMBERS if len(w) > 2), key=len, reverse=True))
_NUMBER = rf"(?:(?:{_DIGITS})|(?:{_WORDS})\b)(?:[ -](?:{_WORDS}|bn|m)\b){{0,3}}"
_BOUND = (
    r"(?P<bound>up to|at most|fewer than|less than|no more than|under|at least|more than|over|no fewer than|"
    r"no less than|a minimum of|above|exceeding)"
)
_BETWEEN = {
    w: k
    for k, ws in {"high": ("up to", "at most", "fewer than", "less than", "no more than", "under")}.items()
    for w in ws
}
_UNIT = rf"(?:[- ](?:[\w-]+ ){{0,3}}?(?P<unit>{UNITS})\b)"
_VAGUE = "|".join(rf"(?:{words})" for words, _, _ in INTERVALS)
_AMOUNT = re.compile(
    rf"(?:{_BOUND}\s+)?(?:(?P<currency>[€$£])\s?)?(?:between\s+)?"
    rf"(?:(?P<vague>\b(?:{_VAGUE})\b)|(?P<low>\b(?:{_NUMBER}))(?:\s*(?:-|–|—|to|and|or)\s*(?P<high>{_NUMBER}))?)"
    rf"(?:\s+of)?(?:{_UNIT})?",
    re.I,
)
_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP"}
_MONEY = {"euros": "EUR", "dollars": "USD", "pounds": "GBP", "kroner": "kroner", "kronor": "kronor"}
_SCALES = ("billion", "million", "bn")


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity and where it stands."""

    start: int
    end: int
    quantity: Quantity

    @property
    def money(self) -> bool:
        """Tell whether this counts money."""
        return self.quantity.unit in (*_CURRENCIES.values(), *_MONEY.values())


def amounts(text: str) -> list[Amount]:
    """Return what is counted in a text; a bare number without a unit or a currency counts nothing."""
    found = (_amount(m) for m in _AMOUNT.finditer(text) if m.group("unit") or m.group("currency"))
    return [a for a in found if a is not None]


def _amount(match: re.Match[str]) -> Amount | None:
    quantity = _vague(match) if match.group("vague") else _exact(match)
    return Amount(match.start(), match.end(), quantity) if quantity else None


def _vague(match: re.Match[str]) -> Quantity:
    words = match.group("vague")
    low, high = next((lo, hi) for pattern, lo, hi in INTERVALS if re.fullmatch(pattern, words, re.I))
    return Quantity(Decimal(low), Decimal(high), _unit(match), " ".join(match.group().split()))


def _exact(match: re.Match[str]) -> Quantity | None:
    low, high = number(match.group("low")), number(match.group("high") or match.group("low"))
    scale = (match.group("unit") or "").lower()
    if low is None or high is None:
        return None
    if scale in _SCALES:
        low, high = low * NUMBERS[scale], high * NUMBERS[scale]
    elif low < 1000 <= high and high % 1000 == 0 and low * 1000 <= high and "thousand" in (match.group("high") or ""):
        low = low * 1000  # "10 to 15 thousand"
    bound = (match.group("bound") or "").lower()
    if bound:
        return Quantity(
            None if bound in _BETWEEN else low,
            high if bound in _BETWEEN else None,
            _unit(match),
            " ".join(match.group().split()),
        )
    return Quantity(min(low, high), max(low, high), _unit(match))


def _unit(match: re.Match[str]) -> str:
    word = (match.group("unit") or "").lower()
    if match.group("currency"):
        return _CURRENCIES[match.group("currency")]
    return (
        "troops"
        if word in ("strong", "men", "soldiers", "servicemen", "personnel", "force", "forces")
        else _MONEY.get(word, word)
    )


def number(words: str) -> Decimal | None:
    """Return the number that these words or digits say ("30,000", "four", "2.5 billion"), None where they say none."""
    total, seen = Decimal(1), False
    for part in re.findall(rf"{_DIGITS}|[a-z]+", words.lower()):
        value = Decimal(re.sub(r"[,\u202f\u00a0]", "", part)) if part[0].isdigit() else _word(part)
        if value is None:
            return None
        total, seen = total * value, True
    return total if seen else None


def _word(part: str) -> Decimal | None:
    value = NUMBERS.get(part)
    return None if value is None else Decimal(value)
