"""Who can speak or contribute, as English press writes it: countries, people, institutions, groups, publishers.

Data, not rules: a name that is missing here is added here and nowhere else. People are those in office in 2025 and
2026;
a text that gives somebody a title ("Danish Prime Minister …") needs no entry.
"""

from dataclasses import dataclass

from trucewatch.pledges.nouns import ActorKind

__all__ = ["ENTRIES", "MEDIA_WORDS", "PARTIES", "SOURCES", "Entry"]

PARTIES = frozenset({"RU", "UA", "BY"})  # neither side of the line contributes to a force between them


@dataclass(frozen=True, slots=True)
class Entry:
    """One name: how a speaker is called, and which actor it stands for (none for a publisher or an unknown person).

    adjective   "French", "American": stands before what belongs to the actor
    person      a human being; pronouns may refer to it
    publisher   passes on what others say
    """

    name: str
    code: str | None = None
    actor: str | None = None
    kind: ActorKind = ActorKind.COUNTRY
    adjective: bool = False
    person: bool = False
    publisher: bool = False


# a line that starts with two blanks goes on with the one before
# code | name | other names | adjectives and demonyms | institutions | people
_COUNTRIES = """
GB|United Kingdom|UK;U.K.;Britain;Great Britain;England|British;Briton;Britons;Brits|Downing Street;Number 10;No 10;
  No. 10;UK government;British government;Whitehall;House of Commons;Royal Navy;Royal Air Force;Ministry of Defence;
  London|Keir Starmer;John Healey;David Lammy;Yvette Cooper;Jonathan Powell;Tony Radakin;Rich Knighton
FR|France||French|Elysée;Élysée;Elysee;Elysée Palace;Élysée Palace;Quai d’Orsay;Paris|Emmanuel Macron;
  Sébastien Lecornu;Catherine Vautrin;Jean-Noël Barrot;Fabien Mandon;Thierry Burkhard
DE|Germany||German;Germans|Bundestag;Bundeswehr;Federal Government;Berlin|Friedrich Merz;Boris Pistorius;
  Johann Wadephul;Lars Klingbeil;Carsten Breuer
US|United States|US;U.S.;USA;U.S.A.;America;United States of America|American;Americans|White House;Pentagon;
  State Department;US Congress;Congress;Oval Office;US administration;Trump administration;Washington DC;
  Washington D.C.;Washington|Donald Trump;JD Vance;Marco Rubio;Pete Hegseth;Steve Witkoff;Keith Kellogg;Jared Kushner;
  Scott Bessent;Dan Caine
IT|Italy||Italian;Italians|Palazzo Chigi;Quirinale;Rome|Giorgia Meloni;Guido Crosetto;Antonio Tajani;Matteo Salvini
ES|Spain||Spanish;Spaniards|Moncloa;Cortes;Madrid|Pedro Sánchez;Pedro Sanchez;Margarita Robles;José Manuel Albares
PL|Poland||Polish;Poles|Sejm;Warsaw|Donald Tusk;Karol Nawrocki;Radosław Sikorski;Radoslaw Sikorski;
  Władysław Kosiniak-Kamysz
NL|Netherlands|Holland;the Netherlands|Dutch|The Hague|Dick Schoof;Ruben Brekelmans;Rob Jetten
BE|Belgium||Belgian;Belgians||Bart De Wever;Theo Francken;Maxime Prévot
LU|Luxembourg||Luxembourgish||Luc Frieden
DK|Denmark||Danish;Danes|Folketing;Copenhagen|Mette Frederiksen;Troels Lund Poulsen
NO|Norway||Norwegian;Norwegians|Storting;Oslo|Jonas Gahr Støre;Tore Sandvik
SE|Sweden||Swedish;Swedes|Riksdag;Stockholm|Ulf Kristersson;Pål Jonson
FI|Finland||Finnish;Finns|Eduskunta;Helsinki|Alexander Stubb;Petteri Orpo;Antti Häkkänen
IS|Iceland||Icelandic|Reykjavik|
EE|Estonia||Estonian;Estonians|Riigikogu;Tallinn|Kristen Michal;Hanno Pevkur;Margus Tsahkna
LV|Latvia||Latvian;Latvians|Saeima;Riga|Evika Siliņa;Edgars Rinkēvičs;Andris Sprūds
LT|Lithuania||Lithuanian;Lithuanians|Seimas;Vilnius|Gitanas Nausėda;Dovilė Šakalienė;Inga Ruginienė
CZ|Czechia|Czech Republic|Czech;Czechs|Prague|Petr Fiala;Petr Pavel;Andrej Babiš
SK|Slovakia||Slovak;Slovaks|Bratislava|Robert Fico
HU|Hungary||Hungarian;Hungarians|Budapest|Viktor Orbán;Viktor Orban
AT|Austria||Austrian;Austrians|Vienna|Christian Stocker
CH|Switzerland||Swiss|Bern|
RO|Romania||Romanian;Romanians|Bucharest|Nicușor Dan;Nicusor Dan;Ilie Bolojan
BG|Bulgaria||Bulgarian;Bulgarians|Sofia|Rosen Zhelyazkov
GR|Greece||Greek;Greeks|Athens|Kyriakos Mitsotakis
HR|Croatia||Croatian;Croats|Zagreb|Andrej Plenković
SI|Slovenia||Slovenian;Slovene|Ljubljana|Robert Golob
PT|Portugal||Portuguese|Lisbon|Luís Montenegro
IE|Ireland||Irish|Dáil;Dublin|Micheál Martin;Simon Harris
CY|Cyprus||Cypriot|Nicosia|
MT|Malta||Maltese|Valletta|
AL|Albania||Albanian|Tirana|Edi Rama
MK|North Macedonia||Macedonian|Skopje|
ME|Montenegro||Montenegrin|Podgorica|
RS|Serbia||Serbian;Serbs|Belgrade|Aleksandar Vučić
BA|Bosnia and Herzegovina|Bosnia|Bosnian|Sarajevo|
MD|Moldova||Moldovan;Moldovans|Chisinau|Maia Sandu
TR|Turkey|Türkiye;Turkiye|Turkish;Turks|Ankara|Recep Tayyip Erdoğan;Recep Tayyip Erdogan;Tayyip Erdogan;Hakan Fidan
CA|Canada||Canadian;Canadians|Ottawa|Mark Carney;Anita Anand;David McGuinty
AU|Australia||Australian;Australians|Canberra|Anthony Albanese;Richard Marles
NZ|New Zealand||New Zealander;New Zealanders|Wellington|Christopher Luxon
JP|Japan||Japanese|Tokyo|Shigeru Ishiba;Sanae Takaichi
KR|South Korea|Republic of Korea|South Korean|Seoul|Lee Jae-myung
KP|North Korea||North Korean|Pyongyang|
CN|China||Chinese|Beijing|Xi Jinping
IN|India||Indian;Indians|New Delhi|Narendra Modi
PK|Pakistan||Pakistani|Islamabad|
BD|Bangladesh||Bangladeshi|Dhaka|
NP|Nepal||Nepali;Nepalese|Kathmandu|
MN|Mongolia||Mongolian|Ulaanbaatar|
ID|Indonesia||Indonesian|Jakarta|Prabowo Subianto
VN|Vietnam||Vietnamese|Hanoi|
KZ|Kazakhstan||Kazakh|Astana|
AZ|Azerbaijan||Azerbaijani|Baku|
GE|Georgia||Georgian|Tbilisi|
AM|Armenia||Armenian|Yerevan|
IL|Israel||Israeli;Israelis|Knesset|Benjamin Netanyahu
SA|Saudi Arabia||Saudi|Riyadh|
AE|United Arab Emirates|UAE|Emirati|Abu Dhabi|
QA|Qatar||Qatari|Doha|
EG|Egypt||Egyptian|Cairo|
ZA|South Africa||South African|Pretoria|
KE|Kenya||Kenyan|Nairobi|
RW|Rwanda||Rwandan|Kigali|
GH|Ghana||Ghanaian|Accra|
NG|Nigeria||Nigerian|Abuja|
SN|Senegal||Senegalese|Dakar|
ET|Ethiopia||Ethiopian|Addis Ababa|
BR|Brazil||Brazilian;Brazilians|Brasília|Luiz Inácio Lula da Silva
AR|Argentina||Argentine;Argentinian|Buenos Aires|Javier Milei
CL|Chile||Chilean|Santiago|
CO|Colombia||Colombian|Bogotá|
UY|Uruguay||Uruguayan|Montevideo|
MX|Mexico||Mexican|Mexico City|
FJ|Fiji||Fijian|Suva|
RU|Russia|Russian Federation|Russian;Russians|Kremlin;Moscow;Russian Foreign Ministry|Vladimir Putin;Sergei Lavrov;
  Sergey Lavrov;Dmitry Peskov;Maria Zakharova;Dmitry Medvedev
UA|Ukraine||Ukrainian;Ukrainians|Verkhovna Rada;Bankova;Kyiv;Kiev|Volodymyr Zelenskyy;Volodymyr Zelensky;
  Volodymyr Zelenskiy;Andrii Sybiha;Rustem Umerov;Andriy Yermak;Kyrylo Budanov;Denys Shmyhal
BY|Belarus||Belarusian|Minsk|Alexander Lukashenko
"""

# name | kind | other names | adjectives | people
_BODIES = """
European Union|body|EU;Brussels||António Costa;Antonio Costa;Kaja Kallas
European Commission|body|the Commission||Ursula von der Leyen;Andrius Kubilius
NATO|body|Nato;North Atlantic Alliance;North Atlantic Council;SHAPE;Supreme Allied Commander Europe;
  Supreme Allied Commander||Mark Rutte;Alexus Grynkewich
United Nations|body|UN;U.N.;Security Council||António Guterres;Antonio Guterres
OSCE|body|||
G7|body|Group of Seven||
Europe>European countries|group|European countries;Europeans;European allies;European nations;European states;
  European governments;European capitals;European leaders;European partners;European powers;Europe’s;E3|European|
Coalition of the Willing|group|coalition of the willing;Coalition of the willing;coalition of willing;the coalition;
  The coalition;The Coalition;the Coalition;Coalition;Multinational Force Ukraine;coalition members;Coalition members;
  coalition partners|coalition’s|
Volunteers Coalition|group|Coalition of Volunteers;coalition of volunteers||
Baltic states|group|Baltics;Baltic countries;Baltic nations;the Baltics|Baltic|
Nordic countries|group|Nordics;Nordic states;Nordic nations|Nordic|
Western countries|group|Western allies;Western nations;Western governments;the West|Western|
allies|group|Allies;allied contingents;NATO allies;Nato allies;NATO members|allied;Allied|
EU countries|group|EU members;EU member states;EU governments||
multinational group|group|A multinational group||
"""

_MEDIA = """Reuters;Bloomberg;Bloomberg News;AFP;Agence France-Presse;AP;Associated Press;The Times;Sunday Times;
The Sunday Times;The Guardian;Guardian;Financial Times;FT;The Telegraph;Daily Telegraph;The Daily Telegraph;
  Telegraph;The Independent;Sky News;BBC;ITV;
Politico;POLITICO;Politico Europe;Euractiv;Euronews;Axios;CNN;CBS News;CBS;NBC News;NBC;ABC News;Fox News;MSNBC;PBS;
  NPR;New York Times;
The New York Times;NYT;Washington Post;The Washington Post;Wall Street Journal;The Wall Street Journal;WSJ;
  The Economist;Economist;
Le Monde;Le Figaro;Libération;LCI;TF1;France Info;Franceinfo;BFMTV;France 24;RFI;Der Spiegel;Spiegel;Bild;Die Welt;
  Welt;Die Zeit;FAZ;
Süddeutsche Zeitung;Handelsblatt;Tagesspiegel;ZDF;ARD;n-tv;dpa;DPA;Deutsche Welle;DW;El País;El Pais;El Mundo;EFE;
  ANSA;Corriere della Sera;
La Repubblica;La Stampa;PAP;TVP;Rzeczpospolita;LRT;ERR;LSM;Delfi;BNS;NRK;SVT;Yle;YLE;DR;VRT;NOS;De Telegraaf;
  Kyiv Independent;
The Kyiv Independent;Ukrinform;Ukrainska Pravda;Ukrayinska Pravda;European Pravda;Euromaidan Press;RBC-Ukraine;
  Suspilne;Interfax-Ukraine;
Kyiv Post;Interfax;TASS;Tass;RIA Novosti;RT;Kommersant;Anadolu;Anadolu Agency;Kyodo;NHK;Yonhap;Xinhua;Al Jazeera;
  G.Business;MSN;Newsweek;
Time magazine;Forbes;Defense News;Breaking Defense;Janes;The Hill;Semafor;Nikkei;CBC;Globe and Mail;
  The Globe and Mail;TSN;UNIAN"""

_MEDIA_WORDS = """News Times Post Herald Tribune Journal Gazette Telegraph Press Daily Today Radio TV Television Agency
Zeitung Chronicle Observer Courier Dispatch Mirror Standard Magazine Newspaper Broadcasting Pravda Report"""
MEDIA_WORDS = frozenset(_MEDIA_WORDS.split())

# who speaks without a name; the longest match is taken
SOURCES = r"""(?:(?:[Oo]ne|[Aa]|[Aa]n|
  [Tt]wo|[Tt]hree|[Ss]everal|[Ss]ome|[Ss]enior|[Uu]nnamed|[Aa]nonymous|[Mm]ultiple)\s+)*
(?:(?:[Ss]enior|[Uu]nnamed|[Aa]nonymous|[Ww]estern|[Dd]iplomatic|
  [Gg]overnment|[Mm]ilitary|[Ss]ecurity|[Dd]efen[cs]e)\s+)*
(?:(?:[Pp]residential|[Gg]overnment|[Cc]hancellor[’']s|[Pp]rime\s+[Mm]inister[’']s)\s+(?:[Oo]ffice|[Pp]alace)|
(?:[Ff]oreign|[Dd]efen[cs]e)\s+ministry|[Ss]pokes(?:man|woman|person)
  (?:\s+for\s+(?:the\s+|its\s+|their\s+)?[a-z]+(?:\s+(?:ministry|office|staff|government|department))?)?|
[Pp]lanners|[Gg]enerals|[Cc]ommanders|[Ll]awmakers|[Mm]inisters|[Ii]nsider|[Oo]fficials?|[Ss]ources?|[Dd]iplomats?|
  [Ee]xperts?|[Aa]nalysts?|[Ii]nsiders?|people\s+familiar\s+with\s+[a-z ]{3,20})\b"""


def _words(cell: str) -> list[str]:
    return [w for w in cell.split(";") if w]


def _surname(person: str) -> str:
    """Return what remains when the first name goes: "De Wever", "von der Leyen"."""
    return person.split(" ", 1)[1]


def _people(cell: str, code: str | None, actor: str, kind: ActorKind) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for person in _words(cell):
        entry = Entry(person, code, actor, kind, person=True)
        found |= {person: entry, _surname(person): entry}
    return found


def _country(line: str) -> dict[str, Entry]:
    code, name, others, adjectives, institutions, people = line.split("|")
    found = {n: Entry(name, code, name) for n in (name, *_words(others))}
    found |= {n: Entry(name, code, name, adjective=True) for n in _words(adjectives)}
    found |= {n: Entry(n, code, name) for n in _words(institutions)}
    return found | _people(people, code, name, ActorKind.COUNTRY)


def _body(line: str) -> dict[str, Entry]:
    names, kind_word, others, adjectives, people = line.split("|")
    name, actor = (names.split(">") * 2)[:2]  # as a speaker > as an actor
    kind = ActorKind(kind_word)
    found = {n: Entry(name, None, actor, kind) for n in (name, *_words(others))}
    found |= {n: Entry(name, None, actor, kind, adjective=True) for n in _words(adjectives)}
    return found | _people(people, None, actor, kind)


def _entries() -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for line in _COUNTRIES.replace("\n  ", "").strip().splitlines():
        found |= {**_country(line), **found}
    for line in _BODIES.replace("\n  ", "").strip().splitlines():
        cells = (line + "||||").split("|")[:5]
        found |= _body("|".join(cells))
    media = (m.strip() for m in _MEDIA.replace("\n", "").replace(";  ", ";").split(";"))
    return found | {m: Entry(m.removeprefix("The ") if m != "The Times" else m, publisher=True) for m in media if m}


ENTRIES = _entries()
