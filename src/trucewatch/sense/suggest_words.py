"""Words by which columns and classes are named in English, Ukrainian and Russian lists."""

__all__ = ["CLASS_STEMS", "NAMES", "names_role"]

# A word stands for itself, one that ends in * for everything that begins so; nearest to our meaning first.
NAMES: dict[str, tuple[str, ...]] = {
    "start": ("start*", "begin*", "from", "datetime", "timestamp", "date*", "when", "time", "day", "acq", "початок",
              "дата*", "час", "день", "начал*", "время", "коли", "когда"),
    "end": ("end*", "finish*", "until", "till", "to", "кінець", "завершен*", "конец", "окончан*"),
    "clock": ("time", "clock", "hour*", "час", "время", "година", "часы"),
    "zone": ("timezone", "zone", "tz", "пояс", "зона"),
    "duration": ("duration", "minutes", "тривалість", "длительность"),
    "lat": ("lat", "latitude", "широта", "y"),
    "lon": ("lon", "lng", "long", "longitude", "довгота", "долгота", "x"),
    "radius": ("radius", "accuracy", "precision", "uncertainty", "радіус", "радиус", "похибка", "погрешность", "точн*"),
    "mgrs": ("mgrs", "utm", "grid"),
    "text_place": ("place*", "location*", "settlement*", "city", "town", "village", "місце*", "населен*", "місто",
                   "село", "место*", "город", "адрес*", "пункт"),
    "class": ("type*", "class*", "category", "kind", "event", "тип*", "вид", "категор*", "клас*", "подія", "событие"),
    "killed": ("killed", "dead", "deaths", "fatal*", "загибл*", "вбит*", "погиб*", "убит*"),
    "injured": ("injured", "wounded", "поранен*", "ранен*", "травмован*"),
    "count": ("count", "number", "n", "quantity", "кількість", "количество", "число"),
    "weapon": ("weapon*", "arms", "munition*", "calibre", "зброя", "озброєння", "боєприпас*", "оружие", "вооружен*"),
    "damage": ("damage*", "руйнуван*", "пошкоджен*", "ущерб", "разруш*", "поврежд*"),
    "text": ("text", "description", "headline", "title", "summary", "remark*", "comment*", "note*", "name", "опис",
             "описание", "текст", "заголовок", "примітк*", "примечан*", "комент*", "коммент*"),
    "link": ("url", "link*", "evidence", "посилання", "ссылк*", "джерело", "источник"),
    "power_mw": ("frp", "power"),
    "reliability": ("reliability", "надійність", "надежность"),
    "credibility": ("credibility", "достовірність", "достоверность"),
    "asset": ("patrol", "sensor", "camera", "satellite", "патруль", "камера"),
    "native_key": ("id", "entry", "uid", "key", "code", "код", "номер", "№", "ідентифікатор", "идентификатор"),
}  # fmt: skip

# Stems of their words for what happened, and our class; the first that a word holds.
CLASS_STEMS: tuple[tuple[str, str], ...] = (
    ("mine clear", "mine_clearance"), ("demin", "mine_clearance"), ("розмінув", "mine_clearance"),
    ("разминир", "mine_clearance"), ("civilian casualt", "casualty"), ("casualt", "casualty"), ("killed", "casualty"),
    ("загиб", "casualty"), ("погиб", "casualty"), ("жертв", "casualty"), ("поранен", "casualty"), ("ранен", "casualty"),
    ("civilian infrastr", "civilian_damage"), ("military infrastr", "military_damage"),
    ("drone", "drone_strike"), ("uav", "drone_strike"), ("дрон", "drone_strike"), ("бпла", "drone_strike"),
    ("беспилот", "drone_strike"), ("безпілот", "drone_strike"), ("шахед", "drone_strike"), ("shahed", "drone_strike"),
    ("missile", "missile_strike"), ("ракет", "missile_strike"), ("explos", "explosion"), ("rocket", "explosion"),
    ("airstrike", "airstrike"), ("air strike", "airstrike"), ("bombing", "airstrike"), ("авіа", "airstrike"),
    ("авиа", "airstrike"), ("airalert", "aerial_attack"), ("shell", "explosion"), ("artiller", "explosion"),
    ("mortar", "explosion"), ("mlrs", "explosion"), ("blast", "explosion"),
    ("обстріл", "explosion"), ("обстрел", "explosion"), ("артилер", "explosion"), ("артиллер", "explosion"),
    ("міномет", "explosion"), ("миномет", "explosion"), ("вибух", "explosion"), ("взрыв", "explosion"),
    ("firing position", "outgoing"), ("outgoing", "outgoing"), ("impact", "impact"), ("приліт", "impact"),
    ("прилет", "impact"), ("влучан", "impact"), ("попадан", "impact"), ("firefigh", "ground_battle"),
    ("small arms", "ground_battle"), ("battle", "ground_battle"), ("clash", "ground_battle"), ("бій", "ground_battle"),
    ("бої", "ground_battle"), ("бой", "ground_battle"), ("зіткнен", "ground_battle"), ("столкновен", "ground_battle"),
    ("fire", "fire"), ("пожеж", "fire"), ("пожар", "fire"), ("damage", "damage"), ("руйнув", "damage"),
    ("пошкодж", "damage"), ("разруш", "damage"), ("поврежд", "damage"), ("overflight", "overflight"),
    ("presence", "presence"), ("присутн", "presence"), ("присутст", "presence"), ("control", "control_change"),
    ("arrest", "detention"), ("detention", "detention"), ("затрим", "detention"), ("задерж", "detention"),
    ("grave", "burial"), ("burial", "burial"), ("jamming", "jamming"), ("глушін", "jamming"), ("глушен", "jamming"),
    ("trench", "new_works"), ("fortif", "fortification"), ("мін", "mines"), ("мин", "mines"),
)  # fmt: skip


def names_role(words: list[str], role: str) -> int | None:
    """Return how near the words of a column's name are to a role, 0 the nearest; None where they do not name it."""
    for rank, stem in enumerate(NAMES[role]):
        begins = stem.removesuffix("*")
        if any(w.startswith(begins) if stem.endswith("*") else w == begins for w in words):
            return rank
    return None
