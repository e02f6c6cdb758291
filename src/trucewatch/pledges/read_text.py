"""Bytes of an article to plain text whose every character still knows where it stands in the raw file."""

import html
import re
from bisect import bisect_right
from dataclasses import dataclass

__all__ = ["Piece", "Plain", "decoded", "plain"]

_HTML = re.compile(
    r"<(?:!doctype|html|head|body|article|section|div|p|table|h[1-6]|ul|li|br|span)\b[^<>]{0,400}>", re.I
)
_TOKEN = re.compile(r"<!--|<[a-zA-Z/!?][^<>]{0,4000}>|&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,8});")
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_SILENT = frozenset(("script", "style", "noscript", "template", "svg", "head", "nav", "footer"))
_CELLS = frozenset(("td", "th"))
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "aside",
        "header",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "table",
        "tr",
        "br",
        "hr",
        "blockquote",
        "figure",
        "figcaption",
        "title",
        "main",
        "dl",
        "dt",
        "dd",
    ]
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of plain text and where it came from; an entity is one character from several."""

    start: int
    raw_start: int
    length: int
    raw_length: int


@dataclass(frozen=True, slots=True)
class Plain:
    """Text without markup; no pieces where nothing was taken out."""

    text: str
    pieces: tuple[Piece, ...] = ()

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return where [start, end) of the plain text stands in the raw text."""
        if not self.pieces or end <= start:
            return start, end
        return self._raw(start, False), self._raw(end - 1, True)

    def _raw(self, at: int, after: bool) -> int:
        piece = self.pieces[max(0, bisect_right(self.pieces, at, key=lambda p: p.start) - 1)]
        if piece.length != piece.raw_length:
            return piece.raw_start + (piece.raw_length if after else 0)
        return piece.raw_start + min(at - piece.start, piece.length - 1) + after


def decoded(data: str | bytes) -> tuple[str, str | None]:
    """Return the text, and what was odd about its encoding or None; bytes that are no UTF-8 are read as
    Windows-1252."""
    if isinstance(data, str):
        return data, None
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(codec, errors="replace"), None
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        odd = f"a byte that is no UTF-8 at {error.start}"
    mended = data.decode("utf-8", errors="surrogateescape")
    return re.sub(r"[\udc80-\udcff]", _windows, mended), odd


def _windows(escaped: re.Match[str]) -> str:
    return bytes((ord(escaped.group()) - 0xDC00,)).decode("cp1252", errors="replace")


def plain(raw: str) -> Plain:
    """Return the text that a reader sees; one pass over the raw text, however broken its markup."""
    return _without_markup(raw) if _HTML.search(raw, 0, 100_000) else Plain(raw)


def _without_markup(raw: str) -> Plain:
    pieces: list[tuple[str, int, int]] = []  # text, raw start, raw length
    at, silent = 0, ""
    while (token := _TOKEN.search(raw, at)) is not None:
        if not silent:
            pieces.append((raw[at : token.start()].replace("\n", " ").replace("\t", " "), at, token.start() - at))
        word, at = token.group(), token.end()
        if word == "<!--":
            at = _after_comment(raw, at)
        elif word[0] == "&":
            pieces += [] if silent else [(html.unescape(word)[:1], token.start(), len(word))]
        else:
            silent = _silence(word, silent)
            pieces += [] if silent else [(_gap(word), token.start(), 0)]
    pieces += [] if silent else [(raw[at:].replace("\n", " "), at, len(raw) - at)]
    return _joined(pieces)


def _after_comment(raw: str, at: int) -> int:
    """Return where the comment ends; one that is never closed takes the rest, as in a browser."""
    end = raw.find("-->", at)
    return len(raw) if end < 0 else end + 3


def _silence(tag: str, silent: str) -> str:
    """Return the element that is not shown, while it lasts."""
    name = _TAG.match(tag)
    word = name.group(1).lower() if name else ""
    if silent:
        return "" if tag.startswith("</") and word == silent else silent
    return word if word in _SILENT and not tag.startswith("</") and not tag.endswith("/>") else ""


def _gap(tag: str) -> str:
    name = _TAG.match(tag)
    word = name.group(1).lower() if name else ""
    if word in _CELLS:
        return "\t" if tag.startswith("</") else ""
    return "\n" if word in _BLOCKS else ""


def _joined(parts: list[tuple[str, int, int]]) -> Plain:
    texts, pieces, at = [], [], 0
    for text, raw_start, raw_length in parts:
        if text:
            texts.append(text)
            pieces.append(Piece(at, raw_start, len(text), raw_length))
            at += len(text)
    return Plain("".join(texts), tuple(pieces))
