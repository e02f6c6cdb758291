"""What a reader of an agreement should know of it beyond its mistakes: one sentence at a line of a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trucewatch.core.yaml_files import Path, Source, read_json, read_yaml
from trucewatch.terms.load import TERMS_FILE, ZONES_FILE

__all__ = ["Lines", "Remark", "Severity"]


class Severity(StrEnum):
    """How much a remark matters; with a contradiction the agreement fails its check."""

    CONTRADICTION = "contradiction"
    UNREACHABLE = "unreachable"
    UNCOVERED = "uncovered"


_ORDER = {s: i for i, s in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Remark:
    """Clauses that contradict each other, that can never engage, or that leave something open.

    found  what the clauses say together
    fix    what its drafters may do
    """

    file: str
    line: int
    severity: Severity
    found: str
    fix: str

    @property
    def place_in_list(self) -> tuple[int, str, int, str]:
        """Contradictions first, then by file and line."""
        return _ORDER[self.severity], self.file, self.line, self.found

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.found}; {self.fix}"


@dataclass(frozen=True)
class Lines:
    """Where clauses and zones stand in an agreement's files; line 1 where the files are not at hand."""

    terms: Source | None = None
    zones: Source | None = None

    @classmethod
    def of(cls, files: Mapping[str, str]) -> "Lines":
        """Return the lines of an agreement's files."""
        terms = read_yaml(TERMS_FILE, files[TERMS_FILE])[0] if TERMS_FILE in files else None
        return cls(terms, read_json(ZONES_FILE, files[ZONES_FILE])[0] if ZONES_FILE in files else None)

    def clause(self, clause_id: str, *path: str | int) -> tuple[str, int]:
        """Return file and line of a clause, or of something in it; clauses made from a list are at its pattern."""
        listed = self._listed("provisions")
        at: Path = ("provisions", listed.index(clause_id), *path) if clause_id in listed else ("corridors",)
        return TERMS_FILE, 1 if self.terms is None else self.terms.line(at)

    def entry(self, key: str, which: str) -> tuple[str, int]:
        """Return file and line of a party or a phase, or of the key where it would stand."""
        listed = self._listed(key)
        at: Path = (key, listed.index(which)) if which in listed else (key,)
        return TERMS_FILE, 1 if self.terms is None else self.terms.line(at)

    def zone(self, zone_id: str) -> tuple[str, int]:
        """Return file and line of a zone."""
        if zone_id in self._listed("zones") or self.zones is None:
            return self.entry("zones", zone_id)
        features = self.zones.value["features"]
        which = next((i for i, f in enumerate(features) if f["properties"]["id"] == zone_id), 0)
        return ZONES_FILE, self.zones.line(("features", which, "properties", "id"))

    def _listed(self, key: str) -> list[Any]:
        entries = (self.terms.value.get(key) if self.terms is not None else None) or []
        return [e["id"] for e in entries if isinstance(e, dict)]
