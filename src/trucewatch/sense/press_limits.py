"""Thresholds for the press, sirens and tables of attacks: what a headline, a repeated point and an end are worth."""

from dataclasses import dataclass

__all__ = ["AlertConfig", "PressConfig"]


@dataclass(frozen=True, slots=True)
class PressConfig:
    """Thresholds of the adapter `viina_csv`; assumptions of ours unless said otherwise.

    lag_s              s; a report with a time happened within this long before it was published
    shared_headlines   a point with at least so many different headlines is the centre of something, not a pin
    named_share        the place of a shared point is the town it is named after where at least this share of its
                       headlines names that town; on three months of 2023 the shares crowd at 0 and above 0.6
    town_m             m; a settlement of the point's name must lie so near to be the one
    village_radius_m   m; of a settlement that the gazetteer does not know: fewer than 500 people live there
    pin_radius_m       m; of a point that few headlines share and none names: set by hand near what it shows
    area_radius_m      m; where a headline says only the direction, the front or the district of a town
    mention_m          m; a place that the headline names is the row's where it lies so near to the row's point
    """

    lag_s: float = 86_400.0
    shared_headlines: int = 5
    named_share: float = 0.2
    town_m: float = 5_000.0
    village_radius_m: float = 500.0
    pin_radius_m: float = 2_000.0
    area_radius_m: float = 15_000.0
    mention_m: float = 30_000.0


@dataclass(frozen=True, slots=True)
class AlertConfig:
    """Thresholds of the adapters of air-raid alerts.

    most_s   s; a longer alert is doubted: its end was probably missed
    guess_s  s; length of an alert whose end nobody recorded, as volunteers guess it
    """

    most_s: float = 86_400.0
    guess_s: float = 1_800.0
