"""Files in memory as the room `sense` reads them."""

from collections.abc import Callable

import pytest

from trucewatch.core.issue import IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.tables import SCHEMAS
from trucewatch.sense import Config, read_bytes

Read = Callable[..., list[Reading]]


@pytest.fixture(scope="session")
def read() -> Read:
    """Read one file from its name and its text or bytes; keyword arguments are thresholds."""

    def _read(name: str, data: str | bytes, **thresholds: object) -> list[Reading]:
        raw = data.encode() if isinstance(data, str) else data
        readings = list(read_bytes(name, raw, config=Config(**thresholds)))
        for reading in readings:
            SCHEMAS[reading.kind].check(reading.table)
        return readings

    return _read


@pytest.fixture(scope="session")
def read_one(read: Read) -> Callable[..., Reading]:
    """Read a file that gives exactly one Reading."""

    def _read_one(name: str, data: str | bytes, **thresholds: object) -> Reading:
        (reading,) = read(name, data, **thresholds)
        return reading

    return _read_one


@pytest.fixture(scope="session")
def rows_of() -> Callable[[Reading, IssueKind], list[int | None]]:
    """Return the row numbers of a Reading's issues of one kind."""
    return lambda reading, kind: [i.row for i in reading.issues if i.kind is kind]
