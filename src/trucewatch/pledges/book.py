"""The book: every directive as written, the claims that follow from them, and what is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from trucewatch.core.digest import sha256_hex
from trucewatch.core.problem import Problem
from trucewatch.pledges.gaps_standing import Span, spans
from trucewatch.pledges.nouns import Claim

__all__ = ["Book", "Directive", "Kind"]


class Kind(StrEnum):
    """What a directive does."""

    CLAIM = "claim"
    STATE = "state"
    LEGAL = "legal"
    REQUIREMENT = "requirement"
    ASSERT = "assert"
    DEPLOY = "deploy"
    ROTATE = "rotate"
    DELIVER = "deliver"
    WITHDRAW = "withdraw"
    CORRECT = "correct"


@dataclass(frozen=True, slots=True)
class Directive:
    """One dated entry of the ledger.

    name    the id that it gives (claim, requirement, legal, assert) or speaks of (all others)
    values  its fields, understood; a field that could not be is absent
    text    as written, without comments
    """

    kind: Kind
    on: date
    name: str
    file: str
    line: int
    text: str
    values: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the text."""
        return sha256_hex(self.text.encode("utf-8", "surrogatepass"))

    def problem(self, found: str, needed: str, fix: str) -> Problem:
        """Return a problem at this directive."""
        return Problem(self.file, self.line, found, needed, fix)


@dataclass(frozen=True)
class Book:
    """A ledger as loaded.

    claims     every version of every claim, by date; the first has the claim's id, later ones that with @2, @3
    origin     the directive behind each version, by the version's id
    followed   by version: the versions and claims that supersede it, the earliest first
    """

    today: date
    directives: tuple[Directive, ...]
    claims: tuple[Claim, ...]
    origin: Mapping[str, Directive]
    followed: Mapping[str, tuple[Claim, ...]]
    problems: tuple[Problem, ...]

    def of(self, *kinds: Kind) -> list[Directive]:
        """Return the directives of some kinds, in the order of their dates."""
        return [d for d in self.directives if d.kind in kinds]

    def standing(self, on: date | None = None) -> list[Claim]:
        """Return the claims that no later one has superseded on a day, today where none is given."""
        return list(self._today) if on is None or on == self.today else self._standing(on)

    @cached_property
    def spans(self) -> list[Span]:
        """When each offer stands, by the rules of the gap table."""
        return spans(self.claims)

    @cached_property
    def _today(self) -> tuple[Claim, ...]:
        return tuple(self._standing(self.today))

    def _standing(self, day: date) -> list[Claim]:
        return [c for c in self.claims if c.on <= day and not self.is_followed(c.claim_id, day)]

    def is_followed(self, claim_id: str, on: date) -> bool:
        """Tell whether a version was superseded by a day."""
        return any(c.on <= on for c in self.followed.get(claim_id, ()))
