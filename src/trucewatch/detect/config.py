"""Thresholds of the detectors."""

from dataclasses import dataclass

from trucewatch.core.errors import ConfigError

__all__ = ["Chance", "Config", "Smoothing"]


@dataclass(frozen=True, slots=True)
class Smoothing:
    """One level of smoothing: standard deviations in space and in the day of year."""

    space_km: float
    season_days: float


@dataclass(frozen=True, slots=True)
class Chance:
    """How many companions a peacetime detection has, when `expected` ones come by chance.

    mean = alone + per_expected · expected; variance = spread · mean (negative binomial)
    stray   share of peacetime detections whose number of companions follows no such rule
    """

    alone: float
    per_expected: float
    spread: float
    stray: float


# Measured on 2012–2021 over Ukraine (docs/detect.md); they stand in where the history is too short to tell.
_OTHER_DAYS = Chance(alone=1.5, per_expected=0.45, spread=2.5, stray=0.01)
_SAME_DAY = Chance(alone=6.0, per_expected=9.0, spread=20.0, stray=0.05)


@dataclass(frozen=True, slots=True)
class Config:
    """Thresholds of the thermal detector and the probabilities given to reports.

    Peacetime rate
      cell_km                side of a cell of the rate grid
      periods                parts of the year
      smoothing              levels from coarse to fine; each shrinks towards the one before
      shape                  pseudo-detections with which a level trusts the one before (Gamma–Poisson)
      covered_gap_days       a gap in the whole history longer than this is no exposure
      covered_reach_cells    a cell farther than this from every detection is no exposure
    Persistent sources
      site_m                 side of the small places that are tested
      site_days_share        least share of the covered days on which it burnt
      site_years_share       least share of the covered years in which it burnt
      site_months            least number of different months of the year in which it burnt
      site_over_surroundings least ratio of its days to those of the average place within about 15 km
      site_min_days          least number of covered days from which a source may be called persistent
      brief_site_*           the same three, stricter in days, where less than a year of data stands in for a history
    Score
      window_m, window_days  companions are looked for within this radius and so many days before and after
      anomaly_per_km2_day    rate of anomalies before anything is known (prior)
      other_days, same_day   numbers of companions in peacetime, where the history cannot tell
      chance_rows            pseudo-rows with which these two weigh against the history
      sample_rows            history rows on which the two are fitted
    Reports (an assumption, not a measurement; docs/detect.md)
      p_of_credibility       probability of an item from a fully reliable source, by credibility 1 to 6
      weight_of_reliability  how far that probability moves away from one half, by reliability A to F
    """

    cell_km: float = 11.0
    periods: int = 36
    smoothing: tuple[Smoothing, ...] = (Smoothing(130.0, 20.0), Smoothing(45.0, 15.0), Smoothing(13.0, 10.0))
    shape: float = 3.0
    covered_gap_days: int = 45
    covered_reach_cells: int = 3
    site_m: float = 556.0
    site_days_share: float = 0.008
    site_years_share: float = 0.7
    site_months: int = 8
    site_over_surroundings: float = 4.0
    site_min_days: int = 365
    brief_site_days_share: float = 0.06
    brief_site_months: int = 5
    brief_site_min_days: int = 100
    window_m: float = 5000.0
    window_days: int = 10
    anomaly_per_km2_day: float = 3e-5
    other_days: Chance = _OTHER_DAYS
    same_day: Chance = _SAME_DAY
    chance_rows: float = 50.0
    sample_rows: int = 50_000
    p_of_credibility: tuple[float, ...] = (0.98, 0.90, 0.75, 0.35, 0.10, 0.50)
    weight_of_reliability: tuple[float, ...] = (1.0, 0.9, 0.75, 0.5, 0.25, 0.5)

    def __post_init__(self) -> None:
        """Refuse values with which nothing can be computed."""
        sizes = ("cell_km", "periods", "shape", "site_m", "window_m", "window_days", "anomaly_per_km2_day")
        for name in sizes:
            if not getattr(self, name) > 0:
                raise ConfigError(f"found detect.{name} = {getattr(self, name)}; needed more than 0; correct it")
        if not self.smoothing:
            raise ConfigError("found no detect.smoothing; needed at least one level; name one")
        if (len(self.p_of_credibility), len(self.weight_of_reliability)) != (6, 6):
            raise ConfigError(
                "found other than six values for credibility or reliability; needed 1–6 and A–F; add them"
            )
