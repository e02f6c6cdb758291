"""Settings of the release: how coarse, and which sources are protected."""

from dataclasses import dataclass

from trucewatch.core.errors import ConfigError

__all__ = ["Config"]

_LEAST_CELL_KM = 10.0


@dataclass(frozen=True, slots=True)
class Config:
    """What is withheld and how coarse the rest becomes.

    cell_km            side of the cells in which places are published
    spill_share        a place whose 90 % radius is below this share of a cell is published as one cell
    time_step_ns       times are widened outward to whole steps
    protected_sources  sources whose own row keys could name a person or a post
    phrase_words       number of consecutive words of a withheld text that count as a quotation of it
    least_words        shorter withheld texts cannot be told apart from chance and are not searched for
    least_decimals     coordinates spelt with fewer decimals are coarser than 100 m and pass
    alone_decimals     from so many decimals on, one coordinate of a position alone is a finding
    near_characters    two coordinates closer together than this are read as one position
    """

    cell_km: float = 10.0
    spill_share: float = 0.25
    time_step_ns: int = 3_600_000_000_000
    protected_sources: tuple[str, ...] = ("observer",)
    phrase_words: int = 8
    least_words: int = 3
    least_decimals: int = 3
    alone_decimals: int = 5
    near_characters: int = 200

    def __post_init__(self) -> None:
        if self.cell_km < _LEAST_CELL_KM:
            raise ConfigError(
                f"found cell_km = {self.cell_km}; needed at least {_LEAST_CELL_KM:g}, since finer places would show "
                "where the mission stands; raise it"
            )
        if self.time_step_ns < 1:
            raise ConfigError(f"found time_step_ns = {self.time_step_ns}; needed at least 1; raise it")
