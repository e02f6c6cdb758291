"""How long it takes to judge incidents under 200 clauses of every kind of rule, and allegations; all synthetic."""

import resource
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Force, Party, Provision, Zone
from trucewatch.core.records import Allegation, Casualties, Incident, PlaceRecord, SourceRef, Status
from trucewatch.core.tables import ALLEGATIONS
from trucewatch.core.times import DAY_NS
from trucewatch.terms import Config, Situation, judge_all, read_allegations

Row = tuple[str, str, str, str, str]
SIZES = (10_000, 20_000, 50_000, 100_000)
CLAUSES = 200
START_NS, DAYS = 20_000 * DAY_NS, 30
PLOT = Path(__file__).parents[1] / "out" / "bench" / "judging-cost.svg"
WEST, EAST, LATITUDE = 33.0, 39.0, 48.0
PARTIES = ("left", "right")
CLASSES = ("impact", "explosion", "fire", "outgoing", "weapon_presence", "overflight", "new_works", "mines", "denial")
WEAPONS = (None, None, "mortar_120", "artillery_152", "mlrs_122", "N/K")


@dataclass(frozen=True)
class EvenSight:
    """The same fraction seen everywhere."""

    share: float

    def fraction(self, _geometry: BaseGeometry, _t_start_ns: int, _t_end_ns: int) -> float:
        """Return that fraction."""
        return self.share


def _zone(name: str, kind: str, geometry: BaseGeometry) -> Zone:
    return Zone(name, kind, geometry, ("synthetic",), name=name)


def _disc(rng: np.random.Generator) -> BaseGeometry:
    at = shapely.Point(rng.uniform(WEST, EAST), LATITUDE + rng.normal(0, 0.2))
    return at.buffer(rng.uniform(0.02, 0.1))


def _point(rng: np.random.Generator) -> BaseGeometry:
    return shapely.Point(rng.uniform(WEST, EAST), LATITUDE + rng.normal(0, 0.2))


def _road(rng: np.random.Generator) -> BaseGeometry:
    x, y = rng.uniform(WEST, EAST), LATITUDE + rng.normal(0, 0.2)
    return shapely.LineString([(x, y), (x + 0.1, y + 0.05), (x + 0.2, y + 0.02)])


def agreement(clauses: int = CLAUSES, seed: int = 4) -> Agreement:
    """Return an invented agreement: ten clauses along one line, the rest about sites and roads; every kind of rule."""
    rng = np.random.default_rng(seed)
    along = np.linspace(WEST, EAST, 400)
    line = shapely.LineString(np.column_stack([along, LATITUDE + 0.2 * np.sin(4 * along)]))
    zones = [_zone("line", "line", line), _zone("buffer", "area", line.buffer(0.03)),
             _zone("wide", "area", line.buffer(0.4))]  # fmt: skip
    provisions = _along_the_line()
    for k in range(clauses - len(provisions)):
        rule, kind, parameters, acts = _SITES[k % len(_SITES)]
        geometry = {"area": _disc, "corridor": _road, "point": _point}[kind](rng)
        zones.append(_zone(f"z{k}", kind, geometry))
        provisions.append(_clause(f"c{k}", rule, f"z{k}", parameters, acts))
    parties = tuple(Party(p, f"Party {p.title()}") for p in PARTIES)
    return Agreement("synthetic", "Synthetic", Force.INVENTED, parties, "Europe/Kyiv", 0, None, tuple(zones),
                     tuple(provisions), (), ("synthetic",), "0" * 64)  # fmt: skip


_FIRE = ("fire_event",)
_SITES: tuple[tuple[str, str, dict[str, object], tuple[str, ...]], ...] = (
    ("no_fire_area", "area", {}, _FIRE),
    ("silence_window", "corridor", {"hours": ["10:00-16:00"], "buffer_m": 1000.0}, _FIRE),
    ("protected_object", "point", {"radius_m": 1000.0}, _FIRE),
    ("rate_over_window", "area", {"most": 3, "window_h": 24.0}, _FIRE),
    ("silence_window", "corridor", {"hours": ["06:00-09:00"], "buffer_m": 1000.0}, _FIRE),
    ("storage_inventory", "area", {"every_days": 14.0}, ("weapon_presence",)),
)


def _along_the_line() -> list[Provision]:
    withdrawal: dict[str, object] = {
        "baselines": dict.fromkeys(PARTIES, "line"), "sides": {"left": "left", "right": "right"},
        "distances_m": {"mortar_120": 15_000.0, "artillery_152": 25_000.0, "mlrs_122": 40_000.0},
    }  # fmt: skip
    return [
        _clause("buffer", "no_fire_area", "buffer", {}, _FIRE),
        _clause("rate", "rate_over_window", "buffer", {"most": 50, "window_h": 24.0}, _FIRE),
        _clause("return", "return_fire", "buffer", {"within_s": 3600.0}, _FIRE),
        _clause("air", "aerial_vehicle", "buffer", {}, ("overflight",)),
        _clause("works", "new_works", "buffer", {}, ("new_works",)),
        _clause("access", "obstruction", "wide", {}, ("obstruction",)),
        _clause("heavy", "weapons_zone", "buffer", {"weapons": ["mortar", "artillery", "mlrs"]}, ("weapon_presence",)),
        _clause("weapons", "withdrawal_line", "wide", withdrawal, ("weapon_presence", "outgoing")),
    ]


def _clause(name: str, rule: str, zone: str, parameters: dict[str, object], acts: tuple[str, ...]) -> Provision:
    return Provision(name, name, rule, "land", None, PARTIES, acts, (zone,), 0, None, parameters=parameters)


def _places(rng: np.random.Generator, n: int) -> list[PlaceRecord]:
    """Along the line: half ellipses of hundreds of metres, half satellite pixels; one in fifty unknown."""
    lon = rng.uniform(WEST, EAST, n)
    lat = LATITUDE + 0.2 * np.sin(4 * lon) + rng.normal(0, 0.1, n)
    kinds = rng.choice(["exact", "ellipse", "pixel", "settlement", "unknown"], n, p=[0.2, 0.3, 0.3, 0.18, 0.02])
    sizes = {"exact": (200.0, None), "ellipse": (600.0, 300.0), "pixel": (375.0, 375.0), "settlement": (2500.0, None)}
    nowhere = PlaceRecord(*[None] * 10)
    return [
        nowhere if k == "unknown"
        else PlaceRecord(k, x, y, *sizes[k], 30.0, None, x, y, 1000.0)
        for k, x, y in zip(kinds.tolist(), lon.tolist(), lat.tolist(), strict=True)
    ]  # fmt: skip


def incidents(n: int, seed: int = 5) -> tuple[Incident, ...]:
    """Return synthetic incidents of a month, one in three known only by its day."""
    rng = np.random.default_rng(seed)
    start = START_NS + rng.integers(0, DAYS * DAY_NS, n)
    start = np.where(rng.random(n) < 1 / 3, start - start % DAY_NS, start)
    end = np.where(start % DAY_NS == 0, start + DAY_NS, start)
    cls, weapon = rng.choice(len(CLASSES), n), rng.choice(len(WEAPONS), n)
    rows = zip(start.tolist(), end.tolist(), cls.tolist(), weapon.tolist(), rng.uniform(0.3, 1, n).tolist(),
               _places(rng, n), strict=True)  # fmt: skip
    return tuple(
        Incident(f"i{k}", 1, None, Status.RECORDED, a, b, CLASSES[c], p, place, Casualties(), (), weapon=WEAPONS[w])
        for k, (a, b, c, w, p, place) in enumerate(rows)
    )


def allegations(n: int, seed: int = 6) -> tuple[Allegation, ...]:
    """Return synthetic allegations of one day of that month, half by each party against the other."""
    rng = np.random.default_rng(seed)
    start = (START_NS + rng.integers(0, DAY_NS, n)).tolist()
    cls = [CLASSES[c] for c in rng.choice(len(CLASSES), n)]
    return tuple(
        Allegation(f"a{k}", PARTIES[k % 2], PARTIES[1 - k % 2], None, t, t, place, c,
                   SourceRef("synthetic", "0" * 64, k + 1, None, "synthetic", "synthetic", 1.0))
        for k, (t, c, place) in enumerate(zip(start, cls, _places(rng, n), strict=True))
    )  # fmt: skip


def situation(n: int, alleged: int = 0) -> Situation:
    """Return the month with these numbers of incidents and allegations."""
    period = START_NS, START_NS + DAYS * DAY_NS
    return Situation(incidents(n), EvenSight(0.5), period, allegations=allegations(alleged))


def measure() -> list[Row]:
    """Return one row a size and draw the figure; incidents, clauses and allegations are synthetic."""
    terms, config = agreement(), Config()
    judge_all(terms, situation(500, 50), config)  # compile time apart
    seconds, rows = [], []
    for size in SIZES:
        took, verdicts = _timed(terms, situation(size), config)
        seconds.append(took)
        what = f"judge {size:,} incidents under {CLAUSES} clauses, {verdicts:,} verdicts (synthetic)"
        rows.append((what, f"{took:.2f} s of one core", "-", "-", "-"))
    exponent = np.polyfit(np.log(SIZES), np.log(seconds), 1)[0]
    plain, _ = _timed(terms, situation(10_000), config)
    took, _ = _timed(terms, situation(10_000, 2_500), config)
    _plot(seconds)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return [
        *rows,
        (f"judging grows as n^{exponent:.2f}; plotted in {PLOT.name}", f"{peak_mb:,.0f} MB at most", "-", "-", "-"),
        (f"2,500 allegations of a day beside 10,000 incidents, {CLAUSES} clauses (synthetic)",
         f"{took - plain:.2f} s of one core", "-", "-", "-"),
        _copies(terms),
    ]  # fmt: skip


def _copies(terms: Agreement, n: int = 10_000) -> Row:
    table = ALLEGATIONS.table({
        "source": "synthetic", "file_sha256": "0" * 64, "row": np.arange(n) + 1, "state": "accepted",
        "native_key": [str(k) for k in range(n)], "t_start_ns": START_NS, "t_end_ns": START_NS + DAY_NS,
        "place_kind": "exact", "lon_deg": np.full(n, WEST), "lat_deg": np.full(n, LATITUDE), "party": PARTIES[0],
        "size1_m": np.full(n, 300.0), "text": [" " * (k % 7) + "the same words" for k in range(n)],
    }, n)  # fmt: skip
    start = time.process_time()
    told, _ = read_allegations(table, terms)
    took = time.process_time() - start
    return (
        f"{n:,} copies of one allegation become {len(told)} (synthetic)",
        f"{took:.2f} s of one core",
        "-",
        "-",
        "-",
    )


def _timed(terms: Agreement, given: Situation, config: Config) -> tuple[float, int]:
    """Return seconds of one core, which other processes do not lengthen, and the number of verdicts."""
    start = time.process_time()
    judged = judge_all(terms, given, config)
    return time.process_time() - start, len(judged.verdicts)


def _plot(seconds: list[float]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.loglog(SIZES, seconds, "ko-", label="measured")
    axes.loglog(SIZES, np.array(SIZES) * seconds[0] / SIZES[0], "k:", label="in proportion")
    axes.set(xlabel=f"incidents (synthetic), {CLAUSES} clauses", ylabel="seconds of one core", title="Cost of judging")
    axes.legend()
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOT)


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
