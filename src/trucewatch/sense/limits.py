"""Thresholds of the room: what is too large to open, and which dates and corridors are believed."""

from dataclasses import dataclass, field

from trucewatch.sense.klv_limits import KlvConfig
from trucewatch.sense.mission_limits import MissionConfig
from trucewatch.sense.press_limits import AlertConfig, PressConfig

__all__ = ["Config"]


@dataclass(frozen=True, slots=True)
class Config:
    """Thresholds of the room `sense`.

    year_min, year_max       dates outside are impossible
    not_after_ns             ns UTC; a record that starts later has not happened yet; None where nobody says
    max_file_bytes           a larger file is not opened
    max_archive_bytes        most that a zip may unpack to, all entries together
    max_workbook_bytes       the same for an XLSX workbook
    max_archive_ratio        most unpacked bytes per packed byte of one entry
    max_archive_entries      most entries of a zip
    issues_per_kind          rows of one file named one by one for the same fault; the rest are counted in one Issue
    firms_clock_s            s; acquisition minutes of one overpass differ by 2 to 3 min at the same latitude
    daily_fire_width_m       m; mean width of a VIIRS 375-m pixel over the swath is 471 m (scan × track of 25,905 fires)
    list_radius90_m          m; how well volunteers place an event on imagery
    observer_clock_s         s; a wrist watch
    bearing_sigma_deg        deg; how well an observer tells a direction, by means (ears, eyes, a levelled camera)
    corridor_max_m           m; no local corridor is longer
    geocode_max_m            m; a geocode farther than this from every place of its name is doubted
    min_lon … max_lat_deg    box to which a control map is clipped
    klv, mission             drone metadata, and the mission's own books
    press, alerts            lists of press reports, and of alerts
    """

    year_min: int = 1990
    year_max: int = 2100
    not_after_ns: int | None = None
    max_file_bytes: int = 2 << 30
    max_archive_bytes: int = 2 << 30
    max_workbook_bytes: int = 64 << 20
    max_archive_ratio: float = 200.0
    max_archive_entries: int = 10_000
    issues_per_kind: int = 200
    firms_clock_s: float = 60.0
    daily_fire_width_m: float = 500.0
    list_radius90_m: float = 50.0
    observer_clock_s: float = 60.0
    bearing_sigma_deg: tuple[tuple[str, float], ...] = (("heard", 10.0), ("saw", 3.0), ("recorded", 1.0))
    corridor_max_m: float = 400_000.0
    geocode_max_m: float = 30_000.0
    min_lon_deg: float = 22.0
    min_lat_deg: float = 44.0
    max_lon_deg: float = 40.3
    max_lat_deg: float = 52.5
    klv: KlvConfig = field(default_factory=KlvConfig)
    mission: MissionConfig = field(default_factory=MissionConfig)
    press: PressConfig = field(default_factory=PressConfig)
    alerts: AlertConfig = field(default_factory=AlertConfig)
