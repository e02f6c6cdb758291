"""What the association of P and S picks may be told."""

from dataclasses import dataclass

from trucewatch.core.errors import ConfigError

__all__ = ["SeismicConfig"]


@dataclass(frozen=True, slots=True)
class SeismicConfig:
    """Settings of `associate_seismic`; lengths in m, times in s.

    depth_m            depths searched, below the ellipsoid
    surface            hold every source at `surface_depth_m`: explosions, where depth would only blur the place
    depth_prior_m      mean and standard deviation of the normal prior on a free depth
    cell_m, depth_step_m   the search grid; its half diagonal sets the tolerance of the search
    margin_m           how far outside the network sources are searched
    nearest            a P pick is tried as that of the nearest, second ... station of a source
    ranks              stations that the search looks at, nearest first
    stations           stations that an event may use, nearest first
    drop               the search gives up when the evidence has fallen this far below its best
    seed_score         evidence (log likelihood ratio) from which a hypothesis is solved
    p_sigma_s, s_sigma_s   scatter of arrivals about the velocity model at short range
    sigma_share        further scatter as a share of the travel time
    window_sigmas      a pick belongs to an event up to this many standard deviations
    p_heard            probability that a station near an event has its P, and likewise its S
    p_beyond           the same beyond the range to which the event was heard
    events_per_day     expected number of events a day, for the price of one more event
    min_picks, min_both    picks, and stations with both P and S, that an event must have
    passes             the search is repeated on what is left unexplained
    rounds             how often every event is asked anew for its picks, before the last time
    statics            learn each station's constant delay from the events and search again
    odd_delay_s        a station whose delay is greater, and stands out among the others, is named in an Issue
    split_s, split_m, split_evidence   so near a greater event, one of less evidence is its splinter
    """

    depth_m: tuple[float, float] = (0.0, 24_000.0)
    surface: bool = False
    surface_depth_m: float = 0.0
    depth_prior_m: tuple[float, float] = (8_000.0, 6_000.0)
    cell_m: float = 2_500.0
    depth_step_m: float = 4_000.0
    margin_m: float = 15_000.0
    nearest: int = 2
    ranks: int = 14
    stations: int = 64
    drop: float = 3.0
    seed_score: float = 14.0
    p_sigma_s: float = 0.12
    s_sigma_s: float = 0.2
    sigma_share: float = 0.015
    window_sigmas: float = 6.0
    p_heard: tuple[float, float] = (0.6, 0.7)
    p_beyond: float = 0.05
    events_per_day: float = 300.0
    min_picks: int = 6
    min_both: int = 2
    passes: int = 2
    rounds: int = 1
    statics: bool = True
    odd_delay_s: float = 0.15
    split_s: float = 1.5
    split_m: float = 10_000.0
    split_evidence: float = 40.0

    def __post_init__(self) -> None:
        if not self.depth_m[0] < self.depth_m[1]:
            raise ConfigError(f"found depths {self.depth_m}; needed the upper above the lower; swap them")
        if min(self.cell_m, self.depth_step_m, self.p_sigma_s, self.s_sigma_s) <= 0:
            raise ConfigError("found a cell, step or sigma that is not above zero; needed lengths in m and times in s")
        if min(self.passes, self.nearest, self.ranks, self.stations) < 1:
            raise ConfigError("found no pass, rank or station; needed at least one of each; raise what is 0")
