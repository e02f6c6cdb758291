"""The command line: parse, call, print."""

from trucewatch.cli.app import main

__all__ = ["main"]
