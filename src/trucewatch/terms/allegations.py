"""A table of what parties and others allege, as allegations: what is said again and again is one allegation."""

from collections.abc import Iterator, Mapping
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa

from trucewatch.core.agreement import Agreement
from trucewatch.core.columns import strings
from trucewatch.core.digest import quantise, sha256_hex
from trucewatch.core.gazetteer import fold
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.place import Places, summarise
from trucewatch.core.records import Allegation, PlaceRecord, SourceRef
from trucewatch.core.tables import ALLEGATIONS

__all__ = ["read_allegations"]

_REFERENCE = ("source", "file_sha256", "row", "native_key", "state")
_NUMBERS = ("lon_deg", "lat_deg", "size1_m", "size2_m", "bearing_deg", "width_deg")


def read_allegations(table: pa.Table, agreement: Agreement) -> tuple[tuple[Allegation, ...], list[Issue]]:
    """Return the allegations of a table of schema ALLEGATIONS, and the words for parties that the agreement lacks.

    Rows that say the same of the same place and time by the same party are one allegation with its copies, whatever
    their numbering and the writing of their text. It is named after the first of them.
    """
    ALLEGATIONS.check(table)
    first, group = _grouped(table)
    parties = {fold(word): p.id for p in agreement.parties for word in (p.id, p.name)}
    heads = table.take(pa.array(first))
    copies = np.bincount(group, minlength=len(first))
    places = _places(heads)
    rows = zip(heads.to_pylist(), places, copies.tolist(), strict=True)
    told = (_allegation(row, place, said, parties) for row, place, said in rows)
    return tuple(sorted(told, key=lambda a: a.allegation_id)), list(_unknown_parties(table, parties))


def _grouped(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row (groups,) of those that say the same, and the group (n,) of every row."""
    if table.num_rows == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    names = [c for c in ALLEGATIONS.columns if c.name not in _REFERENCE]
    same = np.column_stack([_codes(table, c.name, c.quantum) for c in names])
    order = np.lexsort((table.column("row").to_numpy(), _ranks(table, "file_sha256"), _ranks(table, "source"),
                        _ranks(table, "state")))  # fmt: skip
    _, first, group = np.unique(same[order], axis=0, return_index=True, return_inverse=True)
    back = np.empty(len(order), np.int64)
    back[order] = group.ravel()
    return order[first], back


def _ranks(table: pa.Table, name: str) -> np.ndarray:
    """Return the place (n,) of each word in alphabetical order; `accepted` comes before `duplicate`."""
    return np.unique(strings(table, name).astype(str), return_inverse=True)[1]


def _codes(table: pa.Table, name: str, quantum: float | None) -> np.ndarray:
    """Return a number (n,) for each distinct value of a column; texts that differ in writing only are one."""
    column = table.column(name)
    if pa.types.is_string(column.type):
        encoded = column.combine_chunks().dictionary_encode()
        words = [fold(w) if name == "text" else w for w in encoded.dictionary.to_pylist()]
        folded = np.append(np.unique(np.array(words, dtype=object), return_inverse=True)[1], -1)  # the last is unknown
        return np.asarray(folded[encoded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)])
    if pa.types.is_floating(column.type):
        return quantise(np.asarray(column.to_numpy(), np.float64), quantum or 1e-9)
    return np.asarray(column.combine_chunks().fill_null(np.iinfo(np.int64).min).to_numpy())


def _places(heads: pa.Table) -> list[PlaceRecord]:
    places = Places.from_table(heads)
    columns = [_or_none(c) for c in (*(getattr(places, name) for name in _NUMBERS), *summarise(places))]
    kinds, parts = strings(heads, "place_kind").tolist(), strings(heads, "parts").tolist()
    return [PlaceRecord(*values) for values in zip(kinds, *columns, parts, strict=True)]


def _or_none(values: np.ndarray) -> list[float | None]:
    return [None if isnan(v) else v for v in values.tolist()]


def _allegation(row: Mapping[str, Any], place: PlaceRecord, copies: int, parties: Mapping[str, str]) -> Allegation:
    ref = SourceRef(row["source"], row["file_sha256"], row["row"], row["native_key"], row["source"], row["party"], 1.0)
    name = sha256_hex(f"{ref.source}\n{ref.file_sha256}\n{ref.row}".encode())[:16]
    party, against = (None if w is None else parties.get(fold(w), w) for w in (row["party"], row["against"]))
    return Allegation(
        f"a{name}", str(party), against, row["native_key"], row["t_start_ns"], row["t_end_ns"], place, row["class"],
        ref, row["weapon"], row["count"], row["count_unit"], copies,
    )  # fmt: skip


def _unknown_parties(table: pa.Table, parties: Mapping[str, str]) -> Iterator[Issue]:
    """One issue for every word, at its first row."""
    for name in ("party", "against"):
        words = strings(table, name)
        for word in dict.fromkeys(w for w in words.tolist() if w is not None and fold(w) not in parties):
            rows = np.flatnonzero(words == word)
            where = table.slice(int(rows[0]), 1).to_pylist()[0]
            yield Issue(
                where["source"], IssueKind.DOUBTFUL, f"{name} {word!r} in {len(rows)} rows, which is no party",
                f"one of {', '.join(dict.fromkeys(parties.values()))}", "kept as it is said",
                where["row"], where["native_key"], where["file_sha256"],
            )  # fmt: skip
