"""A record of temperature and wind, for the speed of sound."""

from collections.abc import Iterator

from trucewatch.core.reading import Reading
from trucewatch.sense import tabular
from trucewatch.sense.network_csv import WEATHER_SHEET, read_weather
from trucewatch.sense.source import Source

__all__ = ["FORMAT", "detect", "raw_row", "read"]

FORMAT = "weather_csv"


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, WEATHER_SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, WEATHER_SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read intervals of weather, one a row."""
    table, issues, synthetic = read_weather(source)
    yield source.reading("weather", FORMAT, table, issues, synthetic)
