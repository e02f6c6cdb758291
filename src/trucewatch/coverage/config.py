"""Thresholds of the room `coverage`."""

from dataclasses import dataclass

from trucewatch.core.errors import ConfigError

__all__ = ["Config"]


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of the grids and what a satellite pass is worth.

    max_cells          cells of the grid laid over one area; partly covered cells enter with their exact share
    least_cell_m       no finer cells than this
    report_cell_km     side of a cell of the map in the report; never finer than 10 km
    line_half_width_m  half width that is given to an area which is only a line or a point
    pass_gap_s         detections of one satellite further apart than this belong to two passes
    pass_margin_m      margin around the detections of a pass within which the ground was surely imaged too
    look_back_s        hours before a pass for which the pass speaks: half a day between looks of one polar satellite
    p_detect_day       probability that an event shows in the detections of its day; see below
    p_detect_pass      the same for one of two passes a day: 1 − (1 − p_detect_day)^(1/2)
    date_only_s        a detection whose interval is at least this long has a date and no time

    p_detect_day: of 5,144 geolocated attacks of 2022, 14.9 % have a thermal detection within 1 km and one day, against
    10.3 % and 8.4 % with the detections shifted by a week to either side; the excess is 5.5 %, clouds, timing and
    attacks without fire included. These figures were stated with the records of the whole year and not measured here.
    It holds for attacks in general, not for those that burn.
    """

    max_cells: int = 1024
    least_cell_m: float = 50.0
    report_cell_km: float = 10.0
    line_half_width_m: float = 500.0
    pass_gap_s: float = 900.0
    pass_margin_m: float = 5000.0
    look_back_s: float = 43200.0
    p_detect_day: float = 0.055
    p_detect_pass: float = 0.028
    date_only_s: float = 72000.0

    def __post_init__(self) -> None:
        if self.report_cell_km < 10.0:
            raise ConfigError(
                f"found report_cell_km = {self.report_cell_km}; needed at least 10, since finer coverage would show "
                "where the mission stands; raise it"
            )
        if self.max_cells < 1:
            raise ConfigError(f"found max_cells = {self.max_cells}; needed at least 1; raise it")
