"""What a page is made of: sections of paragraphs, tables and figures, already in words."""

from dataclasses import dataclass

__all__ = ["Cell", "Figure", "Head", "Section", "TableView"]


@dataclass(frozen=True, slots=True)
class Cell:
    """Text of a table cell that leads somewhere (`href`) or can be led to (`anchor`), within the page."""

    text: str
    href: str | None = None
    anchor: str | None = None
    mono: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """Head of a column; numbers stand to the right, long texts and times get room."""

    label: str
    number: bool = False
    long: bool = False
    time: bool = False

    @property
    def css(self) -> str:
        """Class of the column's cells."""
        return "n" if self.number else "l" if self.long else "t" if self.time else ""


@dataclass(frozen=True, slots=True)
class TableView:
    """A table; `basis` is the line with unit, means and coverage of its counts, None where it counts nothing."""

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[str | Cell, ...], ...]
    basis: str | None = None
    notes: tuple[str, ...] = ()
    total: bool = False
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing (SVG text) with its legend of (mark, words) and its notes."""

    caption: str
    svg: str
    legend: tuple[tuple[str, str], ...] = ()
    basis: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a page."""

    id: str
    title: str
    paragraphs: tuple[str, ...] = ()
    parts: tuple[TableView | Figure, ...] = ()
    closing: tuple[str, ...] = ()
