"""Small places that burn all year, year after year: steel works, flares, smelters."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter

from trucewatch.detect.config import Config
from trucewatch.detect.seasons import Covered, month_of, year_of
from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["Lattice", "Sites", "find_sites", "no_sites"]

_ROW = 1 << 24  # cells in a row of the lattice, more than any longitude needs
_AROUND = np.array([dy * _ROW + dx for dy in (-1, 0, 1) for dx in (-1, 0, 1)], dtype=np.int64)
_BLOCK = 9  # lattice cells in a block; three blocks across are about 15 km
_YEARS, _MONTHS = 1 << 10, 12


class Lattice(NamedTuple):
    """Cells of one size in metres near one latitude."""

    lon_deg: float
    lat_deg: float

    @classmethod
    def of(cls, size_m: float, at_lat_deg: float) -> "Lattice":
        """Return the lattice whose cells are `size_m` wide at this latitude."""
        per_lon, per_lat = metres_per_degree(np.asarray(at_lat_deg))
        return cls(size_m / float(per_lon), size_m / float(per_lat))

    def keys(self, lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
        """Return the cell of each place (n,) int64."""
        ix = np.floor((lon_deg + 180) / self.lon_deg).astype(np.int64) + 1
        iy = np.floor((lat_deg + 90) / self.lat_deg).astype(np.int64) + 1
        return np.asarray(iy * _ROW + ix)

    def centres(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return lon, lat (n,) deg of the middles of cells."""
        iy, ix = np.divmod(keys, _ROW)
        return (ix - 0.5) * self.lon_deg - 180, (iy - 0.5) * self.lat_deg - 90


@dataclass(frozen=True)
class Sites:
    """Persistent sources and the cells next to them, by ascending cell.

    cell      (n,) key of the lattice; the source's own cell and its eight neighbours
    source    (n,) index of the source into the columns below
    own_share (n,) share of the covered days on which this very cell burnt
    lon_deg, lat_deg, days, years, months   (sources,) where it lies; on how many days, in how many years and
              different months of the year it burnt
    covered_days, covered_years   what the history covers
    known     whether the history was long enough to tell
    """

    lattice: Lattice
    cell: np.ndarray
    source: np.ndarray
    own_share: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    days: np.ndarray
    years: np.ndarray
    months: np.ndarray
    covered_days: int
    covered_years: int
    known: bool

    def find(self, lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
        """Return the row (n,) of the cell in which each place lies, −1 where it is on no persistent source."""
        if len(self.cell) == 0:
            return np.full(len(lon_deg), -1)
        keys = self.lattice.keys(lon_deg, lat_deg)
        row = np.minimum(np.searchsorted(self.cell, keys), len(self.cell) - 1)
        return np.where(self.cell[row] == keys, row, -1)


class _Days(NamedTuple):
    """For each cell that ever burnt: its key and on how many days, in how many years and months of the year."""

    cell: np.ndarray
    days: np.ndarray
    years: np.ndarray
    months: np.ndarray


def no_sites(lattice: Lattice) -> Sites:
    """Return that nothing is known about persistent sources."""
    none, nowhere = np.empty(0, np.int64), np.empty(0)
    return Sites(lattice, none, none, nowhere, nowhere, nowhere, none, none, none, 0, 0, known=False)


def find_sites(lon_deg: np.ndarray, lat_deg: np.ndarray, day: np.ndarray, span: Covered, config: Config) -> Sites:
    """Return the persistent sources of a history (n,)."""
    lattice = Lattice.of(config.site_m, float(np.median(lat_deg)))
    if len(span.days) < config.site_min_days:
        return no_sites(lattice)
    burnt = _burnt_days(lattice.keys(lon_deg, lat_deg), day, span.years)
    core = (
        (burnt.days >= config.site_days_share * len(span.days))
        & (burnt.years >= config.site_years_share * len(span.years))
        & (burnt.months >= config.site_months)
        & (burnt.days >= config.site_over_surroundings * _surroundings(burnt))
    )
    return _with_neighbours(lattice, burnt, np.flatnonzero(core), span)


def _burnt_days(keys: np.ndarray, day: np.ndarray, of_years: np.ndarray) -> _Days:
    first = int(day.min())
    once = _distinct(keys, day - first, int(day.max()) - first + 1)
    cell, start, count = once[0], *_runs(once[0])
    on = once[1] + first
    of_cell = np.repeat(np.arange(len(start)), count)
    year = year_of(on)
    full = np.isin(year, of_years)
    years = _distinct(of_cell[full], year[full] % _YEARS, _YEARS)[0]
    months = _distinct(of_cell, month_of(on), _MONTHS)[0]
    n = len(start)
    return _Days(cell[start], count, np.bincount(years, minlength=n), np.bincount(months, minlength=n))


def _distinct(a: np.ndarray, b: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct pairs of a and b (0 ≤ b < width), ascending."""
    both = np.sort(a * width + b)
    both = both[np.diff(both, prepend=-1) != 0]
    first, second = np.divmod(both, width)
    return first, second


def _runs(ascending: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return start and length of each run of equal values."""
    start = np.flatnonzero(np.diff(ascending, prepend=-1))
    return start, np.diff(np.append(start, len(ascending)))


def _surroundings(burnt: _Days) -> np.ndarray:
    """Return the mean days of a cell in the three by three blocks around each cell."""
    iy, ix = np.divmod(burnt.cell, _ROW)
    by, bx = iy // _BLOCK, ix // _BLOCK
    by, bx = by - by.min() + 1, bx - bx.min() + 1
    blocks = np.zeros((by.max() + 2, bx.max() + 2))
    np.add.at(blocks, (by, bx), burnt.days)
    mean = uniform_filter(blocks, 3, mode="constant") / _BLOCK**2
    return np.asarray(mean[by, bx])


def _with_neighbours(lattice: Lattice, burnt: _Days, core: np.ndarray, span: Covered) -> Sites:
    cells = (burnt.cell[core][:, None] + _AROUND).ravel()
    source = np.repeat(np.arange(len(core)), len(_AROUND))
    order = np.lexsort((source, -burnt.days[core][source], cells))  # a shared neighbour goes to the busier source
    order = order[np.diff(cells[order], prepend=-1) != 0]
    cells, source = cells[order], source[order]
    place = np.minimum(np.searchsorted(burnt.cell, cells), len(burnt.cell) - 1)
    own = np.where(burnt.cell[place] == cells, burnt.days[place], 0) / len(span.days)
    lon, lat = lattice.centres(burnt.cell[core])
    return Sites(
        lattice, cells, source, own, lon, lat, burnt.days[core], burnt.years[core], burnt.months[core],
        len(span.days), len(span.years), known=True,
    )  # fmt: skip
