"""Where the real records lie."""

import os
from pathlib import Path

FOLDER = Path(os.environ.get("TRUCEWATCH_DATA", Path(__file__).parents[2] / "shared" / "data"))
