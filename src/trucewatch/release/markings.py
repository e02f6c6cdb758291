"""Who may see which marking."""

from trucewatch.core.marking import Marking
from trucewatch.core.tables import OBSERVATIONS

__all__ = ["may_see", "needs_coarse_places"]

_SHARED = frozenset({Marking.PUBLIC, Marking.PARTIES, Marking.COALITION, Marking.COMMISSION})

# Parties and coalition stand beside each other: neither sees what is marked for the other.
_SEEN_BY: dict[Marking, frozenset[Marking]] = {
    Marking.PUBLIC: frozenset({Marking.PUBLIC}),
    Marking.PARTIES: frozenset({Marking.PUBLIC, Marking.PARTIES}),
    Marking.COALITION: frozenset({Marking.PUBLIC, Marking.COALITION}),
    Marking.COMMISSION: _SHARED,
    Marking.INTERNAL: _SHARED | {Marking.INTERNAL},
    Marking.SOURCE_PROTECTED: frozenset(Marking),
}


def may_see(audience: Marking, marking: Marking) -> bool:
    """Return whether an audience may see what carries a marking."""
    return marking in _SEEN_BY[audience]


def needs_coarse_places(audience: Marking) -> bool:
    """Return whether an audience gets cells instead of places: it may not see the columns of a place."""
    return not may_see(audience, OBSERVATIONS.by_name["lon_deg"].marking)
