"""What can happen in the synthetic world, and how it shows: one row a kind."""

from dataclasses import dataclass

__all__ = ["KINDS", "Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of happening.

    incident   whether it is what a monitor should count; heat of works and fields is not
    where      impact, settlement, firing, line, rear, near, field, industry: how its place is drawn
    per_day    mean number in 24 h at intensity 1
    count      mean number of single sounds or sightings in it
    lasts_s    median duration
    heard_m    range at which it is heard in still air; 0 is silent
    seen_m     range at which it is seen by day; flash_m by night
    p_heat     probability that it leaves heat; heat_mw and heat_s are the medians of power and of burning time
    p_harm     probability that it harms people; p_press that somebody publishes it
    p_alleged  probability that the party which it was done to alleges it, in the words `said`
    word       what the observer's form calls it, seen_as where a witness knows better; direction what he says of it
    """

    name: str
    cls: str
    incident: bool
    where: str
    per_day: float
    count: float = 1.0
    lasts_s: float = 60.0
    heard_m: float = 0.0
    seen_m: float = 0.0
    flash_m: float = 0.0
    p_heat: float = 0.0
    heat_mw: float = 0.0
    heat_s: float = 0.0
    p_harm: float = 0.0
    p_press: float = 0.0
    word: str = ""
    direction: str = "undetermined"
    weapons: tuple[str, ...] = ()
    seen_as: str = ""
    daytime: bool = False
    p_notified: float = 0.0
    p_alleged: float = 0.0
    said: str = ""


_GUNS = ("mortar_82", "mortar_120", "artillery_122", "artillery_152", "tank", "MLRS")
_RIFLES = ("small_arms", "HMG", "AGL")

KINDS: tuple[Kind, ...] = (
    Kind("shelling", "explosion", True, "impact", 40, 6, 900, 10_000, 5_000, 9_000, 0.3, 6, 1_800, 0.02, 0.12,
         "explosion", "impact", _GUNS, p_alleged=0.45, said="{weapon} fire, {n} rounds"),
    Kind("firing", "outgoing", True, "firing", 14, 5, 600, 8_000, 3_500, 9_000, 0.05, 3, 600, 0.0, 0.05,
         "explosion", "outgoing", _GUNS),
    Kind("burst", "burst", True, "line", 28, 8, 400, 3_500, 1_500, 3_500, word="burst", weapons=_RIFLES,
         p_alleged=0.2, said="{weapon} fire, {n} bursts"),
    Kind("shot", "shot", True, "line", 28, 5, 300, 2_500, 1_200, 2_500, word="shot", weapons=("small_arms",),
         p_alleged=0.15, said="{weapon} fire, {n} shots"),
    Kind("projectile", "projectile", True, "line", 12, 3, 120, 0, 6_000, 9_000, p_press=0.05, word="projectile"),
    Kind("airburst", "airburst", True, "impact", 4, 2, 120, 9_000, 6_000, 10_000, p_press=0.1, word="airburst",
         direction="airburst", weapons=_GUNS, p_alleged=0.3, said="{n} airbursts, {weapon}"),
    Kind("village", "impact", True, "settlement", 8, 4, 600, 10_000, 5_000, 8_000, 0.5, 12, 5_400, 0.35, 0.8,
         "explosion", "impact", _GUNS, p_alleged=0.9, said="{weapon} fire, {n} rounds"),
    Kind("drone", "drone_strike", True, "impact", 10, 1, 60, 3_500, 4_000, 6_000, 0.4, 5, 1_800, 0.15, 0.4,
         "explosion", "impact", ("fpv_uav", "one_way_attack_uav"), "drone strike", p_alleged=0.6,
         said="drone strike, {weapon}"),
    Kind("overflight", "overflight", True, "line", 14, 1, 900, 1_500, 3_000, 500, p_press=0.03, word="overflight",
         weapons=("uav",), p_alleged=0.35, said="a drone flew over our positions"),
    Kind("crossing", "crossing", True, "line", 3, 1, 1_200, 0, 3_500, 800, p_press=0.1, word="crossing",
         p_alleged=0.4, said="a group crossed the line"),
    Kind("weapons", "weapon_presence", True, "rear", 6, 2, 21_600, 0, 3_500, 0, p_press=0.25, word="weapon",
         weapons=_GUNS, p_alleged=0.3, said="deployment of {weapon}"),
    Kind("works", "new_works", True, "near", 3, 1, 28_800, 0, 4_000, 0, p_press=0.15, word="works", p_alleged=0.35,
         said="trenches were dug"),
    Kind("barrier", "obstruction", True, "near", 2, 1, 7_200, 0, 1_500, 500, word="obstruction"),
    Kind("blaze", "fire", True, "impact", 5, 1, 7_200, 0, 9_000, 15_000, 1.0, 35, 9_000, 0.05, 0.2, "fire"),
    Kind("demining", "explosion", True, "near", 2, 2, 1_800, 9_000, 5_000, 0, 0.1, 3, 600, 0.0, 0.05, "explosion",
         "controlled_detonation", daytime=True, p_notified=0.8),
    Kind("field", "fire", False, "field", 25, 1, 7_200, 0, 8_000, 12_000, 1.0, 14, 7_200, 0.0, 0.02, "fire",
         daytime=True),
    Kind("works_heat", "industrial_heat", False, "industry", 0, 1, 86_400, 0, 0, 0, 1.0, 18, 86_400),
    Kind("minefield", "mines", True, "near", 2, 1, 7_200, p_alleged=0.4, said="a minefield was laid"),
)  # fmt: skip
