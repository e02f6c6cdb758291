"""Settings of the report: how much is listed, and how much is drawn."""

from dataclasses import dataclass

__all__ = ["Config"]


@dataclass(frozen=True, slots=True)
class Config:
    """How much goes on the pages; what does not fit is counted there and complete in the data files.

    top_incidents     rows of the first incident table
    annex_incidents   rows of the annex of all incidents
    verdict_rows      rows of the table of proposals with their reasons
    harm_rows         rows of the table of casualties and damage
    list_rows         rows of the lists of impediments, issues and clauses
    input_rows        rows of the list of input files
    map_width_px      width of the map's drawing, which scales with the page
    map_symbols       most incidents drawn as symbols of their own
    map_least_p       incidents less probable than this are drawn summed up
    map_cell_px       symbols and sums closer together than this are drawn as one with a number
    map_crowd         where more incidents than this share a square of two such cells, all of them are summed up
    map_least_km      least width of the map
    trend_bars        most bars of the chart by day; a longer period is summed by weeks
    """

    top_incidents: int = 25
    annex_incidents: int = 1000
    verdict_rows: int = 40
    harm_rows: int = 60
    list_rows: int = 40
    input_rows: int = 300
    map_width_px: int = 920
    map_symbols: int = 300
    map_least_p: float = 0.5
    map_cell_px: int = 16
    map_crowd: int = 4
    map_least_km: float = 80.0
    trend_bars: int = 92
