"""The log: records a second that no crash loses, time to verify them; and one question to 90,000 incidents."""

import gc
import hashlib
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.core.marking import Marking
from trucewatch.core.place import Places, sample_points
from trucewatch.core.records import Casualties, Incident, PlaceRecord, SourceRef, Status
from trucewatch.core.tables import OBSERVATIONS
from trucewatch.core.times import DAY_NS, HOUR_NS, parse_instant
from trucewatch.evidence import Config, Log, LogReader, RawFile, Record, View, body_bytes, to_body, verify

Row = tuple[str, str, str, str, str]
Question = tuple[float, float, float, float, int, int]
INCIDENTS, BATCH, SINGLES, ROWS, QUESTIONS = 90_000, 1_000, 200, 767_245, 2_000
RAW_BYTES = 22_000_000  # a raw file of 767,245 fires
YEAR_NS = parse_instant("2025-01-01T00:00:00Z")
LINE = np.array([[33.0, 46.6], [35.3, 47.5], [37.6, 47.8], [38.3, 48.9], [37.9, 50.2]])  # lon, lat: an invented line
SPREAD_KM = 15.0


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio)."""
    incidents = _incidents()
    with tempfile.TemporaryDirectory(prefix="trucewatch-bench-") as folder:
        day = Path(folder) / "day"
        rows, raw = Path(folder) / "rows", Path(folder) / "raw"
        return [*_writing(day, incidents), *_verifying(day), *_asking(day, incidents), *_segment(rows), *_raw_file(raw)]


def _open(folder: Path) -> Log:
    return Log.open(folder, Ed25519PrivateKey.generate(), time.time_ns, os.urandom)


def _incidents() -> list[Incident]:
    """Return a year of incidents within some 15 km of a line, four kinds of place."""
    rng = np.random.default_rng(1)
    part, along = rng.integers(0, len(LINE) - 1, INCIDENTS), rng.uniform(size=(INCIDENTS, 1))
    where = LINE[part] * (1 - along) + LINE[part + 1] * along + rng.normal(scale=SPREAD_KM / 111.2, size=(INCIDENTS, 2))
    start = YEAR_NS + rng.integers(0, 365 * DAY_NS, INCIDENTS)
    kinds = rng.choice(["exact", "ellipse", "pixel", "settlement"], INCIDENTS)
    drawn = zip(where.tolist(), start.tolist(), kinds.tolist(), strict=True)
    return [_incident(n, spot, t_ns, kind) for n, (spot, t_ns, kind) in enumerate(drawn)]


def _incident(number: int, spot: list[float], t_ns: int, kind: str) -> Incident:
    lon, lat = spot
    place = PlaceRecord(kind, lon, lat, 750.0, 375.0, 30.0, None, lon, lat, 750.0)
    sources = tuple(SourceRef(s, "0" * 64, number + 1, None, s, s, 0.9) for s in ("firms", "observer"))
    return Incident(f"I{number:06d}", 1, None, Status.RECORDED, t_ns, t_ns + HOUR_NS, "explosion", 0.8, place,
                    Casualties(), sources)  # fmt: skip


def _writing(folder: Path, incidents: list[Incident]) -> list[Row]:
    """Append in batches and one by one; the peer keeps the same bytes in SQLite with as many durable commits."""
    records = [Record("incident", to_body(incident), marking=_marking(n)) for n, incident in enumerate(incidents)]
    with _open(folder) as log:
        batched_s = _seconds(lambda: _append(log, records[SINGLES:], BATCH))
        single_s = _seconds(lambda: _append(log, records[:SINGLES], 1))
    peer_path = folder.parent / "peer.sqlite"
    peer_s = _seconds(lambda: _append_sqlite(peer_path, records[SINGLES:], BATCH))
    peer_single_s = _seconds(lambda: _append_sqlite(peer_path, records[:SINGLES], 1))
    count = INCIDENTS - SINGLES
    return [
        _rate(f"append {count:,} incidents, {BATCH:,} a commit, half sealed", count, batched_s, peer_s),
        _rate(f"append {SINGLES} incidents, one a commit", SINGLES, single_s, peer_single_s),
    ]


def _marking(number: int) -> Marking:
    return Marking.INTERNAL if number % 2 else Marking.PUBLIC


def _append(log: Log, records: list[Record], size: int) -> None:
    for start in range(0, len(records), size):
        log.append_many(records[start : start + size])


def _append_sqlite(path: Path, records: list[Record], size: int) -> None:
    """Keep the same canonical bodies with their digests, unsigned and unsealed."""
    sql = sqlite3.connect(path, isolation_level=None)
    sql.execute("PRAGMA journal_mode = WAL")
    sql.execute("PRAGMA synchronous = FULL")
    sql.execute("CREATE TABLE IF NOT EXISTS records (digest BLOB, body BLOB)")
    for start in range(0, len(records), size):
        bodies = [body_bytes(record.body) for record in records[start : start + size]]
        sql.execute("BEGIN")
        sql.executemany("INSERT INTO records VALUES (?, ?)", [(hashlib.sha256(b).digest(), b) for b in bodies])
        sql.execute("COMMIT")
    sql.close()


def _rate(workload: str, count: int, ours_s: float, peer_s: float) -> Row:
    peer = "SQLite WAL, synchronous FULL, digest and body"
    return workload, f"{count / ours_s:,.0f}/s", peer, f"{count / peer_s:,.0f}/s", f"{peer_s / ours_s:.2f}"


def _verifying(folder: Path) -> list[Row]:
    """Verify everything; the peer only reads and hashes every file, which is the least that any check must do."""
    ours_s = _seconds(lambda: _must_verify(folder))
    peer_s = _seconds(lambda: _hash_files(folder))
    return [(f"verify a year: {INCIDENTS:,} leaves, bodies, keys at hand", f"{ours_s:.2f} s",
             "SHA-256 of every file, no more", f"{peer_s:.2f} s", f"{peer_s / ours_s:.2f}")]  # fmt: skip


def _must_verify(folder: Path) -> None:
    report = verify(folder)
    if not report.ok or report.opened != INCIDENTS:
        raise RuntimeError(f"the measured log does not verify: {report.first}")


def _hash_files(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            hashlib.sha256(path.read_bytes()).digest()


def _asking(folder: Path, incidents: list[Incident]) -> list[Row]:
    """Ask for 1° × 1° × 1 day around incidents; the peers must give the same answers."""
    start = time.perf_counter()
    with View.rebuild(folder) as view:
        rebuild_s = time.perf_counter() - start
        questions = _questions(incidents)
        view.incidents_in(*questions[0])
        ours = _times(lambda q: view.incidents_in(*q).incident_id, questions)
        rows = [(f"rebuild the view of {INCIDENTS:,} incidents", f"{rebuild_s:.1f} s", "-", "-", "-")]
        for name, peer in (("SQLite, time index, same exact test", _SqliteScan(folder, incidents)),
                           ("shapely STRtree, time filter, same exact test", _TreeScan(incidents))):  # fmt: skip
            theirs = _times(peer.ask, questions)
            if [sorted(a) for a in ours[1]] != [sorted(a) for a in theirs[1]]:
                raise RuntimeError(f"{name} gives other answers")
            rows += [_quantile(share, ours[0], name, theirs[0]) for share in (50, 99)]
    return rows


def _questions(incidents: list[Incident]) -> list[Question]:
    rng = np.random.default_rng(2)
    found = []
    for number in rng.integers(0, INCIDENTS, QUESTIONS).tolist():
        place, shift = incidents[number].place, rng.uniform(-1, 0, 3).tolist()
        lon, lat = (place.lon_deg or 0.0) + shift[0], (place.lat_deg or 0.0) + shift[1]
        t0_ns = incidents[number].t_start_ns + int(shift[2] * DAY_NS)
        found.append((lon, lat, lon + 1, lat + 1, t0_ns, t0_ns + DAY_NS))
    return found


def _times(ask: Callable[[Question], list[str]], questions: list[Question]) -> tuple[np.ndarray, list[list[str]]]:
    taken, answers = [], []
    gc.collect()
    gc.freeze()  # the synthetic year in this process is no part of what is measured
    for question in questions:
        start = time.perf_counter()
        answers.append(ask(question))
        taken.append(time.perf_counter() - start)
    return np.array(taken) * 1e3, answers


def _quantile(share: int, ours_ms: np.ndarray, name: str, peer_ms: np.ndarray) -> Row:
    ours, peer = float(np.percentile(ours_ms, share)), float(np.percentile(peer_ms, share))
    workload = f"1° × 1° × 1 day among {INCIDENTS:,} incidents, exact places, p{share}"
    return workload, f"{ours:.2f} ms", name, f"{peer:.2f} ms", f"{peer / ours:.1f}"


class _Exact:
    """The exact test that all share: at least half of the place's mass inside the box."""

    def __init__(self, incidents: list[Incident]) -> None:
        places = [i.place for i in incidents]
        words = np.array([p.kind for p in places])
        codes = np.select([words == k for k in ("exact", "ellipse", "pixel", "settlement")], [0, 1, 2, 4])
        number = [np.array([getattr(p, n) for p in places], dtype=float)
                  for n in ("lon_deg", "lat_deg", "size1_m", "size2_m", "bearing_deg", "width_deg")]  # fmt: skip
        self.places = Places(codes.astype(np.int8), *number)
        self.start = np.array([i.t_start_ns for i in incidents])
        self.end = np.array([i.t_end_ns for i in incidents])
        self.ids = [i.incident_id for i in incidents]

    def test(self, rows: np.ndarray, q: Question) -> list[str]:
        rows = rows[(self.start[rows] < q[5]) & (self.end[rows] > q[4])]
        lon, lat = sample_points(self.places.take(rows), Config().samples)
        mass = ((lon >= q[0]) & (lon <= q[2]) & (lat >= q[1]) & (lat <= q[3])).mean(axis=1)
        return [self.ids[row] for row in rows[mass >= Config().min_mass].tolist()]


class _SqliteScan(_Exact):
    """All incidents of the time by an index on time, then a margin around the box, then the exact test."""

    MARGIN_DEG = 0.1

    def __init__(self, folder: Path, incidents: list[Incident]) -> None:
        super().__init__(incidents)
        self.sql = sqlite3.connect(folder.parent / "scan.sqlite")
        self.sql.execute("CREATE TABLE scan (n, lon, lat, t0, t1)")
        columns = (range(len(incidents)), self.places.lon_deg.tolist(), self.places.lat_deg.tolist(),
                   self.start.tolist(), self.end.tolist())  # fmt: skip
        self.sql.executemany("INSERT INTO scan VALUES (?, ?, ?, ?, ?)", zip(*columns, strict=True))
        self.sql.execute("CREATE INDEX by_time ON scan (t0)")

    def ask(self, q: Question) -> list[str]:
        margin = self.MARGIN_DEG
        found = self.sql.execute(
            "SELECT n FROM scan WHERE t0 BETWEEN ? AND ? AND lon BETWEEN ? AND ? AND lat BETWEEN ? AND ?",
            (q[4] - HOUR_NS, q[5], q[0] - margin, q[2] + margin, q[1] - margin, q[3] + margin),
        ).fetchall()
        return self.test(np.array(found, dtype=np.int64).reshape(-1), q)


class _TreeScan(_Exact):
    """All incidents of the box by a tree of places, then the time, then the exact test."""

    def __init__(self, incidents: list[Incident]) -> None:
        super().__init__(incidents)
        lon, lat = sample_points(self.places, Config().samples)
        boxes = shapely.box(lon.min(axis=1), lat.min(axis=1), lon.max(axis=1), lat.max(axis=1))
        self.tree = shapely.STRtree(boxes)

    def ask(self, q: Question) -> list[str]:
        return self.test(self.tree.query(shapely.box(*q[:4])), q)


def _segment(folder: Path) -> list[Row]:
    """Log a table of observations; the peer writes and fsyncs the same Parquet file and can prove nothing."""
    table = _observations()
    with _open(folder) as log:
        ours_s = _seconds(lambda: log.append_segment("segment", table, OBSERVATIONS, (), Marking.INTERNAL))
    peer_s = _seconds(lambda: _parquet(table, folder.parent / "peer.parquet"))
    verify_s = _seconds(lambda: verify(folder))
    return [
        (f"log {ROWS:,} observations, each row provable", f"{ours_s:.2f} s", "pyarrow Parquet zstd, fsync",
         f"{peer_s:.2f} s", f"{peer_s / ours_s:.2f}"),
        (f"verify {ROWS:,} observations row by row", f"{verify_s:.2f} s", "-", "-", "-"),
    ]  # fmt: skip


def _raw_file(folder: Path) -> list[Row]:
    """Seal a raw file and open it again; the peer keeps and reads the same bytes in the clear, hashed and fsynced."""
    data = np.random.default_rng(4).bytes(RAW_BYTES)
    with _open(folder) as log:
        sealed: list[RawFile] = []
        seal_s = _seconds(lambda: sealed.append(log.put_blob(data)))
        body = {"file_sha256": sealed[0].file_sha256}
        log.append_many([Record("file", body, marking=Marking.INTERNAL)])
        open_s = _seconds(lambda: log.reader().raw(sealed[0].file_sha256))
        peer_s = _seconds(lambda: log.put_blob(data, Marking.PUBLIC))
        clear = LogReader(folder).blobs
        read_s = _seconds(lambda: clear.get(sealed[0].file_sha256))
    size = f"{RAW_BYTES / 1e6:.0f} MB"
    return [
        (f"seal a raw file of {size}, durably", f"{seal_s * 1e3:.0f} ms", "SHA-256, write, fsync in the clear",
         f"{peer_s * 1e3:.0f} ms", f"{peer_s / seal_s:.2f}"),
        (f"open a sealed raw file of {size}", f"{open_s * 1e3:.0f} ms", "read and SHA-256 in the clear",
         f"{read_s * 1e3:.0f} ms", f"{read_s / open_s:.2f}"),
    ]  # fmt: skip


def _observations() -> pa.Table:
    rng = np.random.default_rng(3)
    start = YEAR_NS + rng.integers(0, 365, ROWS) * DAY_NS
    return OBSERVATIONS.table({
        "source": "firms", "file_sha256": "0" * 64, "row": np.arange(1, ROWS + 1), "state": "accepted",
        "project": "firms", "group": "firms", "t_start_ns": start, "t_end_ns": start + DAY_NS,
        "place_kind": "pixel", "lon_deg": rng.uniform(22, 40, ROWS), "lat_deg": rng.uniform(44, 52, ROWS),
        "size1_m": 375.0, "size2_m": 375.0, "bearing_deg": 0.0, "class": "thermal", "means": "detected",
    }, ROWS)  # fmt: skip


def _parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq

    with path.open("wb") as stream:
        pq.write_table(table, stream, compression="zstd", compression_level=Config().zstd_level)
        stream.flush()
        os.fsync(stream.fileno())


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    for row in measure():
        print(f"{row[0]:<72} {row[1]:<12} {row[2]:<48} {row[3]:<12} {row[4]}")
