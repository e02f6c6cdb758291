"""Thresholds of the checks."""

from dataclasses import dataclass, field

__all__ = ["CheckConfig"]


@dataclass(frozen=True)
class CheckConfig:
    """When a check speaks.

    contradicted_days  opposite claims of one actor at most so far apart contradict each other
    most_skipped       how many states one step forward may pass over
    warn_days          how long before a mandate ends it is warned of
    gone               addresses of sources that are known to be gone; nothing is ever fetched
    """

    contradicted_days: int = 30
    most_skipped: int = 2
    warn_days: int = 30
    gone: frozenset[str] = field(default=frozenset())
