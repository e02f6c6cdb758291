"""The Kiel Institute's Ukraine Support Tracker, as donor-months, weapons by kind, and claims that name their source.

Aid to Ukraine's own forces is no part of the guarantee force: its claims carry the phase "support", so that they fill
only needs of a phase of that name. Kiel's words: a commitment is our pledged, an allocation our aligned.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.pledges.contributors import counted_items
from trucewatch.pledges.kiel_table import Row, Table, read_tables
from trucewatch.pledges.nouns import Actor, ActorKind, Claim, ClaimStatus, Direction, Quantity, Said, State
from trucewatch.pledges.requirements import number

__all__ = ["SUPPORT", "Donor", "DonorMonth", "Kiel", "Weapons", "donors", "kiel_claims", "monthly", "read_kiel"]

SUPPORT = "support"  # phase of aid to Ukraine's own forces
SECTORS = ("military", "financial", "humanitarian")
_PUBLISHER = "Kiel Institute for the World Economy, Ukraine Support Tracker"
_URL = "https://www.ifw-kiel.de/topics/war-against-ukraine/ukraine-support-tracker/"
_CENT = Decimal("0.0000015")  # the tables give billions to six digits; three such numbers may miss by as much
_COMPONENTS = {
    "air defense": "air_defence",
    "air defence": "air_defence",
}  # other kinds of weapon are of the land forces
# ISO 3166-1: alpha-3 of the donors of the tracker to alpha-2.
_ALPHA2 = {
    "AUS": "AU", "AUT": "AT", "BEL": "BE", "BGR": "BG", "CAN": "CA", "CHN": "CN", "HRV": "HR", "CYP": "CY",
    "CZE": "CZ", "DNK": "DK", "EST": "EE", "FIN": "FI", "FRA": "FR", "DEU": "DE", "GRC": "GR", "HUN": "HU",
    "ISL": "IS", "IND": "IN", "IRL": "IE", "ITA": "IT", "JPN": "JP", "LVA": "LV", "LTU": "LT", "LUX": "LU",
    "MLT": "MT", "NLD": "NL", "NZL": "NZ", "NOR": "NO", "POL": "PL", "PRT": "PT", "ROU": "RO", "SVK": "SK",
    "SVN": "SI", "KOR": "KR", "ESP": "ES", "SWE": "SE", "CHE": "CH", "TWN": "TW", "TUR": "TR", "GBR": "GB",
    "USA": "US",
}  # fmt: skip
_NUMBERS = ("total", "financial", "humanitarian", "military", "commitments", "to_be_allocated")


@dataclass(frozen=True, slots=True)
class DonorMonth:
    """What one donor allocated and committed in one month, in billions of euros.

    to_be_allocated  below 0 where an earlier commitment was allocated
    """

    donor: str
    iso: str
    year: int
    month: int
    total: Decimal
    financial: Decimal
    humanitarian: Decimal
    military: Decimal
    commitments: Decimal
    to_be_allocated: Decimal


@dataclass(frozen=True, slots=True)
class Weapons:
    """How many heavy weapons of one kind a donor pledged, their worth in euros, and which."""

    donor: str
    kind: str
    count: int
    worth_eur: Decimal | None
    items: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Kiel:
    """One release of the tracker as far as its files could be read; `digests` are SHA-256 by file."""

    months: tuple[DonorMonth, ...]
    weapons: tuple[Weapons, ...]
    release: str | None
    released_on: date | None
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Donor:
    """A donor's sums over all months in billions of euros: commitments against allocations."""

    donor: str
    iso: str
    commitments: Decimal
    allocations: Decimal
    to_be_allocated: Decimal
    by_sector: Mapping[str, Decimal]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order."""
        return {
            "donor": self.donor, "iso": self.iso, "commitments_bn_eur": number(self.commitments),
            "allocations_bn_eur": number(self.allocations), "to_be_allocated_bn_eur": number(self.to_be_allocated),
            **{f"{s}_bn_eur": number(v) for s, v in self.by_sector.items()},
        }  # fmt: skip


def read_kiel(files: Mapping[str, bytes]) -> tuple[Kiel, list[Issue]]:
    """Return the tracker's tables out of these files (name → bytes), each known by its columns, and all that is wrong.

    Checked in every row: commitments = total + to_be_allocated; total = its three sectors; weapons = sum of the list;
    and in every month: all donors together = the table of totals, where it is among the files.
    """
    tables, issues = read_tables(files)
    months = _months(tables.get("months"), issues)
    _check_totals(months, tables.get("totals"), issues)
    weapons = _weapons(tables.get("weapons"), issues)
    release, released_on = _release(tables.get("release"), issues)
    digests = {t.file: t.sha256 for t in tables.values()}
    return Kiel(tuple(months), tuple(weapons), release, released_on, digests), issues


def donors(kiel: Kiel) -> tuple[Donor, ...]:
    """Return the sums of every donor, in the order of their names."""
    by_donor: dict[str, list[DonorMonth]] = defaultdict(list)
    for month in kiel.months:
        by_donor[month.donor].append(month)
    return tuple(_donor(by_donor[name]) for name in sorted(by_donor))


def monthly(kiel: Kiel) -> tuple[dict[str, Any], ...]:
    """Return commitments and allocations of all donors together, month by month, with their running sums."""
    rows: list[dict[str, Any]] = []
    committed = allocated = Decimal(0)
    for year, month in sorted({(m.year, m.month) for m in kiel.months}):
        here = [m for m in kiel.months if (m.year, m.month) == (year, month)]
        commitments, allocations = _sum(m.commitments for m in here), _sum(m.total for m in here)
        committed, allocated = committed + commitments, allocated + allocations
        rows.append({
            "month": f"{year}-{month:02}", "commitments_bn_eur": number(commitments),
            "allocations_bn_eur": number(allocations), "commitments_to_date_bn_eur": number(committed),
            "allocations_to_date_bn_eur": number(allocated),
        })  # fmt: skip
    return tuple(rows)


def kiel_claims(kiel: Kiel, today: date) -> tuple[Claim, ...]:
    """Return a claim for each donor and sector allocated, for what is committed beyond, and for each kind of weapon.

    today  their date where the release names none
    """
    on = kiel.released_on or today
    release = kiel.release or "without number"
    notes = {"release": release, **{f"sha256 of {file}": digest for file, digest in kiel.digests.items()}}
    found = [claim for d in donors(kiel) for claim in _funding(d, release, on, notes)]
    iso = {m.donor: m.iso for m in kiel.months}
    found += [_arms(w, iso.get(w.donor), release, on, notes) for w in kiel.weapons]
    return tuple(found)


def _months(table: Table | None, issues: list[Issue]) -> list[DonorMonth]:
    if table is None:
        issues.append(_missing(issues))
        return []
    found: dict[tuple[str, int, int], DonorMonth] = {}
    for row in table.rows:
        month = _month(row, issues)
        if month is None:
            continue
        key = (month.donor, month.year, month.month)
        if key in found:
            text = f"{month.donor} in {month.year}-{month.month:02} a second time"
            issues.append(row.issue(IssueKind.DUPLICATE, text, "each donor-month once", "the first is counted"))
            continue
        found[key] = month
    return list(found.values())


def _missing(issues: Sequence[Issue]) -> Issue:
    source = issues[0].source if issues else "kiel"
    needed = f"a table with the columns country, iso, year, month, {', '.join(_NUMBERS)}"
    return Issue(
        source, IssueKind.UNREADABLE, "no donor-months", needed, "give the tracker's data_explorer.csv as well"
    )


def _month(row: Row, issues: list[Issue]) -> DonorMonth | None:
    year, month = row.whole("year", 2014, 2100), row.whole("month", 1, 12)
    numbers = {name: row.decimal(name) for name in _NUMBERS}
    wrong = [n for n, v in {"year": year, "month": month, **numbers}.items() if v is None]
    if wrong or year is None or month is None or not row.text("country"):
        names = ", ".join(wrong) or "country"
        needed = "numbers, a year and a month from 1 to 12"
        issues.append(row.issue(IssueKind.REJECTED, f"no usable {names}", needed, "the row is left out; correct it"))
        return None
    known = {n: v for n, v in numbers.items() if v is not None}
    found = DonorMonth(row.text("country"), row.text("iso"), year, month, **known)
    _check_month(found, row, issues)
    return found


def _check_month(m: DonorMonth, row: Row, issues: list[Issue]) -> None:
    if abs(m.commitments - m.total - m.to_be_allocated) > _CENT:
        found = f"commitments of {m.commitments} beside {m.total} + {m.to_be_allocated}"
        needed = "commitments = total + to_be_allocated"
        issues.append(row.issue(IssueKind.DOUBTFUL, found, needed, "the row is kept as it is; ask the publisher"))
    parts = m.financial + m.humanitarian + m.military
    if abs(m.total - parts) > _CENT:
        found, needed = f"a total of {m.total} beside sectors of {parts}", "total = the sum of its sectors"
        issues.append(row.issue(IssueKind.DOUBTFUL, found, needed, "the row is kept as it is; ask the publisher"))


def _check_totals(months: Sequence[DonorMonth], table: Table | None, issues: list[Issue]) -> None:
    sums: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for m in months:
        sums[m.year, m.month] += m.total
    for row in () if table is None or not months else table.rows:
        year, month, total = row.whole("year", 2014, 2100), row.whole("month", 1, 12), row.decimal("total_allocations")
        if year is None or month is None or total is None:
            issues.append(row.issue(IssueKind.REJECTED, "no usable total", "year, month and total", "correct it"))
        elif abs(sums[year, month] - total) > len(months) * _CENT:
            found = f"a total of {total} for {year}-{month:02} beside {sums[year, month]} over all donors"
            needed = "the same sum in both tables"
            issues.append(row.issue(IssueKind.DOUBTFUL, found, needed, "both are kept; ask the publisher"))


def _weapons(table: Table | None, issues: list[Issue]) -> list[Weapons]:
    found = [_weapon(row, issues) for row in (() if table is None else table.rows)]
    return [w for w in found if w is not None]


def _weapon(row: Row, issues: list[Issue]) -> Weapons | None:
    count = row.whole("number_of_weapons", 0, 1_000_000)
    if count is None or not row.text("donor") or not row.text("category"):
        needed = "a donor, a category and a whole number"
        issues.append(row.issue(IssueKind.REJECTED, "no usable number of weapons", needed, "correct the row"))
        return None
    items = counted_items(row.text("weapons_list"))
    if sum(n for _, n in items) != count:
        found, needed = f"{count} weapons beside {sum(n for _, n in items)} in the list", "the same number in both"
        issues.append(row.issue(IssueKind.DOUBTFUL, found, needed, "the row's own number is kept; ask the publisher"))
    worth = row.decimal("monetary_value_eur")
    return Weapons(row.text("donor"), row.text("category"), count, worth, tuple(items))


def _release(table: Table | None, issues: list[Issue]) -> tuple[str | None, date | None]:
    if table is None or not table.rows:
        return None, None
    row = table.rows[0]
    try:
        return row.text("release") or None, date.fromisoformat(row.text("date"))
    except ValueError:
        issues.append(
            row.issue(IssueKind.DOUBTFUL, f"the date {row.text('date')!r}", "a date 2026-01-31", "correct it")
        )
        return row.text("release") or None, None


def _donor(months: Sequence[DonorMonth]) -> Donor:
    sectors = {s: _sum(getattr(m, s) for m in months) for s in SECTORS}
    allocations, waiting = _sum(m.total for m in months), _sum(m.to_be_allocated for m in months)
    return Donor(months[0].donor, months[0].iso, _sum(m.commitments for m in months), allocations, waiting, sectors)


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


def _funding(d: Donor, release: str, on: date, notes: dict[str, str]) -> list[Claim]:
    rows = [(f"{s} aid", State.ALIGNED, amount) for s, amount in d.by_sector.items()]
    rows.append(("aid committed and not yet allocated", State.PLEDGED, d.to_be_allocated))
    actor = _actor(d.donor, d.iso)
    prefix = f"kiel-{release}-{d.iso}"
    return [
        _claim(f"{prefix}-{kind.split()[0]}-{state}", on, actor, "funding", kind, amount, "bn EUR", state, notes)
        for kind, state, amount in rows
        if amount > 0
    ]


def _arms(w: Weapons, iso: str | None, release: str, on: date, notes: dict[str, str]) -> Claim:
    component = _COMPONENTS.get(w.kind.casefold(), "land")
    listed = {"weapons": "; ".join(f"{name} ({n})" for name, n in w.items)}
    name = f"kiel-{release}-{iso or w.donor}-{w.kind.casefold()}"
    actor = _actor(w.donor, iso or "")
    return _claim(name, on, actor, component, w.kind, Decimal(w.count), "pieces", State.PLEDGED, {**notes, **listed})


def _actor(donor: str, iso: str) -> Actor:
    code = _ALPHA2.get(iso)
    return Actor(code, donor, ActorKind.BODY if code is None else ActorKind.COUNTRY)


def _claim(
    name: str, on: date, actor: Actor, component: str, capability: str, amount: Decimal, unit: str, state: State,
    notes: dict[str, str],
) -> Claim:  # fmt: skip
    said = Said(("Kiel Institute",), _PUBLISHER, on, _URL)
    return Claim(
        name.replace(" ", "-"), on, actor, Direction.OFFERS, component, capability, Quantity(amount, amount, unit), (),
        state, ClaimStatus.REPORTED, (said,), phase=SUPPORT, notes=notes,
    )  # fmt: skip
