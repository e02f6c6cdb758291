"""Release markings: who may see a record or a column (domain practice; the narrowest mark wins)."""

from enum import StrEnum

__all__ = ["WITHHELD_FROM_PUBLIC", "Marking"]


class Marking(StrEnum):
    """Audience of a column or record."""

    PUBLIC = "PUBLIC"
    PARTIES = "PARTIES"
    COALITION = "COALITION"
    COMMISSION = "COMMISSION"
    INTERNAL = "INTERNAL"
    SOURCE_PROTECTED = "SOURCE-PROTECTED"


WITHHELD_FROM_PUBLIC = frozenset(Marking) - {Marking.PUBLIC}
