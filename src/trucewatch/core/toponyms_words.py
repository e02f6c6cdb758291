"""The words that stand before and behind the name of a place in Ukrainian, Russian and English."""

import re
from functools import cache
from importlib.resources import files

from trucewatch.core.gazetteer import fold

__all__ = [
    "AREA_HEADS", "AWAY", "BESIDE", "BETWEEN", "CONJUNCTIONS", "DEED", "FRONT_HEADS", "HEADS", "PLACED",
    "RAION_HEADS", "REGION_HEADS", "RIVERS", "RIVER_CUES", "STREETS", "TOWARDS", "TYPES", "WATERS",
    "compass_words", "not_places",
]  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(fold(word) for word in text.split())


# Beginnings of nouns that make the adjective, or the Latin name, before them an area.
REGION_HEADS = (
    "област", "обл", "регион", "регіон", "півостр", "полуостр", "краи", "краю", "region", "oblast", "province",
    "peninsula", "krai",
)  # fmt: skip
RAION_HEADS = ("раион", "district", "raion")
FRONT_HEADS = (
    "напрям", "направлен", "фронт", "ділянк", "direction", "front", "axis",
)  # fmt: skip
AREA_HEADS = ("громад", "отг", "мтг", "hromada", "community")
# Beginnings of nouns whose adjective is no settlement: units, churches, works, streets, offices, waters.
HEADS = (
    "полк", "бригад", "батал", "батальо", "дивіз", "дивиз", "патріарх", "патриарх", "митропол", "єпарх",
    "епарх", "лавр", "аес", "аэс", "тес", "тэс", "гес", "гэс", "ова", "мва", "універ", "универ", "інститут",
    "институт", "акаде", "завод", "комбінат", "комбинат", "проспект", "вулиц", "улиц", "площ", "шосе", "шоссе",
    "провул", "переул", "бульвар", "набереж", "мост", "міст", "залив", "заток", "мор", "кос", "проток",
    "пролив", "суд", "прокурат", "полігон", "полигон", "театр", "музе", "цирк", "угод", "соглаш", "домовлен",
    "ініціат", "платформ", "саміт", "саммит", "собор", "монаст", "ліс", "лес", "водосхов", "водохран", "канал",
    "округ", "мер", "мэр", "міськ", "флот", "корпус", "вокзал", "летов", "аеропорт", "аэропорт", "порт",
    "сільрад", "рад", "сотн", "легіон", "премі", "шахтар", "динамо", "острів", "остров",
)  # fmt: skip
STREETS = (
    "вулиц", "улиц", "вул", "ул", "проспект", "просп", "площ", "провул", "переул", "бульвар", "шос", "street",
    "метро", "станці", "станци", "жк", "тц", "трц",
)  # fmt: skip
WATERS = ("річ", "рек", "реч", "river", "озер")
RIVER_CUES = (
    "берег", "лівобереж", "левобереж", "правобереж", "берез", "русл", "форсир", "форсув", "форсу", "через",
    "переправ", "вздовж", "вдоль", "остров", "острів", "плавн", "гирл", "дельт", "течі", "води", "пересек",
    "перетин", "перетн", "bank", "across",
)  # fmt: skip
RIVERS = (
    "дніпр", "днепр", "dnipr", "dniep", "дністр", "дністер", "днестр", "дунаи", "дуна",
)  # fmt: skip
TYPES = _words(
    "м г с смт пгт нп сел село села селі селу селом селе селах селища селище селищі селищу посёлок посёлка "
    "посёлке посёлку місто міста місті місту містом містах город города городе городу городом городах хутір "
    "хутора хуторі хутор хуторе станиця станиці станица станице city town village settlement cities towns "
    "villages міст сіл городов сёл"
)
PLACED = _words(
    "в у уві во на по під под до з із зі с від от біля коло поблизу неподалік возле около вблизи близ над за "
    "через між между из со к ко околиці околицях окраине районі районах районе районам центрі центре пригороде "
    "пригород передмісті напрямку сторону бік північніше південніше східніше західніше севернее южнее восточнее "
    "западнее северней южней about around in near at from to towards toward outside between off leave via "
    "downtown"
)
CONJUNCTIONS = _words("та і й и а також и або или and or")
DEED = re.compile(
    "стріл|стрел|атак|вдар|удар|накри|накры|звільн|освобо|захоп|захват|взя|штурм|бомб|влуч|поціл|приліт|прилет|вибух|"
    "взрыв|евак|эвак|оборон|^(?:shell|struck|strike|hit|attack|bomb|liberat)"
)
_TYPE = (
    r"(?:(?:сел\w{0,3}|міст\w{0,2}|город\w?|пос[её]л\w{0,3}|смт|пгт|с|м|г|н\.п)\.?\s+"
    r"|the\s+|(?:city|town|village)\s+of\s+)?"
)
_DISTANCE = (
    r"(?P<low>\d{1,3}(?:[.,]\d{1,2})?)(?:\s*[-–—]\s*(?P<high>\d{1,3}(?:[.,]\d{1,2})?))?\s*-?"
    r"(?P<unit>км|кілометр\w*|километр\w*|km|kilomet\w+|метр\w*|met(?:re|er)s?|м|m)\.?\s+"
)
_NORTH_SOUTH = r"(?:північ\w*|півно\w*|південь|півд\w*|север\w*|юг\w*|юж\w*)"
_EAST_WEST = r"(?:схід\w*|сход\w*|захід\w*|заход\w*|восто\w*|запад\w*)"
_WIND = (
    rf"(?:{_NORTH_SOUTH}(?:[-–\s]?{_EAST_WEST})?|{_EAST_WEST}|(?:north|south)[-\s]?(?:east|west)?(?:ern)?|(?:east|west)(?:ern)?"
    r"|NNE|NNW|SSE|SSW|ENE|ESE|WNW|WSW|NE|NW|SE|SW)"
)
# `2,5 км на схід від`, `южнее`, `SE of`, `5 km from`: what stands right before a name
AWAY = re.compile(
    rf"(?:\b(?:за|в|у|about|some)\s+)?(?:\b(?P<distance>{_DISTANCE}))?(?P<inside>\bin\s+the\s+)?"
    rf"(?:(?:на|к|до|to\s+the)\s+)?(?P<other>{_WIND}\s+(?:та|і|й|и|and)\s+(?:(?:на|к)\s+)?)?"
    rf"\b(?P<wind>{_WIND})?(?:\s+)?(?P<of>\b(?:від|од|от|of|from)\s+)?{_TYPE}$",
    re.IGNORECASE,
)
BESIDE = re.compile(
    r"\b(?:поблизу|поблизости(?:\s+от)?|неподалік(?:\s+від)?|недалеко\s+от|рядом\s+[сз]|возле|вблизи|близ|біля|коло|около|під|"
    r"под|[вуВУ]\s+район(?:і|е|ах)|околиц\w+|окраин\w+|пригород\w*|передміст\w*|п[іо]дст[уо]п\w+\s+(?:до|к)|near|outside|"
    rf"around|close\s+to)\s+{_TYPE}$",
    re.IGNORECASE,
)
TOWARDS = re.compile(
    rf"\b(?:[ву]\s+(?:бік|сторону|напрямку|напрямі|направлении)|towards?|in\s+the\s+direction\s+of)\s+{_TYPE}$",
    re.IGNORECASE,
)
BETWEEN = re.compile(rf"\b(?:між|между|between)\s+{_TYPE}$", re.IGNORECASE)


def compass_words(wind: str) -> str:
    """Return the English compass word of a direction in any of the three languages."""
    low = wind.lower()
    if low[0].isascii():
        return low.removesuffix("ern")
    north_south = "north" if re.match("півн|север", low) else "south" if re.match("півд|юг|юж", low) else ""
    east_west = "east" if re.search("схід|сход|восто", low) else "west" if re.search("захід|заход|запад", low) else ""
    return f"{north_south}{east_west}"


@cache
def not_places() -> frozenset[str]:
    """Return the folded words that are spelt like a settlement and are none."""
    text = (files("trucewatch.core") / "data" / "toponyms_not_places.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return _words(" ".join(lines))
