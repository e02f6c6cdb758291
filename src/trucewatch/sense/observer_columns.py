"""The observer's form as data: its columns, what each means, and the words that are understood in it."""

from typing import NamedTuple

__all__ = ["COLUMNS", "DESCRIPTIONS", "MEANS", "OBSERVATIONS", "UNKNOWN", "FormColumn"]

UNKNOWN = frozenset({"", "-", "–", "n/k", "nk", "n.k.", "not known", "unknown", "n/a", "?"})

MEANS = {
    "heard": "heard", "saw": "saw", "seen": "saw", "observed": "saw", "heard and saw": "saw", "saw and heard": "saw",
    "recorded": "recorded", "camera": "recorded", "imaged": "imaged", "uav": "imaged", "detected": "detected",
    "reported": "reported",
}  # fmt: skip

# What was observed: class of core/classes.py, and what its number counts.
OBSERVATIONS = {
    "explosion": ("explosion", "explosion"),
    "undetermined explosion": ("explosion", "explosion"),
    "detonation": ("explosion", "explosion"),
    "impact": ("impact", "explosion"),
    "airburst": ("airburst", "explosion"),
    "airstrike": ("airstrike", "explosion"),
    "aerial attack": ("aerial_attack", "report"),
    "outgoing": ("outgoing", "explosion"),
    "shot": ("shot", "shot"),
    "burst": ("burst", "burst"),
    "projectile": ("projectile", "projectile"),
    "tracer": ("projectile", "projectile"),
    "rocket": ("projectile", "projectile"),
    "muzzle flash": ("flash", "flash"),
    "flash": ("flash", "flash"),
    "flare": ("flare", "flare"),
    "illumination flare": ("flare", "flare"),
    "exchange of fire": ("ground_battle", "report"),
    "drone strike": ("drone_strike", "explosion"),
    "missile strike": ("missile_strike", "explosion"),
    "fire": ("fire", "report"),
    "uav": ("uav_overflight", "overflight"),
    "drone": ("uav_overflight", "overflight"),
    "uav overflight": ("uav_overflight", "overflight"),
    "helicopter": ("aircraft_overflight", "overflight"),
    "aircraft": ("aircraft_overflight", "overflight"),
    "aircraft overflight": ("aircraft_overflight", "overflight"),
    "overflight": ("overflight", "overflight"),
    "crossing": ("crossing", "crossing"),
    "weapon": ("weapon_presence", "weapon"),
    "damage": ("damage", "report"),
    "casualty": ("casualty", "report"),
    "works": ("new_works", "report"),
    "fortification": ("fortification", "report"),
    "trench": ("fortification", "report"),
    "mines": ("mines", "report"),
    "mine": ("mines", "report"),
    "minefield": ("mines", "report"),
    "mine clearance": ("mine_clearance", "report"),
    "demining": ("mine_clearance", "report"),
    "control change": ("control_change", "report"),
    "obstruction": ("obstruction", "report"),
    "denial": ("denial", "report"),
    "delay": ("delay", "report"),
    "conditional access": ("conditional_access", "report"),
    "asset loss": ("asset_loss", "report"),
    "fire at monitors": ("fire_at_monitors", "report"),
    "jamming": ("jamming", "report"),
}

DESCRIPTIONS = ("undetermined", "outgoing", "impact", "airburst", "live_fire_exercise", "controlled_detonation")


class FormColumn(NamedTuple):
    """One column of the form: name, meaning, an example, and the words to choose from where there are such."""

    name: str
    meaning: str
    example: str
    words: tuple[str, ...] = ()


_ZONES = ("Europe/Kyiv", "UTC", "Europe/Moscow")

COLUMNS = (
    FormColumn("date", "day of the observation in the row's time zone; always needed", "2025-04-19"),
    FormColumn("time_from", "first minute; empty where only the day is known", "21:05"),
    FormColumn("time_to", "last minute; empty where it was one moment; earlier than the first: the next day", "21:35"),
    FormColumn("time_zone", "zone of date and times, by name or offset; always needed", "Europe/Kyiv", _ZONES),
    FormColumn("position", "where the observer stood: words, grid reference or degrees", "17km north of Donetsk"),
    FormColumn("position_lon", "longitude of the observer in degrees, where it was measured; goes before words", ""),
    FormColumn("position_lat", "latitude of the observer in degrees", ""),
    FormColumn("sector", "direction from the observer: compass word or bearings clockwise", "south-east"),
    FormColumn("distance_from_km", "least distance from the observer", "2"),
    FormColumn("distance_to_km", "most distance; empty where only one distance is known", "6"),
    FormColumn("means", "how it was observed", "heard", ("heard", "saw", "recorded", "imaged", "reported")),
    FormColumn("number", "how many; N/K where it is not known", "4"),
    FormColumn("observation", "what was observed; always needed", "explosion", (
        "explosion", "impact", "airburst", "shot", "burst", "projectile", "muzzle flash", "flare",
        "airstrike", "exchange of fire", "overflight", "uav overflight", "crossing", "weapon", "damage", "casualty",
        "works", "fortification", "mines", "fire", "obstruction", "jamming",
    )),
    FormColumn("description", "undetermined, outgoing, impact, airburst, or a direction of flight", "outgoing",
               (*DESCRIPTIONS, "N_to_S", "S_to_N", "E_to_W", "W_to_E")),
    FormColumn("weapon", "weapon, if assessed; N/K where it is not known", "mortar (120mm)"),
    FormColumn("killed", "number killed: 2, 2-3 or N/K; empty where nothing is said of it", ""),
    FormColumn("injured", "number injured: 2, 2-3 or N/K", ""),
    FormColumn("damage", "damage seen", ""),
    FormColumn("patrol", "name of the patrol, post or camera; stays inside the mission", "P3"),
    FormColumn("remarks", "anything else; stays inside the mission", ""),
)  # fmt: skip
