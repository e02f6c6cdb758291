"""Words that a mapping of a user's own table may use: tables to fill, controlled words, units."""

from trucewatch.core.classes import CLASSES
from trucewatch.core.tables import PLACE, SCHEMAS, TIME

__all__ = ["CONTROLLED", "GIVEN", "PAIRS", "PLANNED", "READABLE", "UNITS", "columns_of", "controlled", "needed_of",
           "units_of"]  # fmt: skip

READABLE = ("observations", "notices", "impediments", "alerts", "allegations", "calls", "inspections", "coverage",
            "control", "corridors")  # fmt: skip
PLANNED = ("notices", "coverage", "corridors")  # their rows may lie in the future
PAIRS = {"killed": ("killed_low", "killed_high"), "injured": ("injured_low", "injured_high")}

_OWN = {"source", "file_sha256", "row", "state", "project", "geometry"}
_LAID_OUT = _OWN | {c.name for c in (*TIME, *PLACE)}  # written under other keys than `columns`
GIVEN = _OWN | {"group", "t_start_ns", "t_end_ns"}  # filled without an entry under `columns`

_SIDES = ("successful", "unsuccessful", "disputed"), ("resolved", "unsuccessful", "unanswered")
_ANY = {
    "means": ("heard", "saw", "recorded", "detected", "imaged", "reported"),
    "confidence": ("low", "nominal", "high"),
    "reliability": tuple("ABCDEF"),
    "credibility": tuple("123456"),
}
CONTROLLED: dict[str, dict[str, tuple[str, ...]]] = {
    "observations": _ANY,
    "notices": {"activity": ("exercise", "demining", "repair", "controlled_detonation", "other")},
    "impediments": {
        "kind": ("denial", "delay", "conditional_access", "jamming", "small_arms_fire", "loss", "other"),
        "means": ("patrol", "camera", "uav", "satellite"),
    },
    "alerts": {"recorder": ("official", "volunteer"), "level": ("region", "district", "community")},
    "inspections": {"access": ("granted", "conditional", "delayed", "denied")},
    "coverage": {"asset_kind": ("patrol", "camera", "uav", "acoustic", "satellite", "post")},
    "control": {"status": ("occupied", "occupied_before_2022", "liberated", "unknown", "elsewhere")},
    "corridors": {"outcome": _SIDES[0]},
    "calls": {"outcome": _SIDES[1]},
}

# What one of each is, in the unit of our columns.
UNITS = {
    "m": {"m": 1.0, "km": 1000.0, "ft": 0.3048, "mi": 1609.344, "nmi": 1852.0},  # NIST SP 811 (2008), app. B.8
    "s": {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0},
    "MW": {"MW": 1.0, "kW": 1e-3, "W": 1e-6},
    "1": {"1": 1.0, "percent": 0.01},
    "deg": {"deg": 1.0},
}


def columns_of(table: str) -> tuple[str, ...]:
    """Return our columns that may stand under `columns` for a table, with the pairs of least and most."""
    names = [c.name for c in SCHEMAS[table].columns if c.name not in _LAID_OUT]
    short = [pair for pair, ends in PAIRS.items() if set(ends) <= set(names)]
    return (*names, *short)


def needed_of(table: str) -> tuple[str, ...]:
    """Return our columns of a table that every row must have and that only `columns` can fill."""
    return tuple(c.name for c in SCHEMAS[table].columns if not c.nullable and c.name not in GIVEN)


def controlled(table: str, column: str) -> tuple[str, ...]:
    """Return the words that a column may hold; none where it may hold any."""
    if column == "class":
        return tuple(sorted(CLASSES))
    return CONTROLLED.get(table, {}).get(column, ())


def units_of(table: str, column: str) -> dict[str, float]:
    """Return the units in which a column's numbers may stand, and what one of each is in our unit."""
    declared = SCHEMAS[table].by_name.get(column)
    return {} if declared is None or declared.dtype != "float64" else UNITS.get(declared.unit, {})
