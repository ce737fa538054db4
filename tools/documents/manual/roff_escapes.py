"""The escapes of roff, the language of manual pages: fonts and sizes go, signs become characters."""

import re
import unicodedata

ESCAPED_CHARACTERS = {
    "-": "-", "e": "\\", "\\": "\\", "'": "´", "`": "`", " ": " ", "~": " ", "0": " ", "t": "\t", "_": "_", ".": ".",
    "&": "", "%": "", "|": "", "^": "", "/": "", ",": "", ")": "", ":": "", "!": "", "?": "", "{": "", "}": "",
    "a": "", "d": "", "u": "", "r": "", "p": "", "c": "", "E": "\\",
}  # fmt: skip
SIGNS = {
    "em": "—", "en": "–", "hy": "-", "bu": "•", "co": "©", "rg": "®", "tm": "™", "aq": "'", "dq": '"', "cq": "’",
    "oq": "‘", "lq": "“", "rq": "”", "Bq": "„", "bq": "‚", "Fo": "«", "Fc": "»", "fo": "‹", "fc": "›", "ga": "`",
    "ha": "^", "ti": "~", "rs": "\\", "at": "@", "sh": "#", "sl": "/", "or": "|", "ba": "|", "br": "│", "ul": "_",
    "lB": "[", "rB": "]", "lC": "{", "rC": "}", "la": "⟨", "ra": "⟩", "mu": "×", "di": "÷", "+-": "±", "<=": "≤",
    ">=": "≥", "!=": "≠", "==": "≡", "~~": "≈", "~=": "≅", "mi": "−", "pl": "+", "eq": "=", "if": "∞", "->": "→",
    "<-": "←", "<>": "↔", "ua": "↑", "da": "↓", "rA": "⇒", "lA": "⇐", "de": "°", "sc": "§", "ps": "¶", "dg": "†",
    "dd": "‡", "Eu": "€", "eu": "€", "Po": "£", "ct": "¢", "Ye": "¥", "12": "½", "14": "¼", "34": "¾", "S1": "¹",
    "S2": "²", "S3": "³", "ss": "ß", "AE": "Æ", "ae": "æ", "OE": "Œ", "oe": "œ", "/O": "Ø", "/o": "ø", "oA": "Å",
    "oa": "å", "/l": "ł", "/L": "Ł",
    "-D": "Ð", "Sd": "ð", "TP": "Þ", "Tp": "þ", ".i": "ı",
    "r!": "¡", "r?": "¿", "ff": "ff", "fi": "fi", "fl": "fl", "Fi": "ffi", "Fl": "ffl", "*a": "α", "*b": "β",
    "*g": "γ", "*d": "δ", "*e": "ε", "*l": "λ", "*m": "μ", "*p": "π", "*s": "σ", "*w": "ω", "*D": "Δ", "*W": "Ω",
    "sr": "√", "OK": "✓", "no": "¬", "AN": "∧", "OR": "∨", "es": "∅", "mo": "∈", "dA": "⇓", "fm": "′", "sd": "″",
}  # fmt: skip
ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", ":": "\u0308", "~": "\u0303", ",": "\u0327"}
STRINGS = {"lq": "“", "rq": "”", "R": "®", "Tm": "™", "S": "", "Am": "&", "Lt": "<", "Gt": ">", "Ba": "|", "q": '"'}
"""The strings that the macro packages define."""

ESCAPE = re.compile(
    r"""\\(?:
        [fFgknmMYV](?:\[[^\]\n]{0,80}\]|\(..|.)            # fonts, colours, registers
        | s(?:[-+]?(?:\[[^\]\n]{0,80}\]|\(..|'[^'\n]{0,80}'|\d)) # sizes
        | [hvwlLxNbBDHoRSXZA]'[^'\n]{0,500}'                # motions and lines
        | \((?P<sign>..)
        | \[(?P<named>[^\]\n]{0,80})\]
        | \*(?:\((?P<string>..)|\[(?P<long>[^\]\n]{0,80})\]|(?P<short>.))
        | (?P<single>.)
        | $
    )""",
    re.VERBOSE,
)
UNICODE_NAME = re.compile(r"u([0-9A-F]{4,6})(?:_([0-9A-F]{4,6}))?")


def unescape(text: str, strings: dict[str, str]) -> str:
    """Return one line of text with its escapes replaced. `strings` are those that the page defines."""
    if "\\" not in text:
        return text
    return ESCAPE.sub(lambda found: _replacement(found, strings), text)


def _replacement(found: re.Match[str], strings: dict[str, str]) -> str:
    sign = found.group("sign") or found.group("named")
    if sign is not None:
        return _sign(sign)
    name = found.group("string") or found.group("long") or found.group("short")
    if name is not None:
        return strings.get(name, STRINGS.get(name, ""))
    single = found.group("single")
    return ESCAPED_CHARACTERS.get(single, single) if single else ""


def _sign(name: str) -> str:
    if name in SIGNS:
        return SIGNS[name]
    if (code := UNICODE_NAME.fullmatch(name)) is not None:
        return "".join(chr(int(each, 16)) for each in code.groups() if each and int(each, 16) < 0xD800)
    if len(name) == 2 and name[0] in ACCENTS and name[1].isalpha():
        return unicodedata.normalize("NFC", name[1] + ACCENTS[name[0]])
    return name if len(name) == 1 else ""
