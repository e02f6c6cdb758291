"""What each class of sound is expected to be like: the tables behind the class probabilities.

The figures are assumptions where no source is named; they are wide on purpose, and `unknown` is wider still.
"""

from dataclasses import dataclass

import numpy as np

from trucewatch.core.errors import ConfigError

__all__ = ["NAMES", "ClassConfig"]

NAMES = ("shot", "explosion", "large_blast", "flyover", "thunder", "quarry_blast", "unknown")
_Row = tuple[float, float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class ClassConfig:
    """Likelihoods by class, in the order of `NAMES`; no table knows of parties or sides.

    prior              before anything but a time and a place is known; what is left to `unknown` stays high
    Loudness, as the range at which half of the nodes hear it
      carries_km       middle by class. Thunder is seldom heard beyond 25 km (Fleagle 1949, JASA 21, p. 411)
      carries_spread, unknown_spread   spread of its logarithm, by all classes and by unknown
      width_m, heard_at_most           how the share of nodes that hear it falls with range
      pattern_weight   what who heard it counts, of full weight: wind bends ranges together
      decay_db         loss for every tenfold range (R to the power -1.1, ANSI S2.20-1983, far field)
      path_db, event_db                scatter of one path, and what all paths of one event have in common
      just_heard_share                 share of all triggers that are below what is just heard
    Form
      lasts_s          middle by class. A muzzle blast itself lasts 3 to 5 ms (Maher 2007, IEEE SAFE, p. 109); its
                       echoes and the node's filter make it longer
      lasts_spread, lasts_unknown      spread of its logarithm
      tilt_db          energy above 200 Hz over that below 20 Hz, at the source
      tilt_spread_db, tilt_unknown_db  its spread
      tilt_loss_db_km  what the air takes from it (about that of 500 Hz to 1 kHz; ISO 9613-1:1993, table 1)
      node_scatter     spread of one node's logarithm of duration; node_tilt_db of its tilt
    Company
      series_m, series_s, series_least     so many more at one place within so long are a series
      p_series         probability of being one of a series
    Nodes' own words
      p_right          probability that a node's word is right
      shared_error     correlation of the nodes' errors: they run the same program
    Other waves
      p_other_waves    probability of P, S or infrasound beside sound, where it was heard at all
      p_ground_only    probability of P and S without any sound; what is left is mostly earthquakes: unknown
    Quarries and mines that are listed
      at_quarry        how much more probable such a place is for a quarry blast than for anything else
      p_in_hours       share of quarry blasts in working hours (blasting by daylight only: 30 CFR 816.64)
      hours_share      share of everything else in working hours
      p_unlisted       probability that a quarry is missing from the list
    most_odds          no kind of evidence counts more than this, for or against
    """

    prior: _Row = (0.05, 0.05, 0.005, 0.015, 0.015, 0.015, 0.85)
    carries_km: _Row = (4.0, 10.0, 40.0, 5.0, 14.0, 9.0, 8.0)
    carries_spread: float = 0.6
    unknown_spread: float = 1.2
    width_m: float = 1_500.0
    heard_at_most: float = 0.92
    pattern_weight: float = 0.5
    decay_db: float = 22.0
    path_db: float = 5.0
    event_db: float = 3.0
    just_heard_share: float = 0.02
    lasts_s: _Row = (0.1, 0.45, 1.5, 15.0, 5.0, 1.5, 0.5)
    lasts_spread: float = 0.6
    lasts_unknown: float = 1.8
    tilt_db: _Row = (18.0, -14.0, -22.0, -5.0, -14.0, -16.0, -5.0)
    tilt_spread_db: float = 8.0
    tilt_unknown_db: float = 20.0
    tilt_loss_db_km: float = 4.0
    node_scatter: float = 0.5
    node_tilt_db: float = 5.0
    series_m: float = 500.0
    series_s: float = 600.0
    series_least: float = 3.0
    p_series: _Row = (0.7, 0.5, 0.1, 0.1, 0.1, 0.05, 0.3)
    p_right: float = 0.7
    shared_error: float = 0.2
    p_other_waves: _Row = (0.005, 0.03, 0.5, 0.01, 0.05, 0.4, 0.05)
    p_ground_only: _Row = (0.0005, 0.005, 0.02, 0.0005, 0.0005, 0.1, 0.5)
    at_quarry: float = 100.0
    p_in_hours: float = 0.97
    hours_share: float = 0.33
    p_unlisted: float = 0.3
    most_odds: float = 200.0

    def __post_init__(self) -> None:
        """Refuse what is no probability, no spread or no size."""
        rows = {"prior": self.prior, "p_series": self.p_series, "p_other_waves": self.p_other_waves,
                "p_ground_only": self.p_ground_only}  # fmt: skip
        for name, row in rows.items():
            if not all(0 < p < 1 for p in row):
                raise ConfigError(f"found class.{name} = {row}; needed probabilities above 0 and below 1; correct it")
        if abs(sum(self.prior) - 1) > 1e-9:
            raise ConfigError(f"found class.prior with the sum {sum(self.prior):g}; needed 1; correct it")
        for name in ("carries_spread", "unknown_spread", "lasts_spread", "lasts_unknown", "tilt_spread_db", "path_db",
                     "tilt_unknown_db", "most_odds", "series_m", "series_s", "width_m", "decay_db"):  # fmt: skip
            if not getattr(self, name) > 0:
                raise ConfigError(f"found class.{name} = {getattr(self, name)}; needed more than 0; correct it")
        for name in ("p_right", "p_in_hours", "hours_share", "p_unlisted", "heard_at_most", "just_heard_share"):
            if not 0 < getattr(self, name) < 1:
                raise ConfigError(f"found class.{name} = {getattr(self, name)}; needed between 0 and 1; correct it")

    def spread(self, known: float, unknown: float) -> np.ndarray:
        """Return the spread (7,) of each class: one for all, and a wider one for what is unknown."""
        return np.array([known] * (len(NAMES) - 1) + [unknown])
