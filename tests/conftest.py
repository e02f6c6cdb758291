"""Shared fixtures: where the real data lie, and whether they are here."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# A slow machine must not fail a law: no property test has a time limit of its own.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A script that starts the tests in the background makes them deaf to Ctrl-C; what they start would be deaf too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data; the test is skipped where it is absent."""
    folder = Path(os.environ.get("TRUCEWATCH_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data are not here ({folder.name}); set TRUCEWATCH_DATA to their folder")
    return folder
