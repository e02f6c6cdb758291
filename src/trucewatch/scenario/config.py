"""Every parameter of a synthetic day and of its grading."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import numpy as np

from trucewatch.core.errors import ConfigError
from trucewatch.scenario.kinds import KINDS, Kind

__all__ = ["Config", "NetworkConfig", "ScoreConfig", "stream"]

# An invented line of about 125 km, west to east, used where the agreement names none.
_LINE = (
    (36.70, 47.93), (36.83, 47.99), (36.95, 47.94), (37.08, 48.01), (37.22, 47.96), (37.35, 48.02), (37.49, 47.97),
    (37.62, 48.03), (37.76, 47.98), (37.88, 48.04), (38.02, 47.99), (38.16, 48.05), (38.32, 47.99),
)  # fmt: skip
_STREAMS = ("ground", "weather", "truth", "assets", "passes", "sightings", "heat", "press", "history", "notices",
            "allegations", "calls", "inspections", "works", "health", "patrols", "newsroom", "network",
            "instruments")  # fmt: skip


def _fixed(**values: float) -> Mapping[str, float]:
    return MappingProxyType(values)


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """The acoustic nodes of one sector, the air between them, and how they err.

    Nodes
      columns, rows_m         nodes along the line, and how far each side's rows stand from it; no columns, no nodes
      sector, jitter_m        share of the line beside which they stand; each is moved by up to the jitter
      p_down, down_h          share of nodes without power for some hours
      clock_s, gps_m          standard deviations of clocks and of positions as they are listed
      clock_off_s, moved_m    one node's clock is off by so much, another was moved by so much and nobody wrote it down
    Sound
      rounds_apart_m          scatter of the rounds of one happening
      salvo_share, salvo_s    share of rounds that follow the one before at once, and how soon
      burst_rounds, burst_s   triggers that one burst makes at a node, at most, and the time between them
      decay_db, absorbed_db   loss for every tenfold range, and for every kilometre
      source_db, path_db, site_db   scatter of the sources, of the paths, and of the noise at the sites
      wind_db, day_db         what 1 m/s of wind above 4 m/s and the traffic of the day add to the noise
      just_heard              amplitude of what is just heard in a quiet place: cheap nodes do not measure in Pa
      spectrum_db             scatter of each band's energy, from node to node and from sound to sound
    Air
      temperature_c, daily_c  range of the day's mean, and how far noon and night stand from it
      aloft                   wind that carries the sound over wind near the ground
      path_scatter            scatter of the speed from path to path
      weather_c, weather_m_s  errors of the weather record, which speaks of the wind near the ground
    Nodes' errors
      onset_s, faint_s        error of an onset, and what is added where it is just heard
      echo_share, echo_s, echo_db   echoes: how many, how much later, how much fainter
      false_per_min           false triggers a node
      dead_s, p_lost          deaf for so long after a trigger; share of messages that get lost
      p_named, p_right        share of triggers that a node gives a class, and of these how many are right
    least_nodes               a sound that so many nodes heard counts as observed
    """

    columns: int = 17
    rows_m: tuple[float, ...] = (1_500.0, 4_500.0, 8_000.0)
    sector: tuple[float, float] = (0.25, 0.75)
    jitter_m: float = 600.0
    p_down: float = 0.05
    down_h: tuple[float, float] = (2.0, 6.0)
    clock_s: float = 0.005
    gps_m: float = 5.0
    clock_off_s: float = 1.3
    moved_m: float = 700.0
    rounds_apart_m: float = 60.0
    salvo_share: float = 0.3
    salvo_s: tuple[float, float] = (2.0, 9.0)
    burst_rounds: int = 3
    burst_s: tuple[float, float] = (0.3, 0.9)
    decay_db: float = 22.0
    absorbed_db: float = 1.0
    source_db: float = 3.0
    path_db: float = 3.0
    site_db: float = 2.0
    wind_db: float = 0.5
    day_db: float = 1.5
    just_heard: float = 1.0
    spectrum_db: float = 3.0
    temperature_c: tuple[float, float] = (-2.0, 12.0)
    daily_c: float = 4.0
    aloft: float = 1.15
    path_scatter: float = 0.004
    weather_c: float = 0.5
    weather_m_s: float = 0.5
    onset_s: float = 0.02
    faint_s: float = 0.03
    echo_share: float = 0.08
    echo_s: tuple[float, float] = (0.3, 3.0)
    echo_db: float = 6.0
    false_per_min: float = 0.1
    dead_s: float = 0.25
    p_lost: float = 0.01
    p_named: float = 0.5
    p_right: float = 0.75
    least_nodes: int = 5

    def __post_init__(self) -> None:
        first, last = self.sector
        if self.columns < 0 or not 0 <= first < last <= 1:
            raise ConfigError(
                f"found {self.columns} columns of nodes and the sector {first} to {last} of the line; needed 0 columns "
                "or more and two rising shares from 0 to 1; change them"
            )


@dataclass(frozen=True, slots=True)
class Config:
    """Parameters of the world, of what happens in it, of who watches, and of how they err.

    Both sides of the line get the same numbers; nothing here or in the code knows one side from the other.
    """

    seed: int = 1
    day: date = date(2026, 3, 14)
    duration_h: float = 24.0
    time_zone: str = "Europe/Kyiv"  # used where no agreement names its zone
    line: tuple[tuple[float, float], ...] = _LINE
    depth_m: float = 40_000.0
    held_left: bool = False  # which side of the line the control map paints
    # what happens
    kinds: tuple[Kind, ...] = KINDS
    intensity: float = 1.0
    clusters: int = 8
    spells_per_cluster: int = 3
    spell_h: float = 1.5
    share_in_spells: float = 0.7
    across_m: float = 3_500.0
    along_m: float = 3_000.0
    settlements_per_side: int = 12
    industry_per_side: int = 2
    # who watches, on each side
    patrols_per_side: int = 6
    posts_per_side: int = 4
    cameras_per_side: int = 8
    uavs_per_side: int = 3
    range_m: Mapping[str, float] = field(
        default_factory=lambda: _fixed(patrol=5_000, post=6_000, camera=5_000, uav=6_000)
    )
    p_detect: Mapping[str, float] = field(default_factory=lambda: _fixed(patrol=0.6, post=0.5, camera=0.7, uav=0.6))
    camera_width_deg: float = 120.0
    p_denied: float = 0.08
    p_delayed: float = 0.06
    p_camera_down: float = 0.15
    p_jammed: float = 0.25
    p_lost: float = 0.04
    p_fired_at: float = 0.05
    p_conditional: float = 0.08
    nodes_per_side: int = 2  # cameras that send heartbeats; these tell of them in place of the duty log
    heartbeat_s: float = 240.0
    tasked_per_side: int = 2  # patrols whose trips are planned and tasked; the patrol log tells of them
    network: NetworkConfig = field(default_factory=NetworkConfig)
    # how observers err
    wind_gain: float = 0.4
    bearing_sigma_deg: Mapping[str, float] = field(default_factory=lambda: _fixed(heard=9.0, saw=3.0, recorded=1.0))
    range_sigma: Mapping[str, float] = field(default_factory=lambda: _fixed(heard=0.3, saw=0.15, recorded=0.05))
    clock_sigma_s: float = 45.0
    round_s: Mapping[str, float] = field(default_factory=lambda: _fixed(heard=300, saw=300, recorded=60))
    watch_h: float = 6.0  # what goes on for longer is written down as seen for this long
    share_echo: float = 0.04
    false_per_h: float = 0.015
    share_duplicated: float = 0.02
    share_late: float = 0.06
    # satellites
    satellites: tuple[str, ...] = ("N", "N20", "N21")
    p_second_orbit: float = 0.4
    p_burning_detected: float = 0.9
    false_per_pass: float = 0.4
    cloud_cell_deg: float = 0.3
    # press
    press_false: float = 0.06
    press_duplicated: float = 0.12
    press_misplaced: float = 0.03
    press_late: float = 0.1
    # the parties' books; whether a party alleges a happening at all is a matter of its kind
    list_zones: tuple[str, ...] = ("Europe/Kyiv", "UTC")  # each party draws the one that it writes in
    list_clock_sigma_s: float = 180.0  # of a party's clock, and again of each entry
    list_place_sigma_m: float = 700.0
    list_in_degrees: float = 0.4
    list_as_text: float = 0.3
    list_exaggerated: float = 0.25
    list_invented: float = 0.3  # as a share of what is alleged and happened
    list_copied: float = 0.08
    list_without_place: float = 0.05
    list_without_time: float = 0.05
    p_called: float = 0.3
    p_call_resolved: float = 0.5
    p_call_unsuccessful: float = 0.3
    stored: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({"120-mm mortar": 9, "122-mm howitzer": 12, "tank": 10})
    )
    p_surveyed: float = 0.7
    p_local_press: float = 0.5
    # peacetime history
    history_years: int = 5
    history_fires_per_km2_year: float = 0.15
    history_p_industry_day: float = 0.35

    def __post_init__(self) -> None:
        if self.duration_h <= 0 or self.intensity < 0:
            raise ConfigError(
                f"found a duration of {self.duration_h} h and an intensity of {self.intensity}; needed a positive "
                "duration and an intensity of 0 or more; change them"
            )
        if len(self.line) < 2:
            raise ConfigError(f"found a line of {len(self.line)} vertices; needed at least 2; name more")


@dataclass(frozen=True, slots=True)
class ScoreConfig:
    """How results are matched to the truth.

    near_m        an incident may be a truth's if some of its place lies this near to it
    least_mass    share of the incident's place that must lie there
    near_s        and if their intervals are no further apart than this
    p_shown       incidents at least this probable are counted in precision and recall
    bins          number of equal bins of probability for the calibration error
    """

    near_m: float = 3_000.0
    least_mass: float = 0.05
    near_s: float = 3_600.0
    p_shown: float = 0.5
    bins: int = 10


def stream(config: Config, name: str) -> np.random.Generator:
    """Return the random stream of one part of the world: parts stay the same when another one changes."""
    return np.random.default_rng([config.seed, _STREAMS.index(name)])
