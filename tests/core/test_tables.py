"""The documented columns are the declared ones."""

from pathlib import Path

import pytest

from trucewatch.core.place import KINDS
from trucewatch.core.tables import SCHEMAS

PAGE = (Path(__file__).parents[2] / "docs" / "core.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
def test_every_column_is_documented_with_its_unit_marking_and_meaning(schema) -> None:
    section = PAGE.partition(f"### {schema.name} (version {schema.version})\n")[2].partition("\n### ")[0]
    for c in schema.columns:
        dtype = c.dtype if c.nullable else f"{c.dtype}, never null"
        quantum = "" if c.quantum is None else format(c.quantum, "g")
        assert f"| `{c.name}` | {dtype} | {c.unit} | {quantum} | {c.marking} | {c.meaning} |" in section


def test_every_kind_of_place_is_documented() -> None:
    assert all(f"| `{kind}` |" in PAGE for kind in KINDS)
