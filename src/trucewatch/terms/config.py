"""Thresholds of the room."""

from dataclasses import dataclass

from trucewatch.core.errors import ConfigError

__all__ = ["Config"]


@dataclass(frozen=True, slots=True)
class Config:
    """When a probability becomes a word.

    p_breach          a breach is proposed from this probability on
    p_clear           at or below this probability the clause is not engaged
    min_seen          fraction of area × time that must have been seen before quiet counts as no breach
    place_points      points into which each place is cut; the step of its mass is 1/place_points
    keep_unconcerned  also give a verdict for incidents that surely lie outside a clause (they are only counted else)
    """

    p_breach: float = 0.8
    p_clear: float = 0.05
    min_seen: float = 0.8
    place_points: int = 64
    keep_unconcerned: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.p_clear < self.p_breach <= 1:
            raise ConfigError(
                f"found p_clear {self.p_clear} and p_breach {self.p_breach}; needed 0 <= p_clear < p_breach <= 1; "
                "change the settings of terms"
            )
        if not 0 < self.min_seen <= 1 or self.place_points < 1:
            raise ConfigError(
                f"found min_seen {self.min_seen} and place_points {self.place_points}; needed 0 < min_seen <= 1 "
                "and at least one point; change the settings of terms"
            )
