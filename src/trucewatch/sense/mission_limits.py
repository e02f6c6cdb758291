"""Thresholds for the mission's own books: how long a node may be silent, how exact the mission knows its own places."""

from dataclasses import dataclass

__all__ = ["MissionConfig"]


@dataclass(frozen=True, slots=True)
class MissionConfig:
    """Thresholds of the adapters for the mission's own books; all of them are assumptions until the mission sets them.

    heartbeat_gap_s       s; a node that is silent for longer was not working: several heartbeats of a minute missed
    position_radius90_m   m; 90 % radius of an asset's own position where its log says none
    """

    heartbeat_gap_s: float = 300.0
    position_radius90_m: float = 100.0
