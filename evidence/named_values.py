"""Find the numbers, dates, names and addresses of a sentence, and check whether its quotes contain them.

A sentence may use its own words for what the quotes say, but no other number, date or name than they do. This can be
checked without understanding either text. It compares:
- numbers by value: `1,200`, `1200` and `1.2 thousand` are equal, `three` is 3; `one` is mostly a pronoun, so no number
- dates by day, month and year, each by itself: `5 May 2021` and `2021-05-05` are the same
- words with a capital letter inside a sentence, or with capitals or digits within the word (`IPv6`, `NATO`); also the
  first word, if another capitalized word follows directly. A single name at the start of a sentence looks like any
  other word there, so it is not compared
- web and mail addresses, character for character
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal

from outlast.evidence.stop_words import STOP_WORDS
from outlast.evidence.words import stem

WORDS_BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
MULTIPLICATIVES = {"twice": 2, "thrice": 3}
SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
MONTHS = ("january february march april may june july august september october november december").split()

VALUE_OF_WORD = (
    {word: value for value, word in enumerate(WORDS_BELOW_TWENTY)}
    | {word: 10 * value for value, word in enumerate(TENS, 2)}
    | MULTIPLICATIVES
)
ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
ISO_DATE = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
NUMBER = re.compile(r"(?<!\d)(?<!\d[.,])\d+(?:[.,]\d+)*")  # also in `31m`, `v3.12`, `IPv6`
NUMBER_AND_UNIT = re.compile(r"\d+[^\W\d_]{1,3}")  # written without a space: `31m`, `5th`, `20ms`
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
SENTENCE_START = re.compile(r"(?:^|[.!?:]\s+|[\n•])[\"'“”‘’(\[«»]*")
CONTRACTION_SUFFIX = re.compile(r"['’](?:s|m|t|d|re|ve|ll)?$")


def find_missing_values(text: str, quotes: Iterable[str]) -> list[str]:
    """Return the values of `text` that none of `quotes` contains, as they are written, without repeats."""
    quote_texts = [unicodedata.normalize("NFKC", quote) for quote in quotes]
    sentence = unicodedata.normalize("NFKC", text)
    addresses = [match.group().rstrip(".,;") for match in ADDRESS.finditer(sentence)]
    missing = [address for address in addresses if not any(address in quote for quote in quote_texts)]
    plain = ADDRESS.sub(" ", sentence)
    values = {value for quote in quote_texts for _, readings in find_numbers(quote) for value in readings}
    missing += [written for written, readings in find_numbers(plain) if not readings & values]
    words = {form for quote in quote_texts for form in forms_in(quote)}
    missing += [name for name in find_names(plain) if not forms_of(name) & words]
    return list(dict.fromkeys(missing))


def find_numbers(text: str) -> Iterator[tuple[str, set[Decimal]]]:
    """Yield each number as it is written, with the values that it may mean: `1.200` may be 1.2 or 1200."""
    for match in ISO_DATE.finditer(text):
        for part in match.groups():
            yield part, {Decimal(int(part))}
    rest = ISO_DATE.sub(" ", text)
    for match in NUMBER.finditer(rest):
        readings = set(possible_values(match.group()))
        scale = SCALES.get(next_word(rest, match.end()))
        yield match.group(), readings if scale is None else {value * scale for value in readings}
    yield from find_spelled_numbers(rest)


def possible_values(written: str) -> Iterator[Decimal]:
    digits = written.replace(",", "").replace(".", "")
    separators = re.sub(r"\d", "", written)
    if not separators:
        yield Decimal(written)
        return
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3})+", written):
        yield Decimal(digits)
    if len(separators) == 1:
        yield Decimal(written.replace(",", "."))
    elif len(set(separators)) == 1 and not re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", written):
        # A version or a section number, such as 3.11.2: comparing its parts would be too lenient, so it is one value.
        yield Decimal(digits).scaleb(-100 * len(separators))
    elif len(set(separators)) > 1:  # 1,234.56 and 1.234,56
        whole, _, fraction = written.rpartition(separators[-1])
        yield Decimal(re.sub(r"[.,]", "", whole) + "." + fraction)


def find_spelled_numbers(text: str) -> Iterator[tuple[str, set[Decimal]]]:
    """Yield numbers that are written out, such as `twenty-one` and `three hundred`, with their values."""
    words = [(match.group(), match.group().casefold()) for match in WORD.finditer(text)]
    index = 0
    while index < len(words):
        written, word = words[index]
        index += 1
        value = VALUE_OF_WORD.get(word)
        if value is None or word == "one":
            continue
        if value >= 20 and index < len(words) and 0 < VALUE_OF_WORD.get(words[index][1], 0) < 10:
            value += VALUE_OF_WORD[words[index][1]]
            written = f"{written} {words[index][0]}"
            index += 1
        if index < len(words) and (scale := SCALES.get(words[index][1])):
            value *= scale
            written = f"{written} {words[index][0]}"
            index += 1
        yield written, {Decimal(value)}


def next_word(text: str, at: int) -> str:
    match = re.compile(r"\s*(\w+)").match(text, at)
    return match[1].casefold() if match else ""


def find_names(text: str) -> Iterator[str]:
    """Yield the words that are written like names."""
    matches = list(WORD.finditer(text))
    begins = {match.end() for match in SENTENCE_START.finditer(text)}
    for number, match in enumerate(matches):
        word = CONTRACTION_SUFFIX.sub("", match.group())
        if not any(character.isalpha() for character in word) or NUMBER_AND_UNIT.fullmatch(word):
            continue
        inside = any(character.isupper() or character.isdigit() for character in word[1:])
        if inside and len(word) > 1:
            yield word
        elif word[0].isupper() and len(word) > 1 and word.casefold() not in STOP_WORDS:
            following = matches[number + 1] if number + 1 < len(matches) else None
            followed = (
                following is not None
                and following.group()[0].isupper()
                and text[match.end() : following.start()] == " "
            )
            if match.start() not in begins or followed:
                yield word


def forms_in(text: str) -> set[str]:
    """Return the words of a quote in all forms in which names are compared, and the months of its ISO dates."""
    forms = {form for match in WORD.finditer(text) for form in forms_of(CONTRACTION_SUFFIX.sub("", match.group()))}
    for match in ISO_DATE.finditer(text):
        if 1 <= int(match[2]) <= 12:
            forms.add(MONTHS[int(match[2]) - 1])
    return forms


def forms_of(word: str) -> set[str]:
    folded = word.casefold()
    month = next((month for month in MONTHS if len(folded) >= 3 and month.startswith(folded)), None)
    return {folded, stem(folded)} | ({month} if month else set())
