"""When and where of an allegation in one line of text."""

import re
from dataclasses import dataclass

from trucewatch.core.position import Position, Unresolved, parse_position
from trucewatch.sense.books import place_said

__all__ = ["When", "place_in", "when_in"]

_ISO = r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})"
_DAY_FIRST = r"(?P<day>\d{1,2})[./](?P<month>\d{2})(?:[./](?P<year>\d{4}|\d{2})(?!\d))?"
_DATE = re.compile(
    rf"(?<![\d.,:/-])(?:{_ISO}|{_DAY_FIRST})(?![\d/:]|\s*(?:km|км|mm|мм|m|м|°|%)\b|[.,]\d)", re.IGNORECASE
)
_CLOCK = r"(\d{1,2}:\d{2})(?::\d{2})?"
_TIME = re.compile(
    rf"(?:\b(?:from|between|at|about|о|об|в|з|із|с|від|около|близько|приблизно)\s+)?(?<![\d:]){_CLOCK}"
    rf"(?:\s*(?:-|–|—|to|and|until|till|до|по|та|і|и)\s*{_CLOCK})?(?!\d)",
    re.IGNORECASE,
)
_LISTED = re.compile(r"^\s*(?:[-•*–—]\s+|№?\s*\d{1,5}\s*[.)]\s+)")
_DEGREES = re.compile(
    r"(?<![\d.])-?\d{1,2}\.\d{2,}\s*°?\s*[NS]?\s*[,;\s]\s*-?\d{1,3}\.\d{2,}\s*°?\s*[EW]?(?![\d.])", re.IGNORECASE
)
_GRID = re.compile(r"(?<![\w.])\d{1,2}\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z][A-HJ-NP-V]\s?(?:\d{1,5}\s\d{1,5}|\d{2,10})(?!\d)")
_AWAY = re.compile(
    r"\d[\d.,]*(?:\s*[-–—]\s*\d[\d.,]*)?\s*(?:km|kilomet(?:re|er)s?|m|met(?:re|er)s?)\b.*\b(?:of|from)\s+.+"
)
_AT = re.compile(r"\b(?:at|in|near|on|over|towards|against|into)\s+(?:the\s+)?(?P<place>.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class When:
    """Date and clock times as words of a row, and the text without them.

    date  ISO 8601; None where none is said, or no year
    """

    date: str | None
    first: str | None
    last: str | None
    rest: str
    without_year: str | None = None


def when_in(line: str, year: str | None = None, day: str | None = None) -> When:
    """Return the date and times of a line; `year` and `day` (ISO) are those that hold where the line says none."""
    text = _LISTED.sub("", line)
    dated = _DATE.search(text)
    date, unsaid = _date(dated, year) if dated else (day, None)
    if dated and (date or unsaid):
        text = f"{text[: dated.start()]} , {text[dated.end() :]}"
    clock = _TIME.search(text)
    if clock:
        text = f"{text[: clock.start()]} , {text[clock.end() :]}"
    first, last = (clock[1], clock[2]) if clock else (None, None)
    return When(date, first, last, text, unsaid)


def _date(found: re.Match[str], year: str | None) -> tuple[str | None, str | None]:
    """Return the date in ISO 8601, or the words of one whose year nobody says."""
    if found["y"]:
        return f"{found['y']}-{found['m']}-{found['d']}", None
    if not 1 <= int(found["month"]) <= 12 or not 1 <= int(found["day"]) <= 31:
        return None, None
    said = found["year"] or year
    if said is None:
        return None, found[0]
    return f"{said if len(said) == 4 else f'20{said}'}-{found['month']}-{int(found['day']):02d}", None


def place_in(rest: str) -> Position | Unresolved | None:
    """Return the place that the words of a line give; None where nothing in them could be one.

    Degrees and grid references come first, then the parts between commas, then the whole as a text that names places.
    """
    for pattern in (_DEGREES, _GRID):
        found = pattern.search(rest)
        if found:
            return parse_position(found[0].strip())
    parts = [p.strip() for p in re.split(r"[,;]|\.\s|\.$", rest) if p.strip(" -–—")]
    for i, part in enumerate(parts):
        region = f", {parts[i + 1]}" if i + 1 < len(parts) else None
        for phrase in _phrases(part):
            for said in (phrase + region, phrase) if region else (phrase,):
                place = parse_position(said)
                if isinstance(place, Position):
                    return place
    words = ", ".join(parts)
    return place_said(words) if words else None


def _phrases(part: str) -> list[str]:
    """Return what of a part may be a place: after a distance, after a word of place, the whole."""
    away, at = _AWAY.search(part), _AT.search(part)
    return [*([away[0]] if away else []), *([at["place"]] if at else []), part]
