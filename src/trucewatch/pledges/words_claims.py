"""How English press words offers, refusals and requirements: verbs, means, conditions and quantities. Data, not
rules."""

import re
from dataclasses import dataclass

from trucewatch.pledges.nouns import Direction, State

__all__ = [
    "COMPONENT_WORDS",
    "CONDITIONS",
    "CONDITION_TOPICS",
    "FORCE",
    "GIVE",
    "INTERVALS",
    "NUMBERS",
    "PREDICATES",
    "TITLES",
    "TRIGGER",
    "UNITS",
    "Predicate",
]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A wording that makes a claim.

    speech    the grammatical subject itself says so ("pledged"), against narration ("is preparing to")
    bare      makes a claim without a verb of contributing behind it; else one must follow
    """

    pattern: re.Pattern[str]
    direction: Direction
    state: State
    speech: bool = False
    bare: bool = False


FORCE = (
    r"(?:ground\s+|combat\s+|land\s+|armed\s+|military\s+|peacekeeping\s+|reassurance\s+|support\s+|"
    r"stabili[sz]ation\s+|"
    r"multinational\s+|special\s+)*"
    r"(?:troops|soldiers?|forces|force|peacekeep\w+|contingents?|brigades?|battalions?|battlegroups?|personnel|marines|"
    r"infantry|servicemen|(?:company|battalion|brigade|platoon)(?:-sized)? units?|paratroopers|engineers|sappers|"
    r"trainers|instructors|advis[eo]rs|officers|observers|monitors|"
    r"units|boots)"
)
_GIVE = (
    r"(?:send\w*|sent\b|deploy\w*|dispatch\w*|contribut\w+|station\w*|provid\w+|suppl(?:y|ies|ied|ying)|host\w*|train\w*|"
    r"lead\w*|join\w*|tak(?:e|es|ing) (?:part|(?:our|its|their|a|his|her) share)|took part|participat\w+|"
    r"commit\w*|offer\w*|help\w*|assist\w*|support\w*|"
    r"patrol\w*|secur(?:e|es|ed|ing)|protect\w*|polic(?:e|es|ed|ing)|monitor\w*|de-?min(?:e|ing)|clear\w*|"
    r"build\w*|rebuild\w*|fund\w*|"
    r"financ\w+|allocat\w+|deliver\w*|giv(?:e|es|ing)|donat\w+|command\w*|act as|bear|play\w*|guard\w*|involv\w+|"
    r"lend\w*|assign\w*|earmark\w*|enforc\w+|put (?:boots|troops|soldiers)|make available|set up|oversee\w*|"
    r"tak(?:e|ing) charge|"
    r"tak(?:e|ing) the lead|increas\w+|doubl\w+|pay\w*|run\w*|establish\w*|mov(?:e|ing)|back\w*|guarantee(?:d|ing)?|"
    r"responsible for|let\b|allow\w*|organi[sz]\w*|handl\w+|coordinat\w+|tak(?:e|es|ing) (?:on )?responsibility|"
    r"part of|"
    r"spend\w*|invest\w*|come to (?:the )?(?:aid|"
    r"defen[cs]e))"
)
GIVE = re.compile(rf"\b{_GIVE}\b", re.I)
_ADVERB = (
    r"(?:\s+(?:also|now|still|only|not only|instead|then|therefore|thus|even|soon|once|likely|primarily|"
    r"jointly|later|soon|publicly|again|initially|immediately|\w+ly))*"
)


def _p(pattern: str, direction: Direction, state: State, speech: bool = False, bare: bool = False) -> Predicate:
    return Predicate(re.compile(pattern.replace("GIVE", _GIVE).replace("FORCE", FORCE).replace("ADV", _ADVERB), re.I),
                     direction, state, speech, bare)  # fmt: skip


_D, _S = Direction, State
_AUX = r"(?:has|have|had|'s|’s)"
_BE = r"(?:is|are|was|were|be|been|being|stands?|stood|remains?|seems?|appears?|[’'](?:re|m|s))"
_NOT = r"(?:not|never|n[’']t)"

# the first that fits a clause is taken; negations stand before what they negate
PREDICATES = (
    _p(rf"(?:did|does|do|has|have|had)\s*{_NOT}(?:\s+yet)?\s+rul(?:e|ed)\s+out|(?:refus\w+|"
        rf"declin\w+)\s+to\s+rule\s+out|without\s+ruling\s+out|"
       r"(?:cannot|can[’']t)\s+be\s+ruled\s+out|not\s+(?:ruling|ruled)\s+out|not\s+exclud\w+|not\s+(?:against|"
        r"opposed\s+to)", _D.OFFERS, _S.RUMOURED, True, True),
    # denied
    _p(rf"{_AUX}\s*(?:{_NOT})(?:\s+(?:yet|so far))?\s+(?:guarantee\w*|commit\w*|promis\w+|pledg\w+|agree\w*|confirm\w*|"
        rf"offer\w*|decid\w+|approv\w+)|"
       rf"{_AUX}\s*{_NOT}(?:\s+yet)?\s+(?:made|taken)\s+(?:any|an?)\s+(?:\w+\s+)?(?:decision|commitment|offer|promise)|"
       rf"(?:is|are|was|were)\s*{_NOT}(?:\s+yet)?\s+(?:commit\w*|guarantee\w*)|"
       r"no\s+(?:final\s+)?(?:decision|commitment|promise)s?\s+(?:has|have|had|was|"
        r"were)(?:\s+yet)?\s+(?:been\s+)?(?:made|taken|given)|"
       r"(?:has|have|had|made)\s+(?:made\s+)?no\s+(?:such\s+|(?!\w+\s+(?:has|on)\b)\w+\s+)?(?:commitment|promise|offer|pledge|decision)s?",
       _D.DENIES, _S.ANNOUNCED, False, True),
    _p(r"\bden(?:y|ies|ied|ying)\b|dismiss(?:ed|es|ing)?\s+(?:\w+\s+)?(?:reports?|claims?|speculation|rumou?rs)|"
       r"reject(?:ed|s|ing)?\s+(?:\w+\s+)?(?:reports?|claims?|speculation)|never\s+(?:promised|offered|agreed|pledged)",
       _D.DENIES, _S.ANNOUNCED, True, True),
    # withdrawn
    _p(r"withdr(?:ew|aws?|awn|awing)\s+(?:its|their|his|her|an|the|from|\w+\s+(?:offer|pledge|troops|soldiers))|"
        r"pull(?:ed|s|ing)?\s+out|"
       r"(?:scrap|drop)(?:ped|s|ping)\b|(?:ditch|shelv|abandon|retract|rescind|revok|suspend|cancel+)(?:ed|es|s|ing)\b|"
       r"back(?:ed|s|ing)?\s+(?:away|out|down)\s+(?:from|of|on)|backtrack\w*|(?:is|are|was|"
        r"were)\s+(?:\w+\s+)?off\s+the\s+table|walk(?:ed|s)?\s+back|"
       r"(?:will|would|is|are)\s+no\s+longer|(?:bring|bringing|brought)\s+(?:its|their|the)\s+\w+\s+home|"
        r"end(?:ed|ing)?\s+its\s+(?:deployment|participation|contribution)|"
       r"(?:put|been put|was put|placed)\s+on\s+(?:ice|hold)", _D.WITHDRAWS, _S.WITHDRAWN, False, True),
    # ruled out
    _p(r"rul(?:e|es|ed|ing)\s+out|exclud(?:e|es|ed|ing)\b", _D.RULES_OUT, _S.ANNOUNCED, True, True),
    _p(r"no\s+(?:[\w.’']+\s+){0,4}?FORCE(?:\s+on\s+the\s+ground)?\s+(?:(?:would|will|should|shall|are|is|"
        r"were)\s+(?:to\s+)?(?:ever\s+)?(?:be\s+)?(?:sent|deployed|stationed|going|go|set foot|serve|take part|"
        r"participate|on)|"
       r"(?:in|on|to)\s+(?:\w+|the ground))|there\s+(?:will|would)\s+be\s+no\s+(?:[\w.’']+\s+){0,4}?FORCE|"
        r"(?<=but\s)no\s+(?:[\w.’']+\s+){0,2}FORCE(?=\s*[.,;]|$)",
       _D.RULES_OUT, _S.ANNOUNCED, False, True),
    _p(rf"(?:(?:will|would|shall|could|may|might|do|does|did|is|are|was|were)\s*{_NOT}|won[’']t|cannot|can[’']t)ADV\s+"
       r"(?:(?:be\s+)?(?:going|ready|prepared|willing|planning|intend\w*|plan|considering|looking|want|wish|"
        r"consider)(?:\s+to)?(?:\s+be)?\s+)?(?:be\s+)?GIVE",
       _D.RULES_OUT, _S.ANNOUNCED, False, True),
    _p(rf"(?:is|are|was|were)\s*{_NOT}\s+(?:considering|planning|envisag\w+|contemplat\w+|discussing)\b|"
       rf"(?:is|are|was|were|remains?|has been|have been)\s*(?:{_NOT}\s+(?:ready|prepared|willing|able|going|in "
        rf"a position)|unwilling|unable|unprepared|reluctant|hesitant)\s+to\b|"
       r"(?:has|have)\s+no\s+(?:plans?|intention|desire)|(?:it[’']?s?\s+(?:is\s+|"
        r"was\s+)?)?(?:far\s+)?(?:too\s+early|premature)\s+to|(?:is|are|was|were)(?:\s+\w+)?\s+unlikely\s+to\s+GIVE|"
        r"no\s+plans?\s+to\b|(?:it\s+)?(?:seems|is|would\s+be)\s+(?:inconceivable|unthinkable|impossible|"
        r"out\s+of\s+the\s+question)|out\s+of\s+the\s+question",
       _D.RULES_OUT, _S.ANNOUNCED, False, True),
    _p(r"(?:will|would|could|can|may)\s+(?:GIVE\s+neither|neither\s+GIVE)\b|oppos(?:e|es|ed)\s+(?:the|any|a)\s+"
       r"(?:\w+\s+)?(?:deployment|mission|force)|(?:call|describ|dismiss)\w*\s+[^.;,]{0,60}\s(?:premature|too\s+early)",
       _D.RULES_OUT, _S.ANNOUNCED, False, True),
    _p(r"veto(?:ed|es|ing)\b|(?:will|would)\s+not\s+fight|stay(?:s|ing)?\s+out\s+of|ke(?:ep|eps|pt)\s+(?:its|"
        r"their)\s+\w+\s+out\s+of",
       _D.RULES_OUT, _S.ANNOUNCED, False, True),
    _p(r"(?:refus|declin)(?:e|es|ed|ing)\s+to\b|(?:oppos|reject)(?:e|es|ed|ing|"
        r"s)\s+(?:the\s+)?(?:idea\s+of\s+)?(?:any\s+)?(?:send|deploy|station|participat|sending)\w*|"
        r"against\s+sending|reject(?:ed|s|ing)?\s+(?:[\w’']+\s+){0,3}?(?:participation|involvement|deployment|"
        r"taking\s+part)",
       _D.RULES_OUT, _S.ANNOUNCED, True, True),
    # required
    _p(r"(?:(?:would|will|may|might)\s+(?:also\s+)?(?:be\s+)?|(?:is|are|was|were)\s+)(?:required|needed|"
        r"necessary)\b|(?:will|would)\s+(?:also\s+)?(?:need|require)\b|"
       r"(?:needs|require[sd]?)\s+(?:at least|up to|some|about|around|between|a\s+(?:force|minimum)|"
        r"an?\s+\w+\s+force|\d)|at\s+least\s+[\d.,]+[^.;]{0,40}\s(?:needed|required)|"
       r"(?:must|should|needs?\s+to|has\s+to|have\s+to|ought\s+to)\s+GIVE|no\s+(?:fewer|"
        r"less)\s+than\s+[\d,.]+[^.;]{0,40}(?:needed|required)",
       _D.REQUIRES, _S.ANNOUNCED, False, True),
    _p(r"(?:expect|want|urg|call|ask|press|demand|implor|appeal|challeng|encourag)(?:e?s|e?d|ing)?\s+(?:on\s+|"
        r"to\s+|from\s+|that\s+)?(?-i:(?:the\s+|its\s+|other\s+|all\s+)*(?:[A-Z]|allies|partners|members|"
         r"countries|governments))[^.;]{0,60}?\s(?:to|for|should)\s",
       _D.REQUIRES, _S.ANNOUNCED, False, True),
    # done or decided
    _p(r"(?:approv|authori[sz]|ratif|green-?light|clear)(?:ed|ied|es|ing)\s|vot(?:ed|es)\s+(?:in\s+favou?r|"
        r"to\s+(?:approve|authori[sz]e|send|deploy|allow))|gave\s+(?:its|the)\s+(?:approval|consent|green\s+light)",
       _D.OFFERS, _S.AUTHORISED, True),
    _p(rf"{_AUX}(?:\s+(?:already|now|since|so\s+far))*\s+(?:deployed|sent|stationed|dispatched|delivered|"
        rf"handed\s+over|trained|transferred)|"
       r"(?:have|has)\s+(?:already\s+)?arrived|(?:began|begun|started)\s+(?:deploying|patrolling|training)|"
        r"already\s+(?:deployed|in\s+place|on\s+the\s+ground|trains?|patrols?|hosts?)",
       _D.OFFERS, _S.DEPLOYED, False, True),
    # said by the contributor
    _p(r"(?:participation|involvement|deployment|contribution)\s+(?:is|was|remains|appears|seems|looks)\s+(?:considered\s+|seen\s+as\s+)?"
       r"(?:\w+\s+)?(?:unlikely|impossible|excluded|unthinkable)", _D.RULES_OUT, _S.ANNOUNCED, False, True),
    _p(r"(?:will|would|to)\s+(?:only\s+)?decide\s+(?:on|about)\b|before\s+(?:taking\s+on|making|giving|entering)\s+"
       r"(?:any\s+|an?\s+)?(?:\w+\s+)?(?:commitment|pledge|promise)s?\b",
       _D.CONDITIONAL, _S.ANNOUNCED, False, True),
    _p(r"sign(?:ed|s|ing)\s+(?:a|an|the|up)\b|(?:pledg|promis|vow|commit|undert)(?:ed|es|s|ted|ts|ting|ing|"
        r"ook)\b|(?:pledge|promise|vow)\b|(?:made|make|given?|gave)\s+(?:a\s+|an\s+)?(?:\w+\s+)?(?:pledge|commitment|promise)|"
       r"agree[sd]?\s+(?:in\s+principle\s+)?(?:to|on\s+(?:sending|deploying))\b|offer(?:ed|s|"
        r"ing)?\s+(?:\w+\s+)?(?:written|formal|firm|binding)", _D.OFFERS, _S.PLEDGED, True),
    _p(r"(?:signal+|express|confirm|reaffirm|reiterat|declar|voic|indicat|underlin|stress)(?:ed|e?s|"
        r"ing)?\s+(?:\w+\s+){0,3}?(?:readiness|willingness|openness|interest|support|intention|preparedness|"
        r"commitment|willing|ready|open)",
       _D.OFFERS, _S.ANNOUNCED, True, True),
    _p(r"offer(?:ed|s|ing)\b|propos(?:ed|es|ing)\s+(?:to|send\w*|deploy\w*)|volunteer(?:ed|s)\b|(?:endors|back|"
        r"welcom|support)(?:ed|es|s|ing)\s+(?:the\s+)?(?:idea|plan|proposal|deployment|creation)|indicat(?:ed|"
        r"es)\b|"
       r"announc(?:ed|es|ing)\b|confirm(?:ed|s)\b|open(?:ed)?\s+the\s+door|said\s+yes\s+to",
       _D.OFFERS, _S.ANNOUNCED, True),
    # conditional by its verb
    _p(r"\b(?:heavily\s+|entirely\s+|wholly\s+|largely\s+)?(?:depend(?:s|ed|ent|ing)?\s+(?:heavily\s+|"
        r"entirely\s+|largely\s+)?on|conditional\s+(?:up)?on|contingent\s+upon|(?:is|are|be)\s+contingent\s+on|"
        r"subject\s+to|hing(?:es?|ing)\s+on)\b",
       _D.CONDITIONAL, _S.ANNOUNCED, False, True),
    _p(r"want(?:s|ed)?\s+(?:\w+\s+){0,3}(?:mandate|guarantees?|backstop|cease-?fire|vote)\s+before\b",
       _D.CONDITIONAL, _S.ANNOUNCED, False, True),
    _p(r"(?:must|has\s+to|have\s+to|needs?\s+to)\s+(?:first\s+)?(?:approve|agree|vote|consent|authori[sz]e)\b",
       _D.CONDITIONAL, _S.ANNOUNCED, False, True),
    _p(r"(?:require|need)(?:s|d|ed)?\s+(?:\w+\s+){0,3}(?:approval|mandate|vote|consent|authori[sz]ation|"
        r"resolution)", _D.CONDITIONAL, _S.ANNOUNCED, False, True),
    # narrated
    _p(rf"(?:(?:{_BE}|{_AUX})\s+)?ADV\s*(?:ready|prepared|willing|happy|glad|poised|preparing|open|set|gearing\s+up|"
        rf"in\s+line)\s+(?:to|for)\b|(?:readiness|willingness)\s+to|"
       r"(?:is|are|remains?)\s+ready\b", _D.OFFERS, _S.ANNOUNCED),
    _p(r"(?:craft|prepar|draft|develop|devis|finali[sz])(?:e?s|e?d|ing)\s+(?:an?\s+|the\s+)?(?:\w+\s+){0,2}?(?:plans?|blueprint)\b|"
        r"contribution\s+(?:to\b|of\b)[^.;,]{0,60}\b(?:will|would|could|might)\s+be\b",
       _D.OFFERS, _S.ANNOUNCED, False, True),
    _p(r"dr(?:aw|aws|awn|awing|ew)\s+up\s+(?:\w+\s+){0,2}(?:plans|options)|work(?:s|ed|"
        r"ing)?\s+on\s+(?:\w+\s+){0,2}plans|"
       r"(?:discuss|consider|weigh|mull|explor|examin|study|float|debat|review)(?:e?s|ed|ing|ying)?\b|"
        r"options\s+under\s+consideration|(?:(?:is|are)\s+)?in\s+talks\b|on\s+the\s+table|looking\s+at\b|"
        r"plans?\s+(?:were|was)\s+floated",
       _D.OFFERS, _S.RUMOURED),
    _p(r"(?:plan(?:s|ned|ning)?|intend(?:s|ed|ing)?|aim(?:s|ed|ing)?|hop(?:es|ed|ing)?|want(?:s|ed)|(?:is|"
        r"are)\s+(?:going|due|expected|likely|scheduled))\s+to\b|plan\s+(?:\w+\s+)?(?:deployments?|contributions?)|"
        r"prefer(?:s|red)?\b|with\s+plans\s+(?:for|to)\b", _D.OFFERS, _S.ANNOUNCED),
    _p(r"(?:will|shall|[’']ll)(?:ADV)\s+(?:be\s+)?(?:\w+ing\s+|keep\s+|continue\s+(?:to\s+)?)?GIVE|(?:will|"
        r"shall)\s+(?:be\s+)?(?:sent|made\s+up|composed|stationed)", _D.OFFERS, _S.ANNOUNCED),
    _p(r"(?:could|would|can|may|might)(?:ADV)\s+(?:be\s+)?(?:keep\s+|continue\s+(?:to\s+)?|end\s+up\s+|"
        r"only\s+)?GIVE|possibl[ey]\s+(?:GIVE|deployment|involvement|contribution)|"
         r"potential(?:ly)?\s+(?:\w+\s+)?(?:GIVE|"
        r"deployment|contribution)|"
       r"playing\s+(?:a|the)\s+(?:\w+\s+){0,2}role|(?:troop\s+)?numbers\s+(?:will|would|are|remain)",
       _D.OFFERS, _S.RUMOURED),
    _p(r"replaced\s+by|now\s+it[’']s\s+back|(?:is|are)\s+back\s+(?:on\s+the\s+table|after)|reviv(?:ed|es|ing)\b|"
        r"put\s+back\s+on\s+the\s+table", _D.OFFERS, _S.ANNOUNCED, False, True),
    _p(r"(?<=\s)to\s+(?:send|deploy|contribute|host|lead|provide|train|supply|station|join|dispatch|donate|fund|"
        r"deliver)\b", _D.OFFERS, _S.ANNOUNCED),
    _p(r"(?:is|are)\s+to\s+GIVE|(?:is|are|was|were)\s+(?:also\s+|made\s+)?available\b", _D.OFFERS, _S.ANNOUNCED),
    _p(r"(?<![\w-])(?:sends|deploys|contributes|hosts|provides|supplies|leads|donates|earmarks|earmarked|is\s+sending|"
        r"are\s+sending|is\s+contributing|are\s+contributing|contributing|sending|setting\s+aside|set\s+aside|"
       r"joins|takes\s+part|trains|contributed|sent|deployed|allocated|donated|stationed|based)\b",
       _D.OFFERS, _S.ANNOUNCED),
)  # fmt: skip

# in the order in which they are looked for; a span that one has taken is not read again
COMPONENT_WORDS = tuple((c, re.compile(p, re.I)) for c, p in (
    ("air_defence", (r"\bair[- ]defen[cs]e(?: systems?)?|Patriots?\b(?: systems?| batter\w+)?|IRIS-T|SAMP/T|"
                     r"NASAMS|anti-aircraft|missile defen[cs]e|anti-?drone|counter-?drone")),
    ("training", (r"\b(?:military |combat |army )?train(?:ing|ers?|s)?\b(?! (?:line|station|service))|"
                  r"instructors?|\badvis[eo]rs?\b|\badvisory\b|mentor\w*|re-?build(?:ing)? (?:its|the|their|"
                  r"\w+)(?:[’']s)? (?:armed forces|army|military)")),
    ("mine_clearance", (r"\bde-?min\w+(?: the [A-Z]\w+ Sea)?|mine[- ]?(?:clear|hunt|sweep|counter)\w*(?: "
                        r"(?:vessels?|ships?|teams?|operations?))?(?:[^,;.]{0,12}\b[A-Z]\w+ Sea)?|clear(?:ing)? "
                        r"mines|\bsappers?\b")),
    ("intelligence", (r"\bintelligence(?: sharing| support)?|satellite (?:imagery|images|data|reconnaissance)|"
                      r"reconnaissance\b")),
    ("monitoring", (r"\bmonitor(?:s|ing)?\b(?: and verification)?|\bverification\b|\bobserver(?:s| mission)|"
                    r"\bborder (?:surveillance|monitoring)|\bsurveillance\b|\bdrones?\b|\bsensors?\b")),
    ("fortification", r"\bfortif\w+|defensive positions?|\btrench\w*|\bbunkers?\b|barbed wire"),
    ("command", (r"\bheadquarters\b|\bHQ\b|command[- ]and[- ]control(?: oversight)?|\b(?:maritime |naval |air "
                 r")?coordination(?: cent(?:er|re)| cell)?\b(?! with\b)|"
                 r"officers in charge|take (?:the|a) lead\b|\btaking "
                 r"the lead|\b(?:to|will|would|could) lead\b|\bcommand (?:structure|post|cent\w+)|\bcommand of\b")),
    ("air", (r"\bfighter(?: ?jets?|s)\b|\bjets?\b|\baircrafts?\b|\bwarplanes?\b|\bair ?power|\bair forces?\b|"
             r"\bair[- ](?:patrols?|polic\w+|support|transport|cover|lift|component|missions?|assets)|\bairlift|"
             r"\bno-fly\b|\bskies\b|\bairspace|\bby air\b|\bTyphoons?\b|\bRafales?\b|\bF-?(?:16|35)s?\b|"
             r"\bGripens?\b|\bhelicopters?\b|\bplanes\b")),
    ("sea", (r"\bnav(?:y|al|ies)\b(?: \w+)?|\bships?\b|\bfrigates?\b|\bdestroyers?\b|\bvessels?\b|\bwarships?\b|"
             r"\bseas\b|\bmaritime\b|\bBlack Sea\b")),
    ("logistics", (r"\blogistic\w*(?: \w+)?|\bequipment\b|\bweapon(?:s|ry)?\b(?: deliver\w+)?|\b(?:military "
                   r")?hardware\b|\bammunition\b|\bmunitions\b|\bmissiles\b|\btanks\b|\bartillery\b|\btransport\b|"
                   r"\bmedical\b|\bfield hospital|\bfuel\b|\bmaintenance\b|\barmou?red vehicles|\bvehicles\b")),
    ("funding", (r"[€$£]\s?\d[\d.,]*\s?(?:billion|million|trillion|bn|m)?|\b\d[\d.,]*\s?(?:billion|million|"
                 r"bn)\s(?:euros?|dollars?|pounds?|kron\w+)?|\bfunding\b|\bfinancial (?:support|aid|contribution)|"
                 r"\bfund(?:s)?\b|\bfinanc(?:e|ing)\b")),
    ("reconstruction", r"\breconstruct\w+|\brebuild(?:ing)?\b"),
    ("basing", (r"\bhost(?:s|ing|ed)? (?:the |a |an )?(?:\w+ )?(?:troops|forces|force|aircraft|jets|bases?|hub|"
                r"contingent)|\b(?:air|naval|military) ?bases?\b|\bits (?:air |military )?bases\b|\bairfields?\b|"
                 r"\bhubs?\b|\bbasing\b")),
    ("land", r"\b" + FORCE + (r"\b(?: on the ground)?|\bRoyal Marines\b|\bmilitary (?:contingent|support|"
                              r"assistance|presence|capabilities|involvement|options)\b|\bpeacekeeping mission\b|"
                              r"\b(?:troop )?deployments?\b|\bdeploy\b")),
))  # fmt: skip

UNITS = (r"(?:strong|troops|soldiers|peacekeepers|personnel|men|servicemen|marines|trainers|instructors|"
          r"advis[eo]rs|observers|monitors|forces?|"
         r"battalions?|brigades?|battlegroups?|companies|contingents?|frigates?|ships|vessels|minehunters|mine "
          r"hunters|warships|jets|fighter jets|fighters|aircraft|"
         r"planes|helicopters|tanks|drones|batteries|systems|F-16s|Typhoons|Rafales|Gripens|"
         r"billion|million|bn|euros|dollars|pounds|kroner|kronor)")  # fmt: skip

_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
NUMBERS = {w: n for n, w in enumerate(_SMALL.split(" "))} | {
    "a": 1, "an": 1, "dozen": 12, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000,
    "bn": 1_000_000_000, "m": 1_000_000}  # fmt: skip

# words that are no number, and the interval that the register reads into them; stated in docs/pledges.md
INTERVALS = (
    (r"tens\s+of\s+thousands", 10_000, 99_999),
    (r"hundreds\s+of\s+thousands", 100_000, 999_999),
    (r"several\s+thousand", 2_000, 9_999),
    (r"a\s+few\s+thousand", 2_000, 5_000),
    (r"thousands", 1_000, 9_999),
    (r"several\s+hundred", 200, 999),
    (r"a\s+few\s+hundred", 200, 500),
    (r"hundreds", 100, 999),
    (r"dozens", 24, 99),
    (r"several\s+dozen", 24, 99),
)  # fmt: skip

CONDITION_TOPICS = re.compile(
    r"cease-?\s?fire|peace|fighting|war\b|wars\b|settlement|\bdeal\b|truce|hostilities|armistice|agreement|"
     r"approv\w+|\bvote\b|mandate|back(?:stop|ing|up)|"
    r"guarantee|parliament\w*|Bundestag|support|participation|post-?war|consent|authori[sz]\w+|resolution|"
     r"involvement|cessation|commitment", re.I)  # fmt: skip


def _c(pattern: str) -> re.Pattern[str]:
    """Return the wording of a condition; it goes on to a comma or the end, over the dots of "U.S."."""
    return re.compile(pattern.replace("REST", r"(?:[^,;.—–\n]|(?<=[A-Z])\.|\.(?=\w))*"), re.I)


# always a condition, or one only with a topic of the above in it
CONDITIONS = (
    (_c(r"\b(?:once|if|provided(?:\s+that)?|providing\s+that|as\s+long\s+as|unless|"
         r"on\s+(?:the\s+)?condition(?:\s+that)?|in\s+case|in\s+the\s+event\s+of|as\s+soon\s+as|subject\s+to|"
         r"pending|conditional\s+(?:up)?on|contingent\s+upon|(?<=is\s)contingent\s+on|(?<=be\s)contingent\s+on|"
                r"(?:heavily\s+)?depend(?:s|ent|ing)\s+on|should\s+(?:a|an|the)\b)\s*REST"), False),
    (_c(r"\b(?:after|following|when|upon|until|without|as\s+part\s+of\s+(?:any|a\s+future|a\s+peace)|"
         r"with\s+(?:an?\s+)?(?:US|U\.S\.|American)|in\s+(?:a|the)\s+post-?war|under\s+(?:a|any)|"
         r"only\s+with)\b\s*REST"), True),
    (_c(r"[^,;.]*\b(?:approval|funding|mandate|vote)\b[^,;.]*\b(?:uncertain|unclear|pending|required|needed|open|"
         r"outstanding)|"
                r"want(?:s|ed)?\s+(?:\w+\s+){0,3}(?:mandate|guarantees?|backstop|cease-?fire|vote)\s+before\b|"
                r"(?:must|has\s+to|have\s+to|needs?\s+to)\s+(?:first\s+)?(?:approve|agree|vote|consent|"
                 r"authori[sz]e)[^,;.]*|"
                r"(?:require|need)(?:s|d|ed)?\s+(?:\w+\s+){0,3}(?:approval|mandate|vote|consent|authori[sz]ation|"
                 r"resolution)[^,;.]*|\bpost-?(?:war|ceasefire)\b[^,;.]*"), False),
)  # fmt: skip

TITLES = (
    r"(?:(?:Prime|Foreign|Defen[cs]e|Interior|Finance|Deputy|First|State|Armed\s+Forces)\s+)*(?:President|"
    r"Minister|Chancellor|Secretary|Premier|Taoiseach|"
    r"Ambassador|Admiral|General|Commander|Colonel|King|Chief\s+of\s+(?:the\s+)?(?:Defen[cs]e|General|Staff|"
    r"Defen[cs]e\s+Staff)|Speaker|Envoy|envoy|spokes(?:man|woman|person)|"
    r"minister|president|chancellor|premier|prime\s+minister|(?:defen[cs]e|foreign)\s+(?:minister|secretary|"
    r"chief)|lawmaker|MP|historian|analyst|fellow|leader)"
)

# a sentence without one of these cannot hold a claim, and is not read closely
TRIGGER = re.compile(
    r"prepared|willing|share|instructor|dispatch|approv|authori|advis|withdr|suspend|scrap|unit|company|sapper|patriot|"
    r"bunker|trench|presence|available|engineer|helicopter|drone|suppl|intend|exclud|veto|ruled|stay|pledg|promis|"
    r"troops|soldier|force|peacekeep|contingent|brigade|battalion|personnel|marines|boots|train|jets|aircraft|"
     r"air\b|skies|\bseas?\b|naval|navy|ships|frigate|vessel|"
    r"demin|mine|intelligence|monitor|verif|observ|logistic|equipment|weapon|hardware|headquarters|command|"
     r"coordinat|fund|billion|million|financ|fortif|reconstruct|rebuild|base|host|"
    r"airfield|deploy|guarantee|mission|contribut|participat|take part|taking part|station|plan|"
     r"involve|means|support|assist|help|commit|"
     r"ready|readiness|lead|role|join|patrol|surveill|proceed|send|sent|hub|thing", re.I)  # fmt: skip
