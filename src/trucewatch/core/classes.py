"""One tree of classes for all sources; an adapter maps into it and unknown stays None."""

__all__ = ["CLASSES", "PARENT", "ancestors", "common_class", "compatible", "is_a"]

PARENT: dict[str, str | None] = {
    "event": None,
    "fire_event": "event",  # weapons were used
    "explosion": "fire_event",
    "impact": "explosion",
    "airburst": "explosion",
    "large_blast": "explosion",  # a depot, a bridge, a dam: tonnes rather than kilograms
    "outgoing": "fire_event",  # a weapon was fired from here
    "shot": "outgoing",
    "burst": "outgoing",
    "projectile": "fire_event",
    "flash": "fire_event",
    "flare": "fire_event",
    "ground_battle": "fire_event",
    "aerial_attack": "fire_event",  # missiles or drones came, whether or not any arrived
    "airstrike": "explosion",
    "drone_strike": "explosion",
    "missile_strike": "explosion",
    "thunder": "event",
    "quarry_blast": "event",  # blasting in a quarry or mine: an explosion, and no use of weapons
    "thermal": "event",  # heat, whatever its cause
    "fire": "thermal",
    "industrial_heat": "thermal",
    "damage": "event",  # the trace that a happening left
    "civilian_damage": "damage",
    "military_damage": "damage",
    "casualty": "event",
    "overflight": "event",
    "uav_overflight": "overflight",
    "aircraft_overflight": "overflight",
    "crossing": "event",
    "presence": "event",
    "weapon_presence": "presence",
    "control_change": "presence",
    "new_works": "event",
    "fortification": "new_works",
    "mines": "new_works",
    "mine_clearance": "event",
    "burial": "event",
    "detention": "event",
    "obstruction": "event",
    "jamming": "obstruction",
    "denial": "obstruction",
    "delay": "obstruction",
    "conditional_access": "obstruction",
    "asset_loss": "obstruction",
    "fire_at_monitors": "obstruction",
}

CLASSES = frozenset(PARENT)


def ancestors(cls: str) -> tuple[str, ...]:
    """Return the class itself and everything above it, nearest first."""
    chain: list[str] = []
    step: str | None = cls
    while step is not None:
        chain.append(step)
        step = PARENT[step]
    return tuple(chain)


def is_a(cls: str | None, ancestor: str) -> bool | None:
    """Return whether `cls` lies under `ancestor`; None where the class is unknown or too coarse to tell."""
    if cls is None or (cls != ancestor and cls in ancestors(ancestor)):
        return None
    return ancestor in ancestors(cls)


def common_class(a: str | None, b: str | None) -> str | None:
    """Return the narrower of two compatible classes, else their nearest common ancestor; unknown yields the other."""
    if a is None or b is None:
        return a or b
    if b in ancestors(a):
        return a
    if a in ancestors(b):
        return b
    above = set(ancestors(b))
    return next(step for step in ancestors(a) if step in above)


# What one happening may leave behind for different observers: a shell is heard as an explosion, burns as a
# thermal anomaly and is photographed as damage or as a casualty.
_TRACES = ("fire_event", "thermal", "damage", "casualty")
# What ears cannot tell apart: one person's explosion is another's quarry blast. Together they are an event of unknown
# class, and nothing is judged on it.
_SOUNDS = ("fire_event", "thunder", "quarry_blast")


def compatible(a: str | None, b: str | None) -> bool:
    """Return whether two observations of these classes can be of one happening."""
    if a is None or b is None or a == b:
        return True
    up_a, up_b = ancestors(a), ancestors(b)
    if a in up_b or b in up_a:
        return True
    if "industrial_heat" in (a, b):
        return False
    if any(t in up_a for t in _SOUNDS) and any(t in up_b for t in _SOUNDS):
        return True
    return any(t in up_a for t in _TRACES) and any(t in up_b for t in _TRACES)
