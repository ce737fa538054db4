"""Raised and lowered text in plain characters: `10<sup>6</sup>` is written `10^6`, and `H<sub>2</sub>O` is `H2O`.

Formats say only that some characters stand higher or lower than the others. What that means is told by what stands
before them: a power after a number, a variable or a unit; an ending after an ordinal; a footnote mark after a word.
"""

import re

# fmt: off
ORDINAL_ENDINGS = frozenset(
    "st nd rd th o a e er re ère eme ème ieme ième d de nde ste os as º ª am pm AM PM h".split()
)
"""They stand after a digit; the last ones after an hour."""
ENGLISH_ENDINGS = frozenset("st nd rd th".split())
ROMAN_ENDINGS = frozenset("st nd rd th o a e er re ère eme ème ieme ième".split())
ABBREVIATIONS = frozenset(
    "mme mmes mlle mlles mr mrs ms mgr me mes dr drs dra st ste sta sto no nos cie co vve jr sr sra fr rev bros".split()
)
"""Words whose end may be raised: `M<sup>lle</sup>`."""
BRAND_MARKS = frozenset(("TM", "tm", "SM", "sm", "MC", "®", "™", "©", "℠", "(R)", "(r)", "(TM)", "(C)", "(c)"))
UNITS = frozenset(
    """
    m km cm mm dm nm pm µm μm um ft yd mi ha s ms µs h hr kg g mg µg N J kJ MJ W kW MW K Pa kPa MPa V A Hz L l ml mL mol
    rad sr C T cd lm lx pc kpc Mpc ly AU eV keV MeV GeV px
    """.split()
)
WORDS_OF_UNITS = frozenset(
    "in t min bar sec day days year years yr meter meters metre metres inch inches foot feet mile miles".split()
)
"""They are units only in a measure, such as `4 in`, for they are also words."""
MEASURE = re.compile(r"(?:\d\s?|[/·(]|\bper )\Z")
FUNCTIONS = frozenset("sin cos tan cot sec csc sinh cosh tanh log ln lg exp lim max min sup inf det arg deg".split())
ELEMENTS = (
    "He|Li|Be|Ne|Na|Mg|Al|Si|Cl|Ar|Ca|Sc|Ti|Cr|Mn|Fe|Co|Ni|Cu|Zn|Ga|Ge|As|Se|Br|Kr|Rb|Sr|Zr|Nb|Mo|Tc|Ru|Rh|Pd|Ag|Cd|In|Sn"
    "|Sb|Te|Xe|Cs|Ba|La|Ce|Pr|Nd|Pm|Sm|Eu|Gd|Tb|Dy|Ho|Er|Tm|Yb|Lu|Hf|Ta|Re|Os|Ir|Pt|Au|Hg|Tl|Pb|Bi|Po|At|Rn|Fr|Ra|Ac|Th|Pa"
    "|Np|Pu|Am|Cm|[HDBCNOFPSKVYIWU]"
)
# fmt: on
FORMULA = re.compile(rf"(?:{ELEMENTS}|[\d.()\[\]·])*")
"""A chemical formula so far, such as `C6H12O` or `Ca(OH)`."""
FORMULA_NUMBER = re.compile(r"\d+(?:\.\d+)?[^\W_]*")
ISOTOPE = re.compile(rf"(?:{ELEMENTS})(?![a-z])")
NAME_IN_CAPITALS = re.compile(r"(?:[A-Z]{2}|[a-z]O)\Z")
"""The end of a short name that is written with its number: PM2.5, FEV1, SpO2."""
TEMPERATURE_SCALE = re.compile(r"\s?[CF]\b")
TOKEN_BREAK = re.compile(r"[-–→=+/,;:~≈\s\"'“‘„«]")

SIGNED = re.compile(r"[+\-−–]\d.*|\d*[+\-−]")  # s^-1, Ca^2+
WHOLE_NUMBER = re.compile(r"[+\-−–]?\d+")
SIMPLE_POWER = re.compile(r"[+\-−–]?(?:\d+(?:[.,]\d+)?|\w|∞)|[*′″†]|\d*[+\-−]")
SIMPLE_INDEX = re.compile(r"\w+|\d+\.\d+|[+\-−*∞]")
NUMBERS = re.compile(r"\d+(?:\s?[,;]\s?\d+)+")
ROUND_BASE = re.compile(r"(?<!\d)(?:10|2)\Z")
"""The base of 10^1,5, which has a decimal comma; after other numbers, several numbers are footnote marks."""
NOTE_NUMBERS = re.compile(r"\d{1,4}(?:\s?[,;–-]\s?\d{1,4})*")
NOTE_LETTERS = re.compile(r"[a-z](?:\s?[,;]\s?[a-z])*|[A-Z]")
NOTE_SIGNS = re.compile(r"[*†‡§¶#∗⁎]{1,4}")
BRACKETED = re.compile(r"\[.*\]")
YEAR = re.compile(r"(?<![\d.,:/^])(?:1[89]\d\d|20[0-3]\d)\Z")
FIGURE = re.compile(r"(?:\d[.,]\d+|\d{3})\Z")
"""A number of a kind that is neither an ordinal nor the base of a power; a letter after it is a footnote mark."""
NAME_WITH_NUMBER = re.compile(r"[^\W\d_]{2,}-?\d+\Z")  # COVID-19, CO2
LAST_LETTERS = re.compile(r"[^\W\d_]+\Z")
LAST_BRACKETS = re.compile(r"\(([^()]*)\)\Z")
PROSE = re.compile(r"[^\W\d_]{3,}|[^\W\d_]+\s+[^\W\d_]+")
SEVERAL_WORDS = re.compile(r"\A[^\[]*(?:[^\W\d_]{3,}\s+[^\W\d_]{2,}|[^\W\d_]{2,}\s+[^\W\d_]{3,})")
VOWELS = frozenset("aeiouyäöü")
MAX_MARK_CHARACTERS = 30
"""Longer raised or lowered text is no power, index or mark, but text that is set that way."""
MAX_BASE_CHARACTERS = 80


def raised(base: str, text: str, after: str = "") -> str:
    """Return what to append after `base` for the raised characters `text`.

    `base` is the text before them; its last word is enough. `after` is the text behind them, where it is known: it
    tells the numerator of a fraction (`/` follows) and the number of an isotope (`C` follows) from a power and a mark.
    """
    base, text = base[-MAX_BASE_CHARACTERS:], " ".join(text.split())
    before, is_first = base.rstrip(), base == "" or base[-1].isspace()
    if after.startswith(("/", "⁄")) and text.isdecimal():
        return f" {text}" if base[-1:].isdigit() else text
    if len(text) > MAX_MARK_CHARACTERS or SEVERAL_WORDS.search(text):
        return text if is_first else f" {text}"
    if not text or text in BRAND_MARKS or _ends_word(before, text):
        return "°" if text == "o" and TEMPERATURE_SCALE.match(after) else text
    if is_first:
        return _raise_first(before if base.endswith((" ", "\u00a0")) else "", text, after)
    return _raise_after_word(before, text)


def lowered(base: str, text: str) -> str:
    """Return what to append after `base`, the text before it, for the lowered characters `text`."""
    base, text = base[-MAX_BASE_CHARACTERS:], " ".join(text.split())
    if not text or base == "" or base[-1].isspace() or base[-1] in "/⁄":  # the last is a fraction: 1/2
        return text
    if len(text) > MAX_MARK_CHARACTERS or SEVERAL_WORDS.search(text):
        return f" {text}"
    if not (base[-1].isalnum() or base[-1] in ")]}_|′'"):
        return f" {text}" if base[-1] in ".,;:!?" else text
    if FORMULA_NUMBER.fullmatch(text) and _is_formula(base, text):
        return text
    return f"_{_grouped(text, SIMPLE_INDEX)}"


def _raise_first(before: str, text: str, after: str) -> str:
    """Return text that is raised at the beginning of a block or a word."""
    if text.isdecimal() and ISOTOPE.match(after):
        return text
    if before and before[-1].isdigit() and WHOLE_NUMBER.fullmatch(text) and not YEAR.search(before):
        return f"^{text}"
    mark = _note_mark(text)
    return f"{mark} " if mark and after[:1].isalnum() else mark or text


def _ends_word(before: str, text: str) -> bool:
    """Return whether `text` is the end of an ordinal or of an abbreviation."""
    if before[-1:].isdigit():
        is_ordinal = text in ORDINAL_ENDINGS and not (len(text) == 1 and FIGURE.search(before))
        return is_ordinal or (text == "s" and YEAR.search(before) is not None)
    found = LAST_LETTERS.search(before)
    word = found.group() if found else ""
    if text in ENGLISH_ENDINGS and len(word) == 1 and word.islower():  # the nth time
        return True
    if text in ROMAN_ENDINGS and word and set(word) <= set("IVXLC"):
        return len(word) > 1 or len(text) > 1 or word in "IVX"
    return bool(word) and text[0].islower() and f"{word}{text}".lower() in ABBREVIATIONS


def _raise_after_word(before: str, text: str) -> str:
    if text in "+-−" and before[-1].isalpha():  # an ion: Na+
        return text
    if not any(map(str.isalnum, text)) and not NOTE_SIGNS.fullmatch(text):  # `?` in a grammar
        return text
    mark = "" if _is_power(before, text) else _note_mark(text)
    if mark:
        return f" {mark}"
    return f"^{_grouped(text, SIMPLE_POWER)}" if before[-1].isalnum() or before[-1] in ")]}" else text


def _is_power(before: str, text: str) -> bool:
    """Return whether `text`, which may also be a footnote mark, is a power (or has another such meaning)."""
    last = before[-1]
    if SIGNED.fullmatch(text):
        return last.isalnum() or last in ")]"
    if last.isdigit():
        return _is_power_of_number(before, text)
    if last in ")]}":
        inside = LAST_BRACKETS.search(before)
        return inside is not None and not PROSE.search(inside.group(1))
    found = LAST_LETTERS.search(before)
    return found is not None and _is_power_of_word(found.group(), before[: found.start()], text)


def _is_power_of_number(before: str, text: str) -> bool:
    if NOTE_SIGNS.fullmatch(text) or (NOTE_LETTERS.fullmatch(text) and FIGURE.search(before)):
        return False
    if text[0].isdigit() and (YEAR.search(before) or NAME_WITH_NUMBER.search(before)):
        return False
    return not NUMBERS.fullmatch(text) or ROUND_BASE.search(before) is not None


def _is_power_of_word(word: str, before: str, text: str) -> bool:
    if len(word) == 1 or word in FUNCTIONS:
        return True
    if not text[0].isdigit():
        return word.isupper() and len(word) == 2 and text.isupper()  # a product of matrices: AB^T
    if word in UNITS or (word in WORDS_OF_UNITS and MEASURE.search(before)):
        return True
    return len(word) == 2 and word.islower() and VOWELS.isdisjoint(word)  # a product of variables: mc^2


def _note_mark(text: str) -> str:
    """Return `text` in brackets if it is a footnote mark, or several; else ""."""
    if BRACKETED.fullmatch(text):
        return text
    is_mark = NOTE_NUMBERS.fullmatch(text) or NOTE_LETTERS.fullmatch(text) or NOTE_SIGNS.fullmatch(text)
    return f"[{text}]" if is_mark else ""


def _is_formula(base: str, text: str) -> bool:
    """Return whether the number `text` belongs to a chemical formula, or to a short name in capitals."""
    last = TOKEN_BREAK.split(base)[-1]
    if FORMULA.fullmatch(last) and any(map(str.isalpha, last)):
        return len(last) > 1 or text not in ("0", "1")  # H_0 and V_1 are variables: no formula says 0 or 1
    return NAME_IN_CAPITALS.search(last) is not None


def _grouped(text: str, simple: re.Pattern[str]) -> str:
    is_grouped = text.startswith("(") and text.find(")") == len(text) - 1
    return text if is_grouped or simple.fullmatch(text) else f"({text})"
