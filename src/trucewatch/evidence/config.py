"""Thresholds of the room."""

from dataclasses import dataclass

__all__ = ["Config"]


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of segments and of the view.

    chunk_rows       rows of a segment that are hashed at a time; bounds the memory, not the result
    zstd_level       compression of a segment's Parquet file
    min_mass         probability mass of an incident's place that must lie inside the area asked about
    samples          points that stand for a place; the step of a mass is 1/samples
    """

    chunk_rows: int = 16_384
    zstd_level: int = 3
    min_mass: float = 0.5
    samples: int = 64
