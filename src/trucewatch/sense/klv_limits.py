"""Thresholds for drone metadata: what belongs to one stretch of sight and to one flight, and how far a camera sees."""

from dataclasses import dataclass

__all__ = ["KlvConfig"]


@dataclass(frozen=True, slots=True)
class KlvConfig:
    """Thresholds of the adapter `misb_st0601`.

    gap_s              s; a longer silence ends a stretch of sight; real streams send 2 to 5 packets a second
    step_s             s; a stretch is cut into intervals of this length, each with the ground seen in it
    sample_s           s; of an interval's pictures one in this time gives its ground: enough for any camera that dwells
    flight_gap_s       s; a longer silence ends a flight
    max_range_m        m; ground farther than this from the aircraft is not believed to be in the picture
    position_radius_m  m; least radius of the discs of a path; a satellite receiver, assumed
    p_detect           probability to see an event inside the footprint. None: unknown, for it depends on camera,
                       height, light and operator, and no measurement of it is at hand. Coverage counts such flights
                       as seeing nothing until the mission states a figure
    """

    gap_s: float = 5.0
    step_s: float = 10.0
    sample_s: float = 1.0
    flight_gap_s: float = 1800.0
    max_range_m: float = 100_000.0
    position_radius_m: float = 20.0
    p_detect: float | None = None
