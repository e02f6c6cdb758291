"""A folder of finished pages over HTTP, on this machine only."""

import io
import sys
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO

from trucewatch.core.errors import CommandError

__all__ = ["serve_folder"]

_NAMES = ("127.0.0.1", "localhost")
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a reader who went away; everything else is an error of ours."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Pages(SimpleHTTPRequestHandler):
    def send_head(self) -> io.BytesIO | BinaryIO | None:
        """Answer for files inside the folder, and to those who asked for this machine by its own name."""
        # a foreign name that leads to this machine is another site's way to read what we serve
        if self.headers.get("Host", "").partition(":")[0] not in _NAMES:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return None
        if self.path == "/":
            self.path = "/report.html"
        if not self._is_inside(self.translate_path(self.path)):
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        return super().send_head()

    def _is_inside(self, path: str) -> bool:
        return "\0" not in path and Path(path).resolve().is_relative_to(Path(self.directory).resolve())

    def end_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet: who reads a report is nobody's business."""


def serve_folder(folder: Path, port: int, ready: Callable[[str], None], host: str = "127.0.0.1") -> None:
    """Serve a folder until interrupted; `ready` gets the address once it answers; port 0 picks a free one."""
    try:
        server = _Server((host, port), partial(_Pages, directory=str(folder)))
    except OSError as error:
        raise CommandError(
            f"found port {port} taken ({error}); needed a free one; choose another with --port"
        ) from error
    with server:
        ready(f"http://{host}:{server.server_address[1]}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
