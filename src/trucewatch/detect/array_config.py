"""Settings of the array detector."""

from dataclasses import dataclass

from trucewatch.core.errors import ConfigError

__all__ = ["ArrayConfig"]


@dataclass(frozen=True, slots=True)
class ArrayConfig:
    """How waveforms of an array become detections.

    Windows
      band_hz               lower and upper edge of the band
      window_s, overlap     length of a window, and the share of it that the next one repeats
      taper                 share of a window that is tapered, both ends together
      missing_share         an element that misses more of a window than this is left out of it
    Search
      trace_velocity_m_s    least and greatest speed across the array that counts as a wave through the air
      grid_step             step of the slowness grid, in periods of the band's upper edge across the array
      grid_most             most slownesses times pairs of elements; a wider array needs a lower band
      reject_log_odds       log odds, before looking, against an element's being bad in a window
    Detection
      false_per_hour        false detections an hour that are put up with
      background_s          stretch over which the background of the F-statistic is learned
      background_quantiles  the part of the windows taken for background
      background_most       greatest scale of the background; more is a lasting signal, not background
      join_deg, join_speed  windows of one detection differ by no more than this, deg and share of the speed
    Uncertainty
      position_sigma_m      standard deviation of an element's place on each axis, where the record does not say it
    Faults of elements
      fault_windows         strongest windows of a record that are looked at
      fault_shift_s         greatest clock shift that is looked for
      fault_least_shift_s   least clock shift that is named, and
      fault_shift_sigmas    its least size in standard deviations of what wrong places of elements look like
      fault_log_odds        log odds, before looking, against each fault
      fault_margin          natural log units by which a fault must explain the record better than none
      usual_speed_m_s       usual trace velocity and its spread; tells which of few clocks is off
    """

    band_hz: tuple[float, float] = (0.5, 5.0)
    window_s: float = 30.0
    overlap: float = 0.5
    taper: float = 0.2
    missing_share: float = 0.02
    trace_velocity_m_s: tuple[float, float] = (260.0, 1500.0)
    grid_step: float = 0.2
    grid_most: int = 20_000_000
    reject_log_odds: float = 6.0
    false_per_hour: float = 0.1
    background_s: float = 3600.0
    background_quantiles: tuple[float, float] = (0.1, 0.5)
    background_most: float = 3.0
    join_deg: float = 8.0
    join_speed: float = 0.15
    position_sigma_m: float = 1.0
    fault_windows: int = 32
    fault_shift_s: float = 5.0
    fault_least_shift_s: float = 0.02
    fault_shift_sigmas: float = 4.0
    fault_log_odds: float = 7.0
    fault_margin: float = 10.0
    usual_speed_m_s: tuple[float, float] = (345.0, 20.0)

    def __post_init__(self) -> None:
        """Refuse values with which nothing can be computed."""
        low, high = self.band_hz
        if not 0 < low < high:
            raise ConfigError(f"found the band {low:g} to {high:g} Hz; needed 0 < low < high; give them in this order")
        if not self.window_s * low >= 2:
            raise ConfigError(
                f"found windows of {self.window_s:g} s; needed at least two periods of {low:g} Hz; "
                f"give {2 / low:g} s or more"
            )
        if not 0 <= self.overlap < 1:
            raise ConfigError(f"found an overlap of {self.overlap:g}; needed 0 or more and less than 1; correct it")
        slow, fast = self.trace_velocity_m_s
        if not 0 < slow < fast:
            raise ConfigError(f"found trace velocities {slow:g} to {fast:g} m/s; needed 0 < slow < fast; correct them")
        if not self.false_per_hour > 0:
            raise ConfigError(f"found {self.false_per_hour:g} false detections an hour; needed more than 0; correct it")
