"""Thresholds of linking and weighing."""

from dataclasses import dataclass, field

from trucewatch.core.errors import ConfigError
from trucewatch.core.records import OWN_WITNESSES
from trucewatch.core.times import HOUR_NS

__all__ = ["Config", "Kinship"]

THERMAL, REPORT, SENSED = range(3)  # what kind of trace an event row is: heat, a dated claim, or a timed observation


@dataclass(frozen=True, slots=True)
class Kinship:
    """How far apart two traces of one happening may lie, and how often one has the other beside it.

    extent_m   standard deviation between the two traces, beside their own place uncertainty
    lag_ns     one trace may precede or follow the other by this much
    prior      chance that a trace of the first kind left one of the second that was recorded
    """

    extent_m: float
    lag_ns: int
    prior: float


def _kinships() -> dict[tuple[int, int], Kinship]:
    half_day = 12 * HOUR_NS
    return {
        (THERMAL, THERMAL): Kinship(300.0, 6 * HOUR_NS, 0.5),
        (THERMAL, REPORT): Kinship(200.0, half_day, 0.02),
        (THERMAL, SENSED): Kinship(300.0, 6 * HOUR_NS, 0.05),
        (REPORT, REPORT): Kinship(100.0, half_day, 0.2),
        (REPORT, SENSED): Kinship(300.0, half_day, 0.1),
        (SENSED, SENSED): Kinship(100.0, 120 * 10**9, 0.3),
    }


@dataclass(frozen=True)
class Config:
    """Settings of `fuse`; extent and kernel of reports beside heat were chosen on records before 15 April 2022.

    gap_days          days around an event that do not count towards its background: reports are late by days, and
                      the shifted controls (±7 days) must not find the event itself in their background
    window_days       days around an event that do
    near_m, far_m     kernel radius of the local background, and of the surroundings it is shrunk towards
    shrink_km2_day    weight of the surroundings, as exposure
    floor_per_km2_day least background rate: nowhere is a source perfectly silent
    p_same_report     that two rows of one list are of one happening where they name the same town, class and day: an
                      assumption. They cannot be told apart, and counting each would count headlines
    most_neighbours   an event is compared with at most so many others of one source, the nearest
    """

    kinships: dict[tuple[int, int], Kinship] = field(default_factory=_kinships)
    p_same_report: float = 0.8
    casualty_heat_prior: float = 0.002  # casualties were no likelier beside heat than chance in the tuning period
    gap_days: float = 9.0
    window_days: float = 20.0
    near_m: float = 500.0
    far_m: float = 15_000.0
    shrink_km2_day: float = 5.0
    floor_per_km2_day: float = 0.003
    most_neighbours: int = 256
    p_accept: float = 0.5
    p_found: float = 0.5
    max_extent_m: float = 6_000.0
    max_span_ns: int = 72 * HOUR_NS
    own_witnesses: tuple[str, ...] = OWN_WITNESSES
    uncounted_units: tuple[str, ...] = ("pixel", "report")  # say how a record was made, not what happened

    def __post_init__(self) -> None:
        """Refuse values with which nothing can be computed."""
        for name in ("near_m", "far_m", "shrink_km2_day", "floor_per_km2_day", "most_neighbours", "max_extent_m"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"found fuse.{name} = {getattr(self, name)}; needed more than 0; correct it")
        if not 0 <= self.gap_days < self.window_days:
            raise ConfigError(
                f"found fuse.gap_days = {self.gap_days} and window_days = {self.window_days}; needed 0 <= gap < "
                "window; correct them"
            )
        for name in ("p_accept", "p_found", "p_same_report", "casualty_heat_prior"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"found fuse.{name} = {getattr(self, name)}; needed 0 to 1; correct it")

    def kinship(self, a: int, b: int) -> Kinship:
        """Return the kinship of two kinds of trace, in either order."""
        return self.kinships[min(a, b), max(a, b)]
