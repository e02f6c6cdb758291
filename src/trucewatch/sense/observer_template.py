"""An empty observer's form to fill in, as CSV or as a workbook with choices and explanations."""

import csv
import io

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from trucewatch.core.errors import CommandError
from trucewatch.sense.observer_columns import COLUMNS

__all__ = ["template"]

_ROWS = 2000  # rows of the form that offer choices


def template(file_format: str) -> bytes:
    """Return an empty form, `csv` or `xlsx`."""
    if file_format == "csv":
        return _csv()
    if file_format == "xlsx":
        return _xlsx()
    raise CommandError(f"found the format {file_format!r}; needed csv or xlsx; choose one of them")


def _csv() -> bytes:
    text = io.StringIO(newline="")
    for column in COLUMNS:
        text.write(f"# {column.name}: {column.meaning}" + (f"; e.g. {column.example}\n" if column.example else "\n"))
    csv.writer(text, lineterminator="\n").writerow([c.name for c in COLUMNS])
    return text.getvalue().encode("utf-8")


def _xlsx() -> bytes:
    book = Workbook()
    book.remove(book.active) if book.active is not None else None
    _form(book.create_sheet("observations"))
    _explanations(book.create_sheet("explanations"))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _form(sheet: Worksheet) -> None:
    sheet.append([c.name for c in COLUMNS])
    sheet.freeze_panes = "A2"
    for number, column in enumerate(COLUMNS, start=1):
        letter = get_column_letter(number)
        sheet.cell(1, number).font = Font(bold=True)
        sheet.column_dimensions[letter].width = max(12, len(column.name) + 2)
        if column.words:
            choice = DataValidation("list", formula1=f'"{",".join(column.words)}"', allow_blank=True)
            choice.showErrorMessage = False  # other words are read too, or named in an issue
            choice.promptTitle, choice.prompt = column.name, column.meaning[:255]
            sheet.add_data_validation(choice)
            choice.add(f"{letter}2:{letter}{_ROWS}")
        if column.name in ("date", "time_from", "time_to"):
            for row in range(2, 202):
                sheet.cell(row, number).number_format = "yyyy-mm-dd" if column.name == "date" else "hh:mm"


def _explanations(sheet: Worksheet) -> None:
    sheet.append(["column", "meaning", "example", "words"])
    for column in COLUMNS:
        sheet.append([column.name, column.meaning, column.example, ", ".join(column.words)])
    for letter, width in (("A", 18), ("B", 70), ("C", 24), ("D", 60)):
        sheet.column_dimensions[letter].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
