"""What follows from the clauses of an agreement together: contradictions, clauses that never engage, and gaps."""

from collections.abc import Mapping

from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement
from trucewatch.core.entries import fit
from trucewatch.terms.book import Book
from trucewatch.terms.config import Config
from trucewatch.terms.contradictions import contradictions
from trucewatch.terms.dates import Calendar
from trucewatch.terms.phases import Phase, read_phases
from trucewatch.terms.ready import outlined
from trucewatch.terms.remark import Lines, Remark, Severity
from trucewatch.terms.schema import TermsEntry
from trucewatch.terms.uncovered import uncovered
from trucewatch.terms.unreachable import unreachable

__all__ = ["Remark", "Severity", "remarks"]


def remarks(
    agreement: Agreement, files: Mapping[str, str] | None = None, country: BaseGeometry | None = None,
    config: Config | None = None,
) -> list[Remark]:  # fmt: skip
    """Return what a reader should know of a usable agreement, contradictions first.

    files    its files, for the lines in them and for its phases
    country  outline outside which no zone is expected, and of zones of kind `country`; None where it is not known
    """
    lines = Lines() if files is None else Lines.of(files)
    zones = outlined(agreement.zones, country)
    book = Book(agreement, zones, _phases(agreement, lines), lines, config or Config())
    found = [*contradictions(book), *unreachable(book, country), *uncovered(book)]
    return sorted(dict.fromkeys(found), key=lambda r: r.place_in_list)


def _phases(agreement: Agreement, lines: Lines) -> dict[str, Phase]:
    if lines.terms is None:
        return {}
    entry, _ = fit(TermsEntry, lines.terms.value, lines.terms)
    calendar = Calendar(agreement.time_zone)
    return {} if entry is None else read_phases(entry.phases, lines.terms, calendar, agreement)[0]
