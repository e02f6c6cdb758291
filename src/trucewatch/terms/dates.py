"""Dates of an agreement: a day in the agreement's zone, or an instant that says its offset."""

import re
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from trucewatch.core.problem import Problem
from trucewatch.core.times import day_interval_ns, parse_instant
from trucewatch.core.yaml_files import Path, Source

__all__ = ["Calendar", "known_zone"]

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def known_zone(name: str) -> bool:
    """Return whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Calendar:
    """Reads dates in one time zone."""

    zone: str

    def instant_ns(self, text: str) -> int:
        """Return ns UTC of an instant with offset, or of the start of a day in the zone; ValueError else."""
        if _DAY.fullmatch(text):
            return day_interval_ns(date.fromisoformat(text), self.zone)[0]
        return parse_instant(text)

    def wrong(self, text: str) -> tuple[str, str, str] | None:
        """Return what was found, what was needed and what to do where a text is no time; None where it is one."""
        try:
            self.instant_ns(text)
        except ValueError:
            needed = f"a day such as 2026-01-01 (in {self.zone}) or an instant with its zone, 2026-01-01T18:00:00+02:00"
            return f"the time {text!r}", needed, "write its offset from UTC, or the day"
        return None

    def read(self, source: Source, path: Path, text: str | None) -> tuple[int | None, list[Problem]]:
        """Return ns UTC, None where there is no text, and the problem where it cannot be read."""
        if text is None:
            return None, []
        wrong = self.wrong(text)
        return (self.instant_ns(text), []) if wrong is None else (None, [source.problem(path, *wrong)])

    def interval(
        self, source: Source, path: Path, start: str | None, end: str | None, names: tuple[str, str]
    ) -> tuple[int | None, int | None, list[Problem]]:
        """Return start and end in ns UTC, None where open, and what is wrong with them."""
        start_ns, problems = self.read(source, (*path, names[0]), start)
        end_ns, more = self.read(source, (*path, names[1]), end)
        problems = problems + more
        if start_ns is not None and end_ns is not None and end_ns <= start_ns:
            found = f"{names[1]} {end} not after {names[0]} {start}"
            problems.append(source.problem((*path, names[1]), found, "an end after the start", "correct one of them"))
        return start_ns, end_ns, problems
