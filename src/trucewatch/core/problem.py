"""What is wrong in a file that people write: which file, which line, what was found, what was needed, what to do."""

from collections.abc import Iterable
from dataclasses import dataclass

from trucewatch.core.errors import AgreementError, CommandError

__all__ = ["Problem", "refusal"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend, at a 1-based line of a file."""

    file: str
    line: int
    found: str
    needed: str
    fix: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: found {self.found}; needed {self.needed}; {self.fix}"


def refusal(
    name: str, problems: Iterable[Problem], kind: type[CommandError] = AgreementError, what: str = "agreement"
) -> CommandError:
    """Return one error that lists every problem, one a line."""
    listed = sorted(set(problems))
    things = "one thing" if len(listed) == 1 else f"{len(listed)} things"
    lines = "\n".join(f"  {p}" for p in listed)
    return kind(f"{what} {name} cannot be used; mend {things}:\n{lines}")
