"""Bytes of a text file to UTF-8, and which encoding had to be assumed."""

from typing import NamedTuple

import numpy as np

__all__ = ["Text", "body", "decode"]

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_CYRILLIC_RUN = 0.5  # in cp1251 words most high bytes stand beside another; in cp1252 they stand alone


class Text(NamedTuple):
    """A file's text as UTF-8 bytes, its codec, and what was assumed (None where the bytes say it themselves)."""

    utf8: bytes
    encoding: str
    assumed: str | None


def decode(data: bytes) -> Text:
    """Return the text of a file as UTF-8; every sequence of bytes has one."""
    codec = _UTF16_MARKS.get(data[:2])
    if codec:
        text = data[2:].decode(codec, errors="replace")
        assumed = "bytes that are no UTF-16, replaced" if "\ufffd" in text else None
        return Text(text.encode(), codec, assumed)
    plain = data.removeprefix(_UTF8_MARK)
    try:
        plain.decode("utf-8")
    except UnicodeDecodeError:
        return _not_utf8(plain, marked=len(plain) < len(data))
    return Text(plain, "utf-8", None)


def body(data: bytes) -> tuple[bytes, str]:
    """Return the bytes in which records can be split, and the codec that leads back from them to the original.

    In every encoding but UTF-16 the characters that part fields and records are the same single bytes.
    """
    codec = _UTF16_MARKS.get(data[:2])
    return (decode(data).utf8, codec) if codec else (data.removeprefix(_UTF8_MARK), "")


def _not_utf8(data: bytes, marked: bool) -> Text:
    """Read mostly-UTF-8 as damaged UTF-8, anything else as a Windows code page."""
    mended = data.decode("utf-8", errors="replace")
    damaged = mended.count("\ufffd")
    letters = len(mended) - len(mended.encode("ascii", errors="ignore")) - damaged
    if letters > damaged or marked:
        return Text(mended.encode(), "utf-8", f"{damaged} pieces that are no UTF-8, replaced by U+FFFD")
    codec = _code_page(data)
    return Text(data.decode(codec, errors="replace").encode(), codec, f"text that is no UTF-8, read as {codec}")


def _code_page(data: bytes) -> str:
    high = np.frombuffer(data, np.uint8) >= 0xC0
    beside = high[1:] & high[:-1]
    return "cp1251" if beside.sum() > _CYRILLIC_RUN * high.sum() else "cp1252"
