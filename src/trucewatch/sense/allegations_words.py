"""What an allegation in words says was done: class, weapon, numbers and harm, in English, Ukrainian or Russian."""

import math
import re
from dataclasses import dataclass

__all__ = ["LONGEST", "Understood", "understood"]

LONGEST = 2000  # characters of an allegation that are understood; hostile ones could cost the square of their length

_F = re.IGNORECASE
_FEW = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "один": 1, "одна": 1, "одну": 1, "одного": 1, "два": 2,
    "дві": 2, "две": 2, "двоє": 2, "двое": 2, "двох": 2, "три": 3, "троє": 3, "трое": 3, "трьох": 3, "трёх": 3,
    "трех": 3, "чотири": 4, "четыре": 4, "п'ять": 5, "пять": 5,
}  # fmt: skip
_MORE = r"at least|over|more than|не менше|не менее|щонайменше|понад|более|больше|більше"
_LESS = r"up to|at most|не більше|не более"
_ALONE = r"(?!\s*(?:[-‑]?\s*(?:mm|мм|km|км)\b|[°%:]))"  # a calibre, a distance or a clock time counts nothing
_SPOKEN = "|".join(sorted(_FEW, key=len, reverse=True))
_NUMBER = (
    rf"(?:(?P<more>{_MORE})\s+|(?P<less>{_LESS})\s+)?(?<![\w.,:-])"
    rf"(?P<low>\d{{1,5}}|{_SPOKEN})\b(?:\s*[-–—]\s*(?P<high>\d{{1,5}})\b)?{_ALONE}"
)
_BETWEEN = (
    r"(?:(?!(?:and|та|і|й|и)\b)(?:[^\W\d][\w'’-]*|\d{2,3}[-‑]\s*(?:mm|мм))\s+)"  # words that stay with their number
)

_KILLED = r"killed|dead|died|fatalit\w+|загин\w+|загибл\w+|вбит\w+|убит\w+|погиб\w*"
_INJURED = r"wounded|injured|hurt|поранен\w*|ранен\w*|травмован\w+|травмирован\w+"

# What was counted, by its words.
_UNITS = {
    "projectile": r"rounds?|shells?|projectiles?|mortar bombs?|снаряд\w*|боєприпас\w*|боеприпас\w*|мін(?:и|а|у)?",
    "shot": r"shots?|постріл\w*|выстрел\w*",
    "burst": r"bursts?|черг(?:а|и|у)?|очеред\w*",
    "explosion": r"explosions?|detonations?|impacts?|вибух\w*|взрыв\w*|прильот\w*|прил[её]т\w*|влучан\w*|попадан\w*",
    "drone": r"(?:fpv[- ]?)?drones?|uavs?|fpvs?|бпла|(?:fpv-)?дрон(?:и|а|у|ів|ов|ы)?|безпілотник\w*|беспилотник\w*",
    "missile": r"missiles?|ракет\w*",
    "rocket": r"rockets?",
    "bomb": r"bombs?|каб(?:и|ів|а|ы|ов)?|авіабомб\w*|авиабомб\w*",
    "strike": r"strikes?|attacks?|удар\w*|атак\w*",
}
_DRONE = r"(?:drones?|uavs?|quadcopters?|бпла|дрон\w{0,4}|безпілотник\w*|беспилотник\w*|квадрокоптер\w*)"
_FLEW = r"(?:overfl|flew|fl[iy]|hover|прол[іеё]т|польот|пол[її]т|полет|полёт|обл[іеё]т|летів|летел)"
_CALIBRE = r"\d{2,3}(?:[.,]\d{1,2})?\s*[-‑]?\s*(?:mm|мм)\b\.?"
_INDIRECT = (
    r"mortars?|міномет\w*|миномет\w*|миномёт\w*|howitzers?|гаубиц\w*|"
    r"(?:self-propelled |ствольн\w+ )?(?:artillery|артилері\w*|артиллери\w*)|"
    r"mlrs|multiple[- ](?:launch )?rocket(?:[- ]launch\w*)?(?: systems?)?|рсзв|рсзо|grad|град(?:ами|ом|у|ы|и|ів|ов)?|"
    r"uragan|ураган\w{0,3}|smerch|смерч\w{0,3}|himars|rockets?|"
    r"(?:automatic |anti-tank |автоматичн\w+ |автоматическ\w+ )?(?:grenade launchers?|гранатомет\w*|гранатомёт\w*)|"
    r"agl|ags-?17|агс(?:-?\d+)?|rpg(?:-?\d+)?|рпг(?:-?\d+)?|spg(?:-?9)?|спг(?:-?9)?|"
    r"small[- ]arms|стрілецьк\w+ збро\w+|стрелков\w+ оружи\w+|"
    r"(?:heavy )?machine[- ]?guns?|кулемет\w*|пулемет\w*|пулемёт\w*|snipers?|снайпер\w*|"
    r"(?:cruise |ballistic |tactical )?missiles?|(?:крилат\w+ |крылат\w+ |баліст\w+ |баллист\w+ )?ракет\w*|"
    r"(?:guided |glide )?(?:aerial )?bombs?|каб(?:ами|ом|ів|ов|ы|и)?|авіабомб\w*|авиабомб\w*"
)
_OTHERS = (
    r"tanks?|танк(?:и|у|а|ів|ов|ом|ами|ах|е)?|ifvs?|bmp-?\d?|бмп(?:-?\d)?|"
    rf"fpv[- ]?{_DRONE}?|{_DRONE}|shahed\w*|шахед\w*"
)
_WEAPON = re.compile(
    rf"(?:{_CALIBRE}\s+)?\b(?P<name>{_OTHERS}|{_INDIRECT})\b"
    rf"(?:\s*\(?\s*(?:calib\w+|калібр\w*|калибр\w*)?\s*{_CALIBRE}\)?)?",
    _F,
)
_FIRED = re.compile(_INDIRECT, _F)

_ARMS = r"(?:weapon|tank|artiller|howitzer|mortar|mlrs|збро|оружи|танк|артил|гаубиц|мін[оа]мет|мином[её]т)"

# First match wins: the narrow before the coarse.
_WORDS = {
    "airstrike": (
        r"air ?-?strikes?|авіаудар|авиаудар|авіаналіт|авианал[её]т|(?:glide|guided|aerial) bomb|авіабомб|авиабомб|"
        r"\bкаб(?:ами|ом|ів|ов|ы|и)?\b"
    ),
    "missile_strike": r"missile (?:strike|attack|hit)|missiles? (?:hit|struck)|ракетн\w+ (?:удар|атак)",
    "drone_strike": (
        rf"\bfpv|(?:{_DRONE}).{{0,20}}\b(?:str[iu]c?k|attack|drop|hit|атак|удар|скин|скид|сброс)|"
        rf"\b(?:str[iu]c?k|attack|drop|hit|атак|удар|скид|скин|сброс)\w*.{{0,25}}{_DRONE}"
    ),
    "uav_overflight": rf"{_DRONE}.{{0,30}}\b{_FLEW}|\b{_FLEW}\w*.{{0,30}}{_DRONE}",
    "aircraft_overflight": rf"(?:aircraft|plane|helicopter|літак|самол[её]т|вертол[іеё]т)\w*.{{0,30}}\b{_FLEW}",
    "overflight": r"overflight|overflew",
    "mines": (
        r"mine ?field|\bmin(?:ing|ed)\b|\b(?:laid|laying|placed)\b.{0,20}\bmines?\b|\bmines? (?:laid|placed)|"
        r"мінуван|минирован|замінов|заминиров|мінн\w+ пол|минн\w+ пол"
    ),
    "fortification": r"trench|fortif|earthwork|\bdug in|окоп|транше|фортиф|укріплен|укреплен|опорн\w+ пункт",
    "jamming": r"jamm|spoof|глушін|глушен|\bреб\b|\bрэб\b",
    "denial": (
        r"\bden(?:y|ied|ial)\b.{0,30}\b(?:access|passage)|refused.{0,15}\b(?:access|passage)|"
        r"не допу[сщ]|недопу[сщ]"
    ),
    "weapon_presence": (
        r"\b(?:deploy|position|presence|station|розміщ|размещ|присутн|присутств)\w*.{0,40}"
        rf"{_ARMS}|\b{_ARMS}\w*.{{0,20}}\b(?:deployed|positioned|present|stationed|розміщен|размещен|размещён)"
    ),
    "crossing": r"\bcross(?:ed|ing)\b.{0,40}\b(?:line|border)|перетин|перетну|пересе[кч]",
    "ground_battle": (
        r"assault|storm(?:ed|ing)|offensive|fire ?fight|clash|exchange of fire|штурм|наступальн|"
        r"\bбій\b|\bбої\b|\bбой\b|\bбои\b|зіткнен|столкнов|перестр[іе]л"
    ),
    "airburst": r"air ?burst|повітрян\w+ вибух|воздушн\w+ (?:взрыв|подрыв)",
    "impact": r"\bimpacts?\b|прильот|прил[её]т|приліт|влучан|попадан",
    "explosion": r"explo[sd]|detonat|вибух|взрыв|детонац",
    "flare": r"\bflares?\b|освітлювальн|осветительн",
    "fire_event": (
        r"shell(?:ed|ing|s)?\b|\bfir(?:ed|ing)\b|(?<!caught )(?<!on )(?<!\ba )\bfire\b|bombard|\bshots?\b|\brounds?\b|"
        r"\bbursts?\b|обстр[іе]л|стріл|стрел|вогн[ею]|вогонь|огонь|огн[её]м|снаряд"
    ),
    "fire": r"caught fire|on fire|\ba fire\b|burnt|burned|пожеж|пожар|загор[іе]",
    "damage": r"damag|destroy|пошкодж|поврежд|зруйнов|разруш",
}
_CLASSES = {cls: re.compile(words, _F) for cls, words in _WORDS.items()}


@dataclass(frozen=True, slots=True)
class Understood:
    """What words say; None and NaN where they say nothing.

    killed, injured  least and most
    rest             the words without numbers, weapon and harm: what may name a place
    """

    cls: str | None
    weapon: str | None
    count: float
    count_unit: str | None
    killed: tuple[float, float]
    injured: tuple[float, float]
    rest: str


def understood(text: str) -> Understood:
    """Return what an allegation says was done, from a fixed list of words; what is in no list stays unknown."""
    killed, rest = _harm(text[:LONGEST], _KILLED)
    injured, rest = _harm(rest, _INJURED)
    without_harm = rest
    count, unit, rest = _count(rest)
    weapon, rest = _weapon(rest)
    cls = _class(without_harm, weapon, unit)
    if cls is None and not (math.isnan(killed[0]) and math.isnan(injured[0])):
        cls = "casualty"
    return Understood(cls, weapon, count, unit, killed, injured, " ".join(rest.split()))


def _amount(found: re.Match[str]) -> tuple[float, float]:
    """Return least and most of a number; NaN for the end that is open."""
    low = float(_FEW.get(found["low"].lower(), 0) or found["low"])
    if found["less"]:
        return math.nan, low
    high = float(found["high"]) if found["high"] else math.nan if found["more"] else low
    return (low, high) if not high < low else (math.nan, math.nan)


def _harm(text: str, stems: str) -> tuple[tuple[float, float], str]:
    """Return how many were harmed, and the text without it: `2 civilians wounded`, `wounded: 2`, `поранено двох`."""
    for pattern in (
        rf"{_NUMBER}\s+{_BETWEEN}{{0,3}}?(?:{stems})\b",
        rf"\b(?:{stems})\s*[:—–-]?\s*{_BETWEEN}{{0,1}}?{_NUMBER}",
    ):
        found = re.search(pattern, text, _F)
        if found:
            return _amount(found), f"{text[: found.start()]} , {text[found.end() :]}"
    return (math.nan, math.nan), text


def _count(text: str) -> tuple[float, str | None, str]:
    """Return the first number of things counted, what they are, and the text without them."""
    found = re.search(rf"{_NUMBER}\s+{_BETWEEN}{{0,2}}?(?P<unit>{'|'.join(_UNITS.values())})\b", text, _F)
    if found is None:
        return math.nan, None, text
    unit = next(name for name, words in _UNITS.items() if re.fullmatch(words, found["unit"], _F))
    # the words between may name the weapon, so that only the number goes
    return _amount(found)[0], unit, f"{text[: found.start()]} , {text[found.end('low') :]}"


def _weapon(text: str) -> tuple[str | None, str]:
    """Return the weapons as they are said, and the text without them."""
    said = list(dict.fromkeys(" ".join(m[0].split()) for m in _WEAPON.finditer(text)))
    return "; ".join(said) or None, _WEAPON.sub(" , ", text)


def _class(text: str, weapon: str | None, unit: str | None) -> str | None:
    found = next((cls for cls, words in _CLASSES.items() if words.search(text)), None)
    if found in (None, "damage") and weapon and _FIRED.search(weapon) and not _bare_number(text, weapon):
        return "fire_event"
    if found is None and unit in ("projectile", "shot", "burst", "rocket", "missile"):
        return "fire_event"
    return found


def _bare_number(text: str, weapon: str) -> bool:
    """Return whether the weapons themselves were counted: two mortars are no mortar fire."""
    return re.search(rf"(?<![\d.,:-])\d{{1,3}}\s+{re.escape(weapon)}", text, _F) is not None
