"""Addresses of evidence in one form, so that five posts of one video are seen to be one."""

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

__all__ = ["LINKED", "RELIABILITY", "UNLINKED", "evidence_group", "normal_link"]

# Marks of lists whose every event people geolocated and checked: an assumption of ours, not theirs.
RELIABILITY = "B"
LINKED, UNLINKED = "2", "3"  # probably true where the evidence can be opened, else possibly true

# Parameters that say who shared a link, not what it leads to.
_SHARED_BY = re.compile(
    r"^(s|t|q|_t|_r|u|si|ref_src|ref_url|fbclid|igshid|is_copy_url|is_from_webapp|sender_.*|utm_.*)$"
)
_SAME_HOST = {"x.com": "twitter.com", "mobile.twitter.com": "twitter.com", "m.youtube.com": "youtube.com",
              "m.facebook.com": "facebook.com", "telegram.me": "t.me"}  # fmt: skip
_STATUS = re.compile(r"^/[^/]+/status/(\d+)")


def normal_link(link: str | None) -> str | None:
    """Return an address without scheme, `www.`, fragment and sharing parameters; None where it is no address."""
    if link is None or not re.match(r"https?://", link.strip(), re.IGNORECASE):
        return None
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        return None
    host = parts.netloc.lower().removeprefix("www.")
    host, path = _SAME_HOST.get(host, host), parts.path.rstrip("/")
    query = [(k, v) for k, v in parse_qsl(parts.query) if not _SHARED_BY.match(k)]
    if host == "youtu.be":
        return f"youtube.com/watch?v={path.lstrip('/')}"
    if host == "youtube.com":
        query = [(k, v) for k, v in query if k in ("v", "list") and path == "/watch"]
    if host == "twitter.com" and (status := _STATUS.match(path)):
        return f"twitter.com/status/{status[1]}"
    if host == "t.me":
        path = path.removeprefix("/s/") if path.startswith("/s/") else path.lstrip("/")
        return f"t.me/{path.lower()}"
    return f"{host}{path}" + (f"?{urlencode(sorted(query))}" if query else "")


def evidence_group(project: str, link: str | None) -> str:
    """Return the independence group of a row: its evidence, or its project alone where it names none.

    The address itself is protected, so that its digest stands for it.
    """
    normal = normal_link(link)
    return project if normal is None else f"{project}:{hashlib.sha256(normal.encode()).hexdigest()[:16]}"
