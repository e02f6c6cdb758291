"""Thresholds of the room."""

from dataclasses import dataclass

from trucewatch.core.errors import ConfigError

__all__ = ["Config"]


@dataclass(frozen=True, slots=True)
class Config:
    """When a probability becomes a word.

    p_breach            a breach is proposed from this probability on
    p_clear             at or below this probability the clause is not engaged
    min_seen            fraction of area × time that must have been seen before quiet counts as no breach
    place_points        points into which each place is cut; the step of its mass is 1/place_points
    allegation_lag_s    how far the time of an allegation may be off the time of what it is about
    allegation_reach_m  how far its place may be off
    min_match           an incident counts as what was alleged from this probability on
    least_seen          where no more than this fraction could have been seen, an allegation lies outside coverage
    least_overlap_m2    clauses whose places share less than this do not meet
    most_beyond_ends    a larger share of a security zone beyond the ends of a baseline is remarked on
    keep_unconcerned    also give a verdict for incidents that surely lie outside a clause (they are only counted else)
    """

    p_breach: float = 0.8
    p_clear: float = 0.05
    min_seen: float = 0.8
    place_points: int = 64
    allegation_lag_s: float = 1800.0
    allegation_reach_m: float = 2000.0
    min_match: float = 0.5
    least_seen: float = 0.05
    least_overlap_m2: float = 10_000.0
    most_beyond_ends: float = 0.2
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
        if not 0 <= self.least_seen <= 1 or not 0 < self.min_match <= 1:
            raise ConfigError(
                f"found least_seen {self.least_seen} and min_match {self.min_match}; needed 0 <= least_seen <= 1 "
                "and 0 < min_match <= 1; change the settings of terms"
            )
        if not (self.allegation_lag_s >= 0 and self.allegation_reach_m >= 0):
            raise ConfigError(
                f"found allegation_lag_s {self.allegation_lag_s} and allegation_reach_m {self.allegation_reach_m}; "
                "needed 0 or more; change the settings of terms"
            )
