"""The parties' and the inspectors' books: calls to the coordination mechanism, storage sites, works and mines."""

import numpy as np

from trucewatch.core.position import describe
from trucewatch.core.times import HOUR_NS, SECOND_NS, format_ns
from trucewatch.scenario.config import Config, stream
from trucewatch.scenario.ground import Ground
from trucewatch.scenario.happenings import NO_SIDE, Happenings
from trucewatch.scenario.sheets import Record, Sheet, in_order

__all__ = ["call_sheet", "inspection_sheet", "works_sheet"]

_CALLS = ("reference", "party", "time_from", "time_to", "outcome", "about", "place", "remarks")
_INSPECTIONS = ("reference", "site", "party", "time_from", "time_to", "weapon", "declared", "present", "missing",
                "not_verified", "access", "remarks")  # fmt: skip
_WORKS = ("reference", "kind", "status", "last_seen_without", "first_seen_with", "method", "lon", "lat", "radius_km",
          "remarks")  # fmt: skip
_CALLED_ABOUT = ("shelling", "village")
_BUILT = {"works": ("trench", "fortification", "works"), "minefield": ("minefield", "mines", "hazardous area")}
_MINUTE_NS = 60 * SECOND_NS


def call_sheet(config: Config, ground: Ground, happenings: Happenings, zone: str) -> Sheet:
    """Return the log of calls: the party on which fire came down asks for it to stop."""
    rng = stream(config, "calls")
    kinds = [i for i, k in enumerate(config.kinds) if k.name in _CALLED_ABOUT]
    hit = np.isin(happenings.kind, kinds) & (happenings.origin != NO_SIDE)
    rows = np.flatnonzero(hit & (rng.uniform(size=len(happenings)) < config.p_called))
    words = describe(happenings.lon_deg[rows], happenings.lat_deg[rows])
    records = [_call(config, ground, happenings, row, str(where), rng, zone)
               for row, where in zip(rows.tolist(), words, strict=True)]  # fmt: skip
    ordered = enumerate(in_order(records), start=1)
    return Sheet("calls.csv", _CALLS, tuple(r._replace(values=(f"C-{i}", *r.values[1:])) for i, r in ordered))


def _call(
    config: Config, ground: Ground, happenings: Happenings, row: int, where: str, rng: np.random.Generator, zone: str
) -> Record:
    start = int(happenings.t_start_ns[row]) + int(rng.uniform(2, 15)) * _MINUTE_NS
    end = start + int(rng.uniform(3, 20)) * _MINUTE_NS
    fate = rng.uniform() - config.p_call_resolved
    outcome = "resolved" if fate < 0 else "unsuccessful" if fate < config.p_call_unsuccessful else "unanswered"
    party = ground.side_names[1 - happenings.origin[row]]
    values = ("", party, format_ns(start, zone), format_ns(end, zone), outcome, "fire from the other side", where, "")
    return Record(values, row, "call", start)


def inspection_sheet(config: Config, ground: Ground, period_ns: tuple[int, int], zone: str) -> Sheet:
    """Return the inspections of every storage site; at one of them one weapon is missing."""
    rng = stream(config, "inspections")
    weapons = tuple(config.stored)
    short = int(rng.integers(0, len(ground.sites))), int(rng.integers(0, max(1, len(weapons))))
    records: list[Record] = []
    for number, (site, side) in enumerate(ground.sites):
        start = period_ns[0] + int(rng.uniform(8, 14) * HOUR_NS) // _MINUTE_NS * _MINUTE_NS
        for kind, weapon in enumerate(weapons):
            gone = int((number, kind) == short)
            unsure = min(int(rng.uniform() < 0.2), config.stored[weapon] - gone)
            records.append(_inspection(config, ground, site, side, start, weapon, (gone, unsure), zone))
    return Sheet("inspections.csv", _INSPECTIONS, tuple(records))


def _inspection(
    config: Config, ground: Ground, site: str, side: int, start: int, weapon: str, off: tuple[int, int], zone: str
) -> Record:
    declared, (gone, unsure) = config.stored[weapon], off
    values = (
        f"I-{site}", site, ground.side_names[side], format_ns(start, zone), format_ns(start + HOUR_NS, zone), weapon,
        str(declared), str(declared - gone - unsure), str(gone), str(unsure), "granted",
        "one stood behind a locked door" if unsure else "",
    )  # fmt: skip
    return Record(values, None, "missing" if gone else "inspection", start)


def works_sheet(config: Config, happenings: Happenings, period_ns: tuple[int, int], zone: str) -> Sheet:
    """Return the records of works and mines: not there at an earlier look, there at one before the period's end."""
    rng = stream(config, "works")
    names = np.array([*(k.name for k in config.kinds), ""], dtype=object)[happenings.kind]
    new = np.isin(names, tuple(_BUILT)) & (rng.uniform(size=len(happenings)) < config.p_surveyed)
    records = [_built(happenings, i, str(names[i]), period_ns[1], rng, zone) for i in np.flatnonzero(new).tolist()]
    ordered = enumerate(in_order(records), start=1)
    return Sheet("works.csv", _WORKS, tuple(r._replace(values=(f"W-{i}", *r.values[1:])) for i, r in ordered))


def _built(
    happenings: Happenings, row: int, kind: str, end_ns: int, rng: np.random.Generator, zone: str
) -> Record:  # fmt: skip
    start = int(happenings.t_start_ns[row])
    before = start - int(rng.uniform(1, 20) * HOUR_NS)
    after = start + int(rng.uniform(0.1, 0.9) * min(10 * HOUR_NS, end_ns - start))
    lon, lat = (round(float(x) + float(rng.normal(0, 0.001)), 4) for x in
                (happenings.lon_deg[row], happenings.lat_deg[row]))  # fmt: skip
    sure = rng.uniform() < 0.7
    values = (
        "", str(rng.choice(_BUILT[kind])), "confirmed" if sure else "suspected", format_ns(before, zone),
        format_ns(after, zone), "survey" if sure else "satellite", str(lon), str(lat), "0.3", "",
    )  # fmt: skip
    return Record(values, row, "true", after)
