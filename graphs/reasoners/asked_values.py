"""What kind of value a question asks for: an amount, a time, or any other; and whether a text has one.

"How high is the deposit?" is answered by `Deposit: 1800 EUR`, which does not say "high": a number says it.
"""

import re
from enum import Enum

from outlast.evidence.named_values import MONTHS, SCALES, VALUE_OF_WORD
from outlast.evidence.words import words


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
    """.split()
) | {form for month in MONTHS for form in (month, month[:3])}
NUMBER_WORDS = frozenset({*VALUE_OF_WORD, *SCALES, "half", "quarter", "dozen", "none", "no", "once"})


def asked_value(question: str) -> AskedValue:
    """Return the kind of value that a question asks for, by its first words."""
    if MEASURE.search(question):
        return AskedValue.AMOUNT
    return AskedValue.TIME if TIME.match(question) else AskedValue.ANY


def has_value(text: str, kind: AskedValue) -> bool:
    """Has a text a value of this kind? Every text has one of any kind."""
    if kind is AskedValue.ANY or DIGIT.search(text):
        return True
    found = set(words(text))
    return bool(found & NUMBER_WORDS) or (kind is AskedValue.TIME and bool(found & TIME_WORDS))


def value_words(question: str) -> dict[str, AskedValue]:
    """Return the words of a question that a value says: `high` of "How high", `number` of "What is the number"."""
    asked = {match[1].casefold(): AskedValue.AMOUNT for match in MEASURE.finditer(question)}
    if re.search(r"\b(?:what|which)\b", question, re.IGNORECASE):
        said = set(words(question))
        asked |= dict.fromkeys(said & AMOUNT_NOUNS, AskedValue.AMOUNT) | dict.fromkeys(
            said & TIME_NOUNS, AskedValue.TIME
        )
    return asked
