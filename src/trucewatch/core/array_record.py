"""What the elements of one array recorded, on one grid of times and in local metres."""

from dataclasses import dataclass

import numpy as np

__all__ = ["ArrayRecord"]


@dataclass(frozen=True)
class ArrayRecord:
    """Samples of the elements of an array.

    array        its name
    source       file or files as the user knows them
    t_start_ns   time of the first sample, ns UTC
    rate_hz      samples a second, the same for every element
    elements     (channels,) names, NET.STA.LOC.CHA
    east_m       (channels,) m from the middle of the array; NaN where unknown
    north_m      (channels,) m
    samples      (channels, samples) pressure in any unit; NaN where missing
    lag_s        (channels,) how much later than the grid each element's samples were taken, less than a sample
    position_sigma_m  standard deviation of an element's place on each axis; None where nothing says it
    lon_deg      WGS84 longitude of the middle; None where only metres are known
    lat_deg      WGS84 latitude of the middle
    """

    array: str
    source: str
    t_start_ns: int
    rate_hz: float
    elements: tuple[str, ...]
    east_m: np.ndarray
    north_m: np.ndarray
    samples: np.ndarray
    lag_s: np.ndarray | None = None
    position_sigma_m: float | None = None
    lon_deg: float | None = None
    lat_deg: float | None = None

    def __post_init__(self) -> None:
        """Refuse parts that do not belong together."""
        n = len(self.elements)
        if self.samples.ndim != 2 or {len(self.samples), len(self.east_m), len(self.north_m)} != {n}:
            raise ValueError(
                f"found {n} elements with samples {self.samples.shape}, {len(self.east_m)} and {len(self.north_m)} "
                "coordinates; needed one row and one place for each element"
            )
        if not self.rate_hz > 0:
            raise ValueError(f"found {self.rate_hz} samples a second; needed more than 0")

    @property
    def seconds(self) -> float:
        """How long the record is, s."""
        return float(self.samples.shape[1] / self.rate_hz)
