"""Of many sets that share members, the disjoint ones that are worth most together."""

from collections.abc import Sequence

import numpy as np

__all__ = ["pack"]


def pack(sets: Sequence[tuple[int, ...]], worth: np.ndarray, members: int) -> np.ndarray:
    """Return the numbers of disjoint sets whose summed worth no single exchange can raise.

    sets    members of each; worth (sets,) above 0
    Best first, then each refused set is put in wherever it is worth more, together with what it frees, than what it
    displaces; one worth less than three tenths of that is not tried. The general problem is NP-hard; clusters of
    conflicts here are small.
    """
    order = np.argsort(-np.asarray(worth), kind="stable")
    owner = np.full(members, -1, dtype=np.int64)
    chosen: set[int] = set()
    by_member: dict[int, list[int]] = {}
    for s in order.tolist():
        for m in sets[s]:
            by_member.setdefault(m, []).append(s)
    for s in order.tolist():
        if all(owner[m] < 0 for m in sets[s]):
            _put(s, sets, owner, chosen)
    improved = True
    while improved:
        improved = False
        for s in order.tolist():
            if s not in chosen and worth[s] > 0.3 * sum(worth[o] for o in {int(owner[m]) for m in sets[s]} - {-1}):
                improved |= _exchanged(s, sets, worth, owner, chosen, by_member)
    return np.array(sorted(chosen), dtype=np.int64)


def _put(s: int, sets: Sequence[tuple[int, ...]], owner: np.ndarray, chosen: set[int]) -> None:
    chosen.add(s)
    owner[list(sets[s])] = s


def _exchanged(
    s: int, sets: Sequence[tuple[int, ...]], worth: np.ndarray, owner: np.ndarray, chosen: set[int],
    by_member: dict[int, list[int]],
) -> bool:  # fmt: skip
    """Put set s in where that pays; return whether it did."""
    out = {int(owner[m]) for m in sets[s]} - {-1}
    lost = sum(worth[o] for o in out)
    trial = owner.copy()
    for o in out:
        trial[list(sets[o])] = -1
    trial[list(sets[s])] = s
    free = [m for o in out for m in sets[o] if trial[m] < 0]
    gain, added = float(worth[s]), []
    for c in sorted({c for m in free for c in by_member[m]}, key=lambda c: -worth[c]):
        if all(trial[m] < 0 for m in sets[c]):
            trial[list(sets[c])] = c
            gain += float(worth[c])
            added.append(c)
    if gain <= lost + 1e-9:
        return False
    owner[:] = trial
    chosen.difference_update(out)
    chosen.update([s, *added])
    return True
