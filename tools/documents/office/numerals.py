"""Numbers of lists as office programs write them: 1, a, iv, 01, 1st, 一. Names of kinds are those of Word."""

ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"))
ROMAN_ONES = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
ROMAN_LIMIT = 4000  # Roman numerals end before it
LETTERS = {
    "lowerLetter": "abcdefghijklmnopqrstuvwxyz",
    "upperLetter": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "russianLower": "абвгдежзиклмнопрстуфхцчшщыэюя",
    "russianUpper": "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЫЭЮЯ",
}
ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen""".split()
TENS = ["", "", *"twenty thirty forty fifty sixty seventy eighty ninety".split()]
ORDINAL_WORDS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
WORDS_LIMIT = 100
CHINESE_KINDS = frozenset(
    """
    chineseCounting chineseCountingThousand ideographDigital japaneseCounting japaneseDigitalTenThousand
    taiwaneseCounting
    """.split()
)
CHINESE_DIGITS = "〇一二三四五六七八九"
CIRCLED_LIMIT = 20


def format_number(number: int, kind: str) -> str:  # noqa: PLR0911 - one case for each kind
    """Return the number as it is written in a list of the kind; in digits where the kind is not known."""
    if kind in LETTERS:
        alphabet = LETTERS[kind]
        return alphabet[(number - 1) % len(alphabet)] * ((number - 1) // len(alphabet) % 10 + 1) if number > 0 else "0"
    if kind in ("lowerRoman", "upperRoman") and 0 < number < ROMAN_LIMIT:
        return _roman(number) if kind == "lowerRoman" else _roman(number).upper()
    if kind == "decimalZero":
        return f"{number:02}"
    if kind == "ordinal":
        return f"{number}{ordinal_ending(number)}"
    if kind in ("cardinalText", "ordinalText") and 0 < number < WORDS_LIMIT:
        return _in_words(number, is_ordinal=kind == "ordinalText").capitalize()
    if kind in CHINESE_KINDS and 0 < number < WORDS_LIMIT:
        tens, ones = divmod(number, 10)
        return f"{CHINESE_DIGITS[tens] if tens > 1 else ''}{'十' if tens else ''}{CHINESE_DIGITS[ones] if ones else ''}"
    if kind.startswith("decimalEnclosedCircle") and 0 < number <= CIRCLED_LIMIT:
        return chr(ord("①") + number - 1)
    return str(number)


def ordinal_ending(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _roman(number: int) -> str:
    roman = ""
    for value, sign in ROMAN:
        roman += sign * (number // value)
        number %= value
    return roman + ROMAN_ONES[number]


def _in_words(number: int, *, is_ordinal: bool) -> str:
    tens, ones = divmod(number, 10)
    words = [ONES[number]] if number < len(ONES) else [TENS[tens], *([ONES[ones]] if ones else [])]
    if is_ordinal:
        last = words[-1]
        words[-1] = ORDINAL_WORDS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return "-".join(words)
