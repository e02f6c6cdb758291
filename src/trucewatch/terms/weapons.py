"""Weapon words of many sources as weapon classes by calibre and range; a coarse word keeps all that it may mean."""

import re
from functools import cache

__all__ = ["WEAPONS", "weapon_classes"]

# Classes that a withdrawal clause may name, each under the coarse word that contains it.
WEAPONS: dict[str, str] = {
    "small_arms": "light",
    "hmg": "light",
    "agl": "light",
    "rpg": "light",
    "anti_tank_missile": "light",
    "anti_aircraft_gun": "anti_aircraft",
    "sam": "anti_aircraft",
    "ifv_cannon": "vehicle",
    "tank": "vehicle",
    "mortar_60": "mortar",
    "mortar_82": "mortar",
    "mortar_120": "mortar",
    "artillery_100": "artillery",
    "artillery_122": "artillery",
    "artillery_152": "artillery",
    "artillery_155": "artillery",
    "artillery_203": "artillery",
    "mlrs_122": "mlrs",
    "mlrs_220": "mlrs",
    "mlrs_227": "mlrs",
    "mlrs_300": "mlrs",
    "tactical_missile": "missile",
    "cruise_missile": "missile",
    "uav_fpv": "uav",
    "uav_one_way": "uav",
    "uav_reconnaissance": "uav",
    "glide_bomb": "air",
    "aircraft": "air",
}

# First match wins; the calibre, where the words give one, then picks within the coarse class.
_WORDS: tuple[tuple[str, str], ...] = (
    (r"heavy machine[- ]?gun|\bhmg\b|12[.,]7|14[.,]5", "hmg"),
    (r"automatic grenade|\bagl\b|ags-?17", "agl"),
    (r"\brpg\b|rocket[- ]propelled grenade|\bspg-?9\b", "rpg"),
    (r"atgm|anti[- ]?tank (guided )?missile|javelin|kornet|stugna", "anti_tank_missile"),
    (r"small[- _]?arms|rifle|sniper|machine[- ]?gun", "small_arms"),
    (r"anti[- _]?aircraft (gun|cannon)|anti_aircraft_gun|zu-?23|shilka", "anti_aircraft_gun"),
    (r"surface[- ]to[- ]air|\bsam\b|\bbuk\b|\bs-?300\b|\bosa\b|strela-?10", "sam"),
    (r"\bifv|bmp-?\d|infantry fighting|ifv_cannon", "ifv_cannon"),
    (r"\bmlrs\b|multiple[- ]launch|multiple rocket|rocket (launcher|artillery)|grad|uragan|smerch|himars|tornado",
     "mlrs"),
    (r"iskander|tochka|tactical missile|ballistic|tactical_missile", "tactical_missile"),
    (r"cruise[- _]?missile|kalibr|kh-?101", "cruise_missile"),
    (r"\bfpv\b|uav_fpv", "uav_fpv"),
    (r"shahed|geran|one[- _]way|loitering|uav_one_way", "uav_one_way"),
    (r"uav_reconnaissance|reconnaissance (uav|drone)|orlan", "uav_reconnaissance"),
    (r"\buav|drone|quadcopter", "uav"),
    (r"glide[- _]?bomb|\bkab\b|\bfab-?\d|aerial bomb", "glide_bomb"),
    (r"aircraft|air[- ]?strike|helicopter|\bjet\b", "aircraft"),
    (r"mortar", "mortar"),
    (r"howitzer|artillery|\bgun\b|cannon|msta|akatsiya|gvozdika|d-?30|caesar|m777", "artillery"),
    (r"\btanks?\b|\bt-?(64|72|80|90)\b", "tank"),
    (r"missile", "missile"),
)  # fmt: skip

# Names that fix the calibre although they do not say it.
_NAMED = (
    (r"grad|tornado-?g", "mlrs_122"),
    (r"uragan", "mlrs_220"),
    (r"himars|m270", "mlrs_227"),
    (r"smerch|tornado-?s", "mlrs_300"),
    (r"gvozdika|d-?30", "artillery_122"),
    (r"msta|akatsiya|giatsint", "artillery_152"),
    (r"caesar|m777|m109|krab", "artillery_155"),
)
_CALIBRE = re.compile(r"(?<!\d)(60|82|81|100|120|122|152|155|203|220|227|300)(?!\d)")
_SAME = {"81": "82"}  # 81-mm mortars fall under the same clauses as 82-mm ones


@cache
def weapon_classes(words: str | None) -> frozenset[str]:
    """Return every weapon class that the words may mean; empty where they may mean any."""
    text = (words or "").strip().lower()
    if text in WEAPONS:
        return frozenset({text})
    group = next((name for pattern, name in _WORDS if re.search(pattern, text)), None)
    if group is None:
        return frozenset()
    if group in WEAPONS:
        return frozenset({group})
    return _narrowed(group, text)


def _narrowed(group: str, text: str) -> frozenset[str]:
    members = frozenset(name for name, parent in WEAPONS.items() if parent == group)
    named = next((name for pattern, name in _NAMED if name in members and re.search(pattern, text)), None)
    if named is not None:
        return frozenset({named})
    calibre = _CALIBRE.search(text)
    exact = f"{group}_{_SAME.get(calibre[1], calibre[1])}" if calibre else None
    return frozenset({exact}) if exact in members else members
