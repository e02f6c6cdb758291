"""An agreement with a line, two parties and a storage site for each, and one day along it."""

import pytest
from shapely import box
from shapely.geometry import LineString

from trucewatch.core.agreement import Agreement, Force, Party, Provision, Zone
from trucewatch.scenario import Config, Truth, truth

LINE = LineString([(36.7, 47.96), (37.2, 48.01), (37.8, 47.95), (38.3, 48.0)])


def _store(party: str) -> Provision:
    return Provision(
        id=f"A-{party}", text_reference="weapons stay in their store", rule="storage_inventory", domain="land",
        phase=None, binds=(party,), acts=(), zones=(f"store_{party}",), effective_from_ns=0, effective_to_ns=None,
    )  # fmt: skip


@pytest.fixture(scope="session")
def stores() -> Agreement:
    line = Zone("line", "line", LINE, ("invented",) * 4)
    sites = (Zone(f"store_{p}", "area", box(37.3, y, 37.33, y + 0.02), ("invented",) * 5)
             for p, y in (("north", 48.36), ("south", 47.52)))  # fmt: skip
    parties = Party("north", "Party North"), Party("south", "Party South")
    clauses = tuple(_store(p.id) for p in parties)
    return Agreement(
        "test", "Invented", Force.INVENTED, parties, "Europe/Kyiv", 0, None, (line, *sites), clauses, (), (), "0" * 64
    )


@pytest.fixture(scope="session")
def busy(stores: Agreement) -> Truth:
    """A day on which twice as much happens as on others, so that every book has rows."""
    return truth(Config(seed=7, intensity=2.0, p_conditional=0.2, p_fired_at=0.15), stores)
