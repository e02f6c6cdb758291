"""Pages of a finished run on localhost."""

from trucewatch.serve.static import serve_folder

__all__ = ["serve_folder"]
