"""What kind of value a question asks for: an amount, a time, or any other; and whether a text has one.

"How high is the deposit?" is answered by `Deposit: 1800 EUR`, which does not say "high": a number says it.
"""

import re
from collections.abc import Iterable
from enum import Enum

from outlast.evidence.named_values import MONTHS, SCALES, VALUE_OF_WORD
from outlast.evidence.words import words
from outlast.graphs.reasoners.reasoning_words import REASONING_WORDS, reasoning_words_for


class AskedValue(Enum):
    AMOUNT = "amount"
    TIME = "time"
    ANY = "any"


MEASURES = frozenset(
    """
    big cold deep early expensive far fast heavy high hot large late long loud low much many often old short small
    soon steep tall thick warm wide
    """.split()
)
"""What can follow "how" in a question for an amount."""
AMOUNT_NOUNS = frozenset("amount cost costs count figure number price quantity size sum value".split())
TIME_NOUNS = frozenset("date day deadline hour month time weekday year".split())
MEASURE = re.compile(rf"\bhow\s+({'|'.join(sorted(MEASURES))})\b", re.IGNORECASE)
TIME = re.compile(
    r"\W*(?:(?:and|since|until|by|from|at|on)\s+)?(?:when\b|(?:what|which)\s+(?:time|date|day|year|month)\b)", re.I
)
DIGIT = re.compile(r"\d")
TIME_WORDS = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun mondays tuesdays wednesdays
    thursdays fridays saturdays sundays day days daily week weeks weekly month months monthly year years yearly hour
    hours noon midnight morning evening night today tomorrow yesterday spring summer autumn winter easter christmas
    once twice dawn dusk sunrise sunset
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag werktag tag tage woche wochen monat monate
    jahr jahre stunden mittag mitternacht morgens abends täglich wöchentlich monatlich jährlich januar februar märz mai
    juni juli oktober dezember frühling sommer herbst
    lundi mardi mercredi jeudi vendredi samedi dimanche jour jours semaine mois année heures midi minuit janvier février
    mars avril juin juillet août septembre octobre novembre décembre
    lunes martes miércoles jueves viernes sábado domingo día días semana meses año mediodía enero febrero marzo abril
    mayo junio julio agosto septiembre octubre noviembre diciembre
    """.split()
) | {form for month in MONTHS for form in (month, month[:3])}
NUMBER_WORDS = frozenset({*VALUE_OF_WORD, *SCALES, "half", "quarter", "dozen", "none", "no", "once"}).union(
    *(words_of_language.numbers.split() for words_of_language in REASONING_WORDS.values())
)


OTHER_AMOUNTS = re.compile(
    r"\bwie\s+(?P<de>hoch|lange?|groß|teuer|viele?|alt|weit|tief|breit|schwer|oft|schnell|warm|dick|dünn)\b"
    r"|\b(?P<de_verb>kostet|kosten|kostete|kosteten)\b"
    r"|\b(?:combien|cuánt[oa]s?|quant[oaie]|hoeveel|quant[oa]s?|сколько)\b"
    r"|\bhoe\s+(?P<nl>hoog|lang|groot|duur|oud|ver|diep|breed|zwaar|vaak|snel)\b"
    r"|\bhur\s+(?P<sv>högt?|långt?|lång|stort?|dyrt?|gammalt?|djupt?|brett?|tungt?|ofta|mycket|många|länge)\b"
    r"|\b(?P<fr>coûte|coûtent|coûtait|coute)\b|\b(?P<es>cuesta|cuestan|costó)\b|\b(?P<it>costa|costano)\b"
    r"|\b(?P<nl_verb>kost|kostte)\b|\b(?P<pt>custa|custam|custou)\b|\b(?P<sv_verb>kostar|kostade)\b"
    r"|\b(?P<ru>стоит|стоят|стоила|стоило)\b|いくら|多少钱|多少元",
    re.IGNORECASE,
)
"""What asks for an amount in other languages. A named group is a word that an amount says, as `hoch` in "Wie hoch"."""
OTHER_TIMES = re.compile(
    r"^\W*(?:(?:seit|bis|ab|depuis|desde|hasta|até|sinds|tot|sedan|till|с|до)\s+)?"
    r"(?:wann|quand|cuándo|quando|wanneer|när|когда|um\s+wie\s?viel\s+uhr|à\s+quelle\s+(?:heure|date)"
    r"|(?:welche[snm]?|quel|quelle|qué|qual|welke|vilken|vilket|какого|какая)\s+"
    r"(?:tag|datum|jahr|monat|uhrzeit|jour|date|année|mois|heure|día|fecha|año|mes|hora|giorno|anno|mese|ora|dia|data|ano"
    r"|dag|jaar|maand|uur|år|månad|числа|дата|года))\b|いつ|何時|何日|何年|何月|何时|什么时候",
    re.IGNORECASE,
)


def asked_value(question: str) -> AskedValue:
    """Return the kind of value that a question asks for, by its first words."""
    if MEASURE.search(question):
        return AskedValue.AMOUNT
    if TIME.match(question):
        return AskedValue.TIME
    if reasoning_words_for(question)[1] is None:
        return AskedValue.ANY
    if OTHER_TIMES.search(question):
        return AskedValue.TIME
    return AskedValue.AMOUNT if OTHER_AMOUNTS.search(question) else AskedValue.ANY


def has_value(text: str, kind: AskedValue) -> bool:
    """Has a text a value of this kind? Every text has one of any kind."""
    if kind is AskedValue.ANY or DIGIT.search(text):
        return True
    if re.search(r"[一二三四五六七八九十百千]", text):
        return True
    found = set(words(text))
    return bool(found & NUMBER_WORDS) or (kind is AskedValue.TIME and bool(found & TIME_WORDS))


def value_words(question: str) -> dict[str, AskedValue]:
    """Return the words of a question that a value says: `high` of "How high", `number` of "What is the number"."""
    asked = {match[1].casefold(): AskedValue.AMOUNT for match in MEASURE.finditer(question)}
    if reasoning_words_for(question)[1] is not None:
        said = [value for match in OTHER_AMOUNTS.finditer(question) for value in match.groups() if value]
        return asked | dict.fromkeys(map(str.casefold, said), AskedValue.AMOUNT)
    if re.search(r"\b(?:what|which)\b", question, re.IGNORECASE):
        said = set(words(question))
        asked |= dict.fromkeys(said & AMOUNT_NOUNS, AskedValue.AMOUNT) | dict.fromkeys(
            said & TIME_NOUNS, AskedValue.TIME
        )
    return asked


PRICE_ASKED = re.compile(
    r"\b(?:what|how\s+(?:much|high)|was|wie\s*viel|wie\s+hoch)\b.*\b(?:budget|costs?|earns?|expensive|fees?|gehalt"
    r"|kosten|kostet|pays?|preis|premium|prices?|rent|salary|verdient|wages?)\b",
    re.IGNORECASE,
)
PRICE = re.compile(
    r"[$€£¥]|\b(?:eur|usd|gbp|chf|euros?|dollars?|pounds?|cents?|marks?|crowns?|francs?|fees?|prices?|costs?|pa(?:id|ys?)"
    r"|kosten|kostet|preis)\b",
    re.IGNORECASE,
)
AGE_ASKED = re.compile(r"\bhow\s+old\b|\b(?:at|of)\s+what\s+age\b|\bwie\s+alt\b", re.IGNORECASE)
AGE = re.compile(r"\b(?:years?|months?|days?|aged?|born|jahren?)\b", re.IGNORECASE)


def lacks_asked_value(question: str, kind: AskedValue, texts: Iterable[str]) -> bool:
    """Does a question ask for a price, an age, an amount or a time, and has none of the texts one?"""
    units = [unit for asked, unit in ((PRICE_ASKED, PRICE), (AGE_ASKED, AGE)) if asked.search(question)]
    if not units and kind is AskedValue.ANY:
        return False
    number = AskedValue.AMOUNT if kind is AskedValue.ANY else kind
    return not any(has_value(text, number) and all(unit.search(text) for unit in units) for text in texts)
