"""Words of a question that documents may write otherwise: dates, times, amounts of money, small numbers.

`1 July 2023` may be `01.07.2023`, `14:30` may be `2:30 pm`, `5,000 EUR` may be `€5,000`, and `25` may be `twenty-five`.
So a report never says of them that no document contains them.
"""

import re

from outlast.evidence.words import words

MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|januar|februar|märz|mai|juni|juli|oktober|dezember"
)
DATE = re.compile(
    r"\b(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d\d))\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(?:{MONTHS})\b"
    rf"|\b(?:{MONTHS})\s+(?:\d{{1,2}}(?:st|nd|rd|th)?|\d{{4}})\b",
    re.IGNORECASE,
)
WEEKDAYS = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?)\b",
    re.IGNORECASE,
)
TIME = re.compile(r"\b\d{1,2}[:.]\d{2}\b(?:\s*[ap]\.?m\b)?|\b\d{1,2}\s*[ap]\.?m\b", re.IGNORECASE)
CURRENCY = re.compile(
    r"\b(?:eur|euros?|usd|dollars?|gbp|pounds?|chf|francs?|franken|yen|jpy|cny|yuan|inr|rupees?|kr|kroner|kronor|kronen"
    r"|sek|nok|dkk|pln|zloty|czk)\b",
    re.IGNORECASE,
)
SMALL_NUMBER = re.compile(r"(?<![\w.,:/-])[1-9]\d?(?![\w:/-]|[.,]\d)")
"""One that a text may write in letters."""
YEAR = re.compile(r"\d{4}")


def written_otherwise(question: str) -> frozenset[str]:
    """Return the words of a question that documents may write otherwise. A year is the same in all ways of writing."""
    return frozenset(
        part
        for pattern in (DATE, WEEKDAYS, TIME, CURRENCY, SMALL_NUMBER)
        for found in pattern.finditer(question)
        for part in words(found.group())
        if not YEAR.fullmatch(part)
    )
