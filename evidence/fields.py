"""Named values: a line `Deposit: 1800 EUR` or `port = 8642`, and a record of several on one line."""

import re

MAX_KEY_CHARACTERS = 60
MAX_KEY_WORDS = 8
EMPHASIS = re.compile(r"[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}")
KEY_AND_VALUE = re.compile(
    r"(?P<key>[^\s:;=|{}<>：＝][^:;=|{}<>：＝\n]{0,80}?)[*_]{0,3}"
    r"(?:[ \t]*:[*_]{0,3}(?:[ \t]+|$)|[ \t]*：[ \t]*|[ \t]+=[ \t]+|[ \t]*＝[ \t]*)(?P<value>.*)"
)
SEPARATORS = ":=：＝"
SETTING = re.compile(
    r"[A-Za-z_][\w.-]{2,}[ \t]*=[ \t]*(?:\"[^\"\\]*\"|'[^'\\]*'|(?=[^\s=]*\w)[\w.,:/+%-]+)[ \t]*(?:[#;].*)?"
)
"""A line of a program or of its configuration that gives a name a plain value: `port = 8642`."""
FAILURE = re.compile(
    r"\s*(?:Traceback \(most recent call|File \"[^\"]*\", line \d|[\w.]*\w(?:Error|Exception|Warning)(?::|\s*$)"
    r"|During handling of the above exception|The above exception was the direct cause)"
)
"""A line of a traceback, or an error message of a program."""
WORD = re.compile(r"[^\W\d_]{2,}|[\u3040-\u30ff\u3400-\u9fff]")
PAIR = re.compile(r"[^:;\n]{0,80}: [^;\n]*+(?:;|$)")
"""A value of a record with its name, as rows of CSV files are written: `Name: Ada; Born: 1815`."""
MIN_PAIRS = 4
LETTER = re.compile(r"[^\W\d_]")
NO_KEY = re.compile(r"[(\[]\s*$|://|\.\w+\(|[\\$`]|->")
"""Of addresses and programs, or before an opening bracket."""
FIELD = re.compile(r"([^:;]{1,80}): ?(.*)")


def key_and_value(line: str) -> tuple[str, str] | None:
    """Return the key and the value of `Deposit: 1800 EUR` or `Notice = six weeks`, without marks of emphasis.

    There are a few words before the colon, and something after it; else None is returned.
    """
    match = KEY_AND_VALUE.fullmatch(line.strip())
    if not match or not match["value"].strip() or not is_key(match["key"]) or is_record(line):
        return None
    return EMPHASIS.sub("", match["key"]).strip(), match["value"].strip()


def is_key_and_value(line: str) -> bool:
    """Is a line of the form `Deposit: 1800 EUR`, or a record that begins with such a pair?"""
    if not any(map(line.__contains__, SEPARATORS)):
        return False
    match = KEY_AND_VALUE.fullmatch(line)
    return bool(match and match["value"].strip() and is_key(match["key"]))


def is_record(line: str) -> bool:
    """Is a line a record, as rows of CSV files are written: `Norby; master: Eva Lund; depth (m): 6.5`?

    Its values have their names, at least two of them; the first value may have none.
    """
    if "\n" in line or ";" not in line:
        return False
    first, *others = (part.strip() for part in line.strip().rstrip(";").split("; "))
    named = [FIELD.fullmatch(part) for part in others]
    return all(match and is_key(match[1]) for match in named) and len(named) + bool(FIELD.fullmatch(first)) >= 2


def is_key(words: str) -> bool:
    """May these words name a value? They are few, with a letter, and neither code, an address nor an error."""
    plain = EMPHASIS.sub("", words).strip()
    return (
        bool(LETTER.search(plain))
        and len(plain) <= MAX_KEY_CHARACTERS
        and len(plain.split()) <= MAX_KEY_WORDS
        and not NO_KEY.search(plain)
        and not FAILURE.match(plain)
    )


def pairs_of(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans of the named values of a record; none if the line is no record."""
    if min(text.count(": ", start, end), text.count(";", start, end) + 1) < MIN_PAIRS:
        return []
    found = [
        (match.start() + len(match.group()) - len(match.group().lstrip()), match.end() - match.group().endswith(";"))
        for match in PAIR.finditer(text, start, end)
    ]
    covered = sum(last - first for first, last in found)
    return found if len(found) >= MIN_PAIRS and covered > 0.8 * (end - start) else []
