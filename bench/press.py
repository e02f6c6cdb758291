"""How precisely the press speaks: press reports beside fires, by the kind of place, against fires moved by a week.

A place that is right puts a report near its fire more often than near a fire of another week; where the two shares are
alike, the place says nothing that a fire could confirm. Figures are of reports of shelling and strikes, April, July and
August 2023, whose headline says what and where; fires are of the same satellite and period. Nothing was tuned on them
but the hours before publication: 24 of them give villages a higher lift than 6, 12 or 36.
"""

import time

import numpy as np
import pyarrow as pa

from bench.data import FOLDER
from bench.linking import SHIFTS, Row, lift_text, moved, scores, shares
from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.place import Places, summarise
from trucewatch.core.times import HOUR_NS
from trucewatch.fuse import Config
from trucewatch.physics.geodesy import ecef_m
from trucewatch.sense import Source, read_path, viina_csv
from trucewatch.sense.press_limits import PressConfig

FIRES = "firms/viirs_snpp_ukraine_2023-02_2023-08.csv"
SHELLING = ("explosion", "airstrike", "drone_strike", "missile_strike")
CITY_M = 3_000.0  # radius of the disc of about 70,000 people
KINDS = ("pin, with a time", "pin, date only", "village or small town, with a time", "village or small town, date only",
         "city, with a time", "city, date only", "front or district", "region")  # fmt: skip
_EXTENT_M, _SLACK_NS = 1_000.0, 12 * HOUR_NS  # a fire beside a place, and beside the hours of a report
_FEWEST = 10  # fires or links from which a share is worth dividing by


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio); none where the records are not here."""
    if not FOLDER.is_dir():
        return [("press: the real records are not here", "-", "-", "-", "-")]
    press()  # the gazetteer and the stems are read once a process
    start = time.perf_counter()
    rows = press()
    seconds = time.perf_counter() - start
    reports, fires = told(rows), pa.concat_tables([r.table for r in read_path(FOLDER / FIRES)])
    ours = {s: scores(reports, moved(fires, s), Config()) >= 1.0 for s in (0, *SHIFTS)}
    plain = {s: beside(reports, moved(fires, s)) for s in (0, *SHIFTS)}
    kinds = kind_of(reports)
    head = (f"press: {rows.num_rows:,} rows of VIINA read, classed and placed", f"{seconds:.2f} s", "-", "-", "-")
    return [head, *(_row(kind, kinds == kind, ours, plain) for kind in KINDS if (kinds == kind).any())]


def press() -> pa.Table:
    """Return the observations of all press files."""
    files = sorted((FOLDER / "viina").glob("*.csv"))
    return pa.concat_tables([r.table for f in files for r in viina_csv.read(Source(f.name, f.read_bytes()))])


def told(rows: pa.Table) -> pa.Table:
    """Return each accepted report of shelling or a strike whose headline says what and where."""
    wanted = np.isin(strings(rows, "class").astype(str), SHELLING) & (strings(rows, "credibility") == "3")
    return rows.filter(pa.array(wanted & (strings(rows, "state") == "accepted")))


def kind_of(reports: pa.Table) -> np.ndarray:
    """Return which of `KINDS` each report (n,) is, by its place and its hours."""
    config, size_m = PressConfig(), numbers(reports, "size1_m")
    in_parts = strings(reports, "place_kind") == "candidates"
    dated = (integers(reports, "t_end_ns") - integers(reports, "t_start_ns")) % HOUR_NS == 0  # a whole day
    places = [in_parts, size_m == config.area_radius_m, size_m == config.pin_radius_m, size_m >= CITY_M]
    which = np.select(places, [7, 6, 0, 4], 2)
    return np.array(KINDS, dtype=object)[np.where(which < 6, which + dated, which)]


def beside(reports: pa.Table, fires: pa.Table) -> np.ndarray:
    """Return whether each report (n,) has a fire in its place's 90 % radius and 1 km, in its hours and half a day."""
    middle = summarise(Places.from_table(reports))
    t_ns = integers(fires, "t_start_ns")
    order = np.argsort(t_ns)
    at, t_ns = ecef_m(numbers(fires, "lon_deg"), numbers(fires, "lat_deg"))[order], t_ns[order]
    first = np.searchsorted(t_ns, integers(reports, "t_start_ns") - _SLACK_NS)
    last = np.searchsorted(t_ns, integers(reports, "t_end_ns") + _SLACK_NS)
    own, reach = ecef_m(middle.lon_deg, middle.lat_deg), middle.radius90_m + _EXTENT_M
    each = zip(own, reach, first, last, strict=True)
    return np.array([bool((np.square(at[a:b] - o).sum(axis=1) <= r * r).any()) for o, r, a, b in each])


def _row(kind: str, here: np.ndarray, ours: dict[int, np.ndarray], plain: dict[int, np.ndarray]) -> Row:
    linked, near = ({s: hits[here] for s, hits in found.items()} for found in (ours, plain))
    return (f"  {kind}: {here.sum():,} reports; a fire in place and hours: lift", _lift(near), "linked by `fuse`: lift",
            _lift(linked), "-")  # fmt: skip


def _lift(hits: dict[int, np.ndarray]) -> str:
    """Return the lift with its interval, and the shares as they are and under each control."""
    enough = min(int(h.sum()) for h in hits.values()) >= _FEWEST
    return f"{lift_text(hits) if enough else 'too few'} ({shares(hits)})"


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
