"""Times, places, persons and probabilities in words."""

import re

from trucewatch.core.records import Casualties, Incident, PlaceRecord
from trucewatch.core.times import day_interval_ns, to_datetime
from trucewatch.report.catalogue import Catalogue
from trucewatch.report.records import Range

__all__ = ["at", "change", "clean", "harm", "offset", "persons_text", "probability", "radius", "what", "when", "within"]

# Control characters break pages; the marks of writing direction let a text pretend to be another one.
_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean(text: str) -> str:
    """Return a source's words without characters that could disturb the page or deceive its reader."""
    return _UNSAFE.sub("", text)


def at(t_ns: int, zone: str, catalogue: Catalogue) -> str:
    """Return a moment in the agreement's zone with UTC beside it."""
    local, utc = to_datetime(t_ns, zone), to_datetime(t_ns)
    if local.utcoffset() == utc.utcoffset():
        return f"{utc:%Y-%m-%d %H:%M} UTC"
    near = f"{utc:%H:%M}" if local.date() == utc.date() else f"{utc:%Y-%m-%d %H:%M}"
    return catalogue.text("time.both", local=f"{local:%Y-%m-%d %H:%M}", utc=near)


def offset(t_ns: int, zone: str) -> str:
    """Return the zone's distance from UTC at a moment, such as UTC+3."""
    moved = to_datetime(t_ns, zone).utcoffset()
    minutes = int(moved.total_seconds()) // 60 if moved is not None else 0
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02d}' if rest else ''}"


def when(t_start_ns: int, t_end_ns: int, zone: str, catalogue: Catalogue) -> str:
    """Return an interval in the agreement's zone with UTC beside it; whole civil days are said as days."""
    first, last = to_datetime(t_start_ns, zone), to_datetime(max(t_start_ns, t_end_ns - 1), zone)
    whole = day_interval_ns(first.date(), zone)[0] == t_start_ns and day_interval_ns(last.date(), zone)[1] == t_end_ns
    if whole and first.date() == last.date():
        return catalogue.text("time.day", day=f"{first:%Y-%m-%d}")
    if whole:
        return catalogue.text("time.days", first=f"{first:%Y-%m-%d}", last=f"{last:%Y-%m-%d}")
    local, utc = _span(t_start_ns, t_end_ns, zone, catalogue), _span(t_start_ns, t_end_ns, "UTC", catalogue)
    if offset(t_start_ns, zone) == offset(t_start_ns, "UTC"):
        return f"{utc} UTC"
    day, _, hours = utc.partition(" ")
    return catalogue.text("time.both", local=local, utc=hours if local.startswith(day) else utc)


def _span(t_start_ns: int, t_end_ns: int, zone: str, catalogue: Catalogue) -> str:
    start, end = to_datetime(t_start_ns, zone), to_datetime(t_end_ns, zone)
    if f"{start:%Y-%m-%d %H:%M}" == f"{end:%Y-%m-%d %H:%M}":
        return f"{start:%Y-%m-%d %H:%M}"
    if start.date() == end.date():
        return catalogue.text("time.span", start=f"{start:%Y-%m-%d %H:%M}", end=f"{end:%H:%M}")
    return catalogue.text("time.to", start=f"{start:%Y-%m-%d %H:%M}", end=f"{end:%Y-%m-%d %H:%M}")


def radius(place: PlaceRecord, catalogue: Catalogue) -> str | None:
    """Return how far around its middle a place reaches; None where it is not known."""
    return None if place.radius90_m is None else within(place.radius90_m, catalogue)


def within(radius_m: float, catalogue: Catalogue) -> str:
    """Return a radius in metres or kilometres, no finer than it is meant."""
    if radius_m < 1000:
        return catalogue.text("place.radius.m", m=catalogue.number(max(10, round(radius_m, -1))))
    return catalogue.text("place.radius", km=catalogue.number(radius_m / 1000, 1))


def probability(p: float, catalogue: Catalogue) -> str:
    """Return a probability in per cent with its word, where the table has one."""
    word = catalogue.likelihood(p)
    percent = catalogue.percent(p)
    return percent if word is None else catalogue.text("p", percent=percent, word=word)


def what(incident: Incident, catalogue: Catalogue) -> str:
    """Return class, count and weapon of an incident."""
    cls, unit = catalogue.word("class", incident.cls), catalogue.word("unit", incident.count_unit)
    parts = [cls]
    if incident.count is not None and incident.count_unit:
        n = catalogue.number(incident.count)
        same = catalogue.text("incidents.count.same", cls=cls, n=n)
        parts = [same] if unit == cls else [cls, catalogue.text("incidents.count", n=n, unit=unit)]
    if incident.weapon:
        parts.append(clean(incident.weapon))
    return catalogue.join(parts)


def harm(casualties: Casualties, catalogue: Catalogue) -> str:
    """Return killed and injured of one incident."""
    killed = _bounds(casualties.killed_low, casualties.killed_high, catalogue)
    injured = _bounds(casualties.injured_low, casualties.injured_high, catalogue)
    if killed == injured == catalogue.text("not_stated"):
        return killed
    return f"{killed} / {injured}"


def persons_text(persons: Range, catalogue: Catalogue) -> str:
    """Return a sum of persons; nothing stated is no zero."""
    if not persons.stated:
        return catalogue.text("not_stated")
    return _bounds(persons.low, persons.high, catalogue)


def _bounds(low: int | None, high: int | None, catalogue: Catalogue) -> str:
    if low is None and high is None:
        return catalogue.text("not_stated")
    if high is None:
        return catalogue.text("range.open", low=catalogue.number(low or 0))
    if low is None:
        return catalogue.text("range.up_to", high=catalogue.number(high))
    if low == high:
        return catalogue.number(low)
    return catalogue.text("range", low=catalogue.number(low), high=catalogue.number(high))


def change(now: float, before: float | None, catalogue: Catalogue) -> str:
    """Return the difference to the period before with its sign."""
    if before is None:
        return catalogue.text("dash")
    return f"{'+' if now > before else '−' if now < before else '±'}{catalogue.number(abs(now - before))}"
