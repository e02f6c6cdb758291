"""Understand the values of a ledger's fields: dates, actors, quantities, means and sources.

Every reader returns the value or a `Wrong`; values repeat much in a ledger, so each spelling is read once.
"""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from trucewatch.pledges.book_countries import countries
from trucewatch.pledges.nouns import COMPONENTS, Actor, ActorKind, Quantity, Said
from trucewatch.pledges.words_claims import INTERVALS

__all__ = [
    "STRING",
    "Means",
    "Wrong",
    "read_actor",
    "read_date",
    "read_means",
    "read_quantity",
    "read_said",
    "unquoted",
]

STRING = r'"(?:[^"\\]|\\.)*"'
_KEPT = 65_536  # spellings that each reader remembers
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_ACTOR = re.compile(
    rf"(?:(?P<code>[A-Za-z]{{2}})(?!\w)\s*)?(?:(?P<kind>country|body|group|unnamed)(?!\w)\s*)?"
    rf"(?P<name>{STRING})?\s*(?:count\s+(?P<count>\d{{1,4}}))?"
)
_NUMBER = r"-?\d[\d,_]*(?:\.\d+)?(?:[eE][+]?\d{1,3})?"
_QUANTITY = re.compile(
    rf"(?:(?P<low>{_NUMBER})?\s*(?P<dots>\.\.)\s*(?P<high>{_NUMBER})?|(?P<exact>{_NUMBER})(?P<more>\+)?)?\s*"
    rf"(?P<unit>[^\W\d][\w/%²³-]*)?\s*(?P<words>{STRING})?"
)
_SAID = re.compile(
    rf"(?P<official>official\b\s*)?(?P<by>{STRING}(?:\s+via\s+{STRING})*)?\s*(?:in\s+(?P<publisher>{STRING}))?\s*"
    r"(?:on\s+(?P<on>\S+))?\s*(?:at\s+(?P<url>\S+))?\s*(?:quote\s+sha256:(?P<quote>[0-9a-f]{64}))?"
)
_ESCAPED = re.compile(r"\\(.)")
_QUOTED = re.compile(STRING)
_MEANS = re.compile(rf"(?P<component>\w+)\s*(?P<capability>{STRING})?")
_MONEY = frozenset({"EUR", "USD", "GBP", "UAH", "CHF", "NOK", "SEK", "DKK", "CAD", "JPY", "PLN"})
_MOST_PERSONS, _MOST_MONEY = Decimal(10) ** 7, Decimal(10) ** 14


class Wrong(NamedTuple):
    """What is wrong with a value: as found, what was needed, what to do."""

    found: str
    needed: str
    fix: str


class Means(NamedTuple):
    """By what means: a component, and the capability in the source's words."""

    component: str
    capability: str | None


def unquoted(text: str) -> str:
    """Return the words inside quotes, or the bare words."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        inside = text[1:-1]
        return _ESCAPED.sub(r"\1", inside) if "\\" in inside else inside
    return text


@lru_cache(_KEPT)
def read_date(text: str) -> date | Wrong:
    """Return a day written as 2025-08-19."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else _wrong_date(text)
    except ValueError:
        return _wrong_date(text)


def _wrong_date(text: str) -> Wrong:
    return Wrong(f"the date {_short(text)}", "a day such as 2025-08-19", "write year-month-day")


@lru_cache(_KEPT)
def read_actor(text: str) -> Actor | Wrong:
    """Return who it is: `GB`, `GB "United Kingdom"`, `DE body "Bundestag"`, `group "some 30 countries" count 30`."""
    m = _ACTOR.fullmatch(text)
    if m is None or not (m["code"] or m["name"]):
        needed = "a country's code, or country, body, group or unnamed with a name in quotes"
        return Wrong(f"the actor {_short(text)}", needed, 'write for example GB "United Kingdom"')
    code = m["code"].upper() if m["code"] else None
    if code and code not in countries():
        fix = 'correct it, or write country "name" for one without a code'
        return Wrong(f"the country {code}", "a code of ISO 3166-1 alpha-2", fix)
    name = unquoted(m["name"]) if m["name"] else countries()[code or ""].name
    kind = ActorKind(m["kind"]) if m["kind"] else (ActorKind.COUNTRY if code else ActorKind.UNNAMED)
    return Actor(code, name, kind, int(m["count"]) if m["count"] else None)


@lru_cache(_KEPT)
def read_quantity(text: str) -> Quantity | Wrong:
    """Return how much: `3000 troops`, `3000..5000 troops`, `3000+ troops`, `"several thousand" troops`."""
    m = _QUANTITY.fullmatch(_words_last(text))
    if m is None or not (m["words"] or m["exact"] or m["low"] or m["high"]):
        needed = 'a number or a range with its unit, as in 3000..5000 troops or "several thousand" troops'
        return Wrong(f"the quantity {_short(text)}", needed, "correct it; until then the quantity is unknown")
    words = unquoted(m["words"]) if m["words"] else None
    low, high = _ends(m)
    if low is None and high is None and m["dots"] is None and words is not None:
        low, high = _interval(words)
    return _checked(text, low, high, m["unit"] or "", words)


def _words_last(text: str) -> str:
    """Move words from before the unit behind it."""
    m = re.fullmatch(rf"({STRING})\s+([^\"]+)", text)
    return f"{m[2]} {m[1]}" if m else text


def _ends(m: re.Match[str]) -> tuple[Decimal | None, Decimal | None]:
    if m["exact"]:
        exact = _decimal(m["exact"])
        return exact, None if m["more"] else exact
    return (_decimal(m["low"]) if m["low"] else None), (_decimal(m["high"]) if m["high"] else None)


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("_", ""))


def _interval(words: str) -> tuple[Decimal | None, Decimal | None]:
    """Return what the rule makes of words; open on both sides where there is no rule."""
    for pattern, low, high in INTERVALS:
        if re.search(rf"\b{pattern}\b", words, re.I):
            return Decimal(low), Decimal(high)
    return None, None


def _checked(text: str, low: Decimal | None, high: Decimal | None, unit: str, words: str | None) -> Quantity | Wrong:
    fix = "correct it; until then the quantity is unknown"
    if not unit:
        return Wrong(f"the quantity {_short(text)} without a unit", "a unit, such as troops, ships or EUR", fix)
    most = _MOST_MONEY if unit.upper() in _MONEY else _MOST_PERSONS
    ends = [x for x in (low, high) if x is not None]
    if any(x < 0 or x > most for x in ends):
        return Wrong(f"the quantity {_short(text)}", f"0 to {most:,f} {unit}", fix)
    if len(ends) == 2 and ends[0] > ends[1]:
        return Wrong(f"the quantity {_short(text)}", "the smaller number first", fix)
    return Quantity(low, high, unit, words)


@lru_cache(_KEPT)
def read_means(text: str) -> Means | Wrong:
    """Return component and capability: `land "engineers"`."""
    m = _MEANS.fullmatch(text)
    if m is None or m["component"] not in COMPONENTS:
        found = f"the component {_short(m['component'] if m else text)}"
        return Wrong(found, f"one of {', '.join(COMPONENTS)}", 'write for example land "engineers"')
    return Means(m["component"], unquoted(m["capability"]) if m["capability"] else None)


@lru_cache(_KEPT)
def read_said(text: str) -> Said | Wrong:
    """Return who says so: `"Speaker" via "Agency" in "Publisher" on 2025-08-19 at https://… quote sha256:…`."""
    m = _SAID.fullmatch(text)
    if m is None or not text:
        needed = '[official] "speaker" via "who cites" in "publisher" on date at address quote sha256:digest'
        return Wrong(f"the source {_short(text)}", needed, "keep this order; every part may be left out")
    on = read_date(m["on"]) if m["on"] else None
    if isinstance(on, Wrong):
        return on
    by = tuple(unquoted(q) for q in _QUOTED.findall(m["by"])) if m["by"] else ()
    publisher = unquoted(m["publisher"]) if m["publisher"] else None
    return Said(by, publisher, on, m["url"], m["quote"], m["official"] is not None)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}…")
