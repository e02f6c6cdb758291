"""Carry identities through time: versions, merges and splits; nothing is edited, retired ids resolve for ever."""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from trucewatch.core.records import Incident, SourceRef, Status

__all__ = ["founding_id", "revise"]

_Key = tuple[str, int, str | None]


def founding_id(source: SourceRef) -> str:
    """Return the id that an incident draws from the first record that founded it."""
    text = f"{source.file_sha256}:{source.row}:{source.native_key or ''}"
    return "TW-" + base64.b32encode(hashlib.sha256(text.encode()).digest())[:10].decode()


def revise(fresh: Sequence[Incident], previous: Sequence[Incident]) -> tuple[Incident, ...]:
    """Return the records that are new against `previous`: first versions, next versions, merges and retirements.

    fresh     incidents as fused now, version 1, with the id that their first record would found
    previous  the latest version of every incident known so far, merged and retired ones too
    """
    alive = {p.incident_id: p for p in previous if p.status not in (Status.MERGED, Status.RETIRED)}
    holder = {key: p.incident_id for p in alive.values() for key in _keys(p)}
    shares = [Counter(holder[k] for k in _keys(f) if k in holder) for f in fresh]
    heir = _heirs(fresh, shares, alive)
    old_of: dict[int, list[str]] = {}
    for old, i in heir.items():
        old_of.setdefault(i, []).append(old)
    used = {p.incident_id for p in previous}
    out: list[Incident] = []
    for i, incident in enumerate(fresh):
        own = old_of.get(i, [])
        survivor = min(own, key=_most_shared(shares[i])) if own else None
        now = _named(incident, survivor, shares[i], used)
        out += _next_version(now, alive.get(survivor or ""))
        out += [_closed(alive[old], Status.MERGED, now.incident_id) for old in sorted(own) if old != survivor]
    out += [_closed(old, Status.RETIRED, None) for name, old in sorted(alive.items()) if name not in heir]
    return tuple(out)


def _most_shared(share: Counter[str]) -> Callable[[str], tuple[int, str]]:
    return lambda old: (-share[old], old)


def _keys(incident: Incident) -> Iterable[_Key]:
    return ((s.file_sha256, s.row, s.native_key) for s in incident.sources)


def _heirs(fresh: Sequence[Incident], shares: Sequence[Counter[str]], alive: Mapping[str, Incident]) -> dict[str, int]:
    """Return for each old id the fresh incident that carries it on: the one with its founding record, else its most."""
    best: dict[str, tuple[bool, int, int]] = {}
    for i, (incident, share) in enumerate(zip(fresh, shares, strict=True)):
        names = {founding_id(s) for s in incident.sources} if share else set()
        for old, count in share.items():
            claim = (old in names, count, -i)
            if old not in best or claim > best[old]:
                best[old] = claim
    return {old: -claim[2] for old, claim in best.items() if old in alive}


def _named(incident: Incident, survivor: str | None, share: Counter[str], used: set[str]) -> Incident:
    if survivor is not None:
        return replace(incident, incident_id=survivor)
    name = incident.incident_id
    if name in used:  # its first record founded an incident that lives on elsewhere: the next unused record founds this
        name = next((n for s in incident.sources if (n := founding_id(s)) not in used), name + "-2")
    used.add(name)
    return replace(incident, incident_id=name, split_from=min(share) if share else None)


def _next_version(now: Incident, before: Incident | None) -> list[Incident]:
    if before is None:
        return [now]
    same = replace(now, version=before.version, supersedes=before.supersedes, status=before.status,
                   split_from=before.split_from)  # fmt: skip
    if same == before:
        return []
    return [replace(same, version=before.version + 1, supersedes=before.version, status=Status.RECORDED)]


def _closed(old: Incident, status: Status, into: str | None) -> Incident:
    return replace(old, version=old.version + 1, supersedes=old.version, status=status, merged_into=into)
