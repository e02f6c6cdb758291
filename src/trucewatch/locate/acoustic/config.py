"""What the acoustic association assumes of its network, and how hard it tries."""

from dataclasses import dataclass

from trucewatch.core.errors import ConfigError

__all__ = ["AcousticConfig"]


@dataclass(frozen=True, slots=True)
class AcousticConfig:
    """Settings of the association of sound across a network.

    Network
      onset_s           standard deviation of an onset
      path_scatter      share by which the speed differs from path to path
      half_range_m      loudness classes: range at which half of what can be heard is heard
      width_of_range_m  scale of the fall around it
      heard_at_most     share that is heard from nearby
      range_per_wind    share by which 1 m/s of wind along the path stretches the range
      dead_s            a node is deaf for so long after a trigger
      echo_share, echo_s  share of arrivals that an echo follows, and how much later
    Loudness
      decay_db, source_db, path_db, just_heard_db   loss for every tenfold range, scatter of the sources of a class, of
                        the paths, and level that is just heard; None: told by the middle of all levels
    Air, where no weather record is given
      speed_m_s, speed_sigma_m_s, wind_sigma_m_s    what is known beforehand
    Decision
      fire_per_km2_h    rate of events before anything is known
      passes, sweeps    rounds of search and decision; sweeps of the sampler in each
      least_p           events less probable than this are left out
      least_arrivals    and those that explain fewer arrivals
    """

    onset_s: float = 0.03
    path_scatter: float = 0.004
    half_range_m: tuple[float, float, float] = (6_000.0, 9_000.0, 15_000.0)
    width_of_range_m: float = 1_500.0
    heard_at_most: float = 0.92
    range_per_wind: float = 0.025
    dead_s: float = 0.25
    echo_share: float = 0.08
    echo_s: tuple[float, float] = (0.3, 3.0)
    decay_db: float = 22.0
    source_db: float = 4.0
    path_db: float = 4.0
    just_heard_db: float | None = None
    speed_m_s: float = 337.5
    speed_sigma_m_s: float = 6.0
    wind_sigma_m_s: float = 4.0
    fire_per_km2_h: float = 0.5
    passes: int = 3
    sweeps: int = 60
    least_p: float = 0.4
    least_arrivals: int = 5
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse settings with which nothing can be computed."""
        for name in ("onset_s", "width_of_range_m", "heard_at_most", "fire_per_km2_h", "passes", "sweeps"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"found locate.{name} = {getattr(self, name)}; needed more than 0; correct it")
