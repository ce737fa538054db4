"""Numbers with their units as the package siunitx prints them: `\\SIrange{1}{3}{\\metre}` is `1 m to 3 m`."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from outlast.tools.documents.tex.tokens import Source

PREFIXES = {
    "quecto": "q", "ronto": "r", "yocto": "y", "zepto": "z", "atto": "a", "femto": "f", "pico": "p", "nano": "n",
    "micro": "µ", "milli": "m", "centi": "c", "deci": "d", "deca": "da", "deka": "da", "hecto": "h", "kilo": "k",
    "mega": "M", "giga": "G", "tera": "T", "peta": "P", "exa": "E", "zetta": "Z", "yotta": "Y", "kibi": "Ki",
    "mebi": "Mi", "gibi": "Gi", "tebi": "Ti",
}  # fmt: skip
UNITS = {
    "metre": "m", "meter": "m", "gram": "g", "second": "s", "ampere": "A", "kelvin": "K", "mole": "mol",
    "candela": "cd", "hertz": "Hz", "newton": "N", "pascal": "Pa", "joule": "J", "watt": "W", "volt": "V", "ohm": "Ω",
    "celsius": "°C", "degreeCelsius": "°C", "degree": "°", "arcminute": "′", "arcsecond": "″", "percent": "%",
    "litre": "L", "liter": "L", "minute": "min", "hour": "h", "day": "d", "hectare": "ha", "tonne": "t", "farad": "F",
    "electronvolt": "eV", "decibel": "dB", "coulomb": "C", "tesla": "T", "weber": "Wb", "henry": "H", "lux": "lx",
    "lumen": "lm", "siemens": "S", "becquerel": "Bq", "gray": "Gy", "sievert": "Sv", "katal": "kat", "radian": "rad",
    "steradian": "sr", "dalton": "Da", "astronomicalunit": "au", "bel": "B", "neper": "Np", "byte": "B", "bit": "bit",
}  # fmt: skip
"""Short forms, such as `\\kg`, and units of the author are printed by their names."""
POWERS_BEFORE = {"square": "^2", "cubic": "^3"}
AFTER = {"squared": "^2", "cubed": "^3", "tothe": "^", "raiseto": "^", "of": " "}
UNIT_TOKEN = re.compile(r"\\(?P<name>[A-Za-z]+)\s*|(?P<other>[^\\]+|\\.)", re.DOTALL)
NUMBER = re.compile(r"\s*(?P<digits>[^eEdD]*?)\s*(?:[eEdD]\s*(?P<exponent>[-+]?\d+))?\s*\Z")
PARTS_OF_ANGLES = ("°", "′", "″")


def number(source: str) -> str:
    """Return a number: `3e8` is `3 × 10^8`, `1.5(2)` is itself, `1 +- 2` is `1 ± 2`."""
    found = NUMBER.match(source)
    if found is None:
        return source.strip()
    digits = re.sub(r"\s*(?:\+-|\\pm)\s*", " ± ", found.group("digits")).replace("~", "").strip()
    digits = re.sub(r"\s*(?:\bx\b|\\times)\s*", " × ", digits)
    if (exponent := found.group("exponent")) is None:
        return digits
    power = f"10^{int(exponent)}"
    return f"{digits} × {power}" if digits else power


def unit(source: str) -> str:
    """Return a unit: `\\kilo\\gram\\per\\cubic\\metre` is `kg/m^3`; without commands, `m.s^{-1}` is `m s^-1`."""
    if "\\" not in source:
        return re.sub(r"[.~]|(?<=\w)\s+(?=\w)", " ", re.sub(r"[{}]", "", source)).strip()
    written = _Unit()
    for token in UNIT_TOKEN.finditer(source):
        if token.group("name"):
            written.take(token.group("name"))
        else:
            written.take_argument(token.group("other").strip(" .~"))
    return re.sub(r" ?/ ?", "/", " ".join(written.parts)) + written.prefix


@dataclass
class _Unit:
    """The parts of a unit so far, and what stands before the next one."""

    parts: list[str] = field(default_factory=list)
    prefix: str = ""
    power: str = ""

    def take(self, name: str) -> None:
        if name in PREFIXES:
            self.prefix += PREFIXES[name]
        elif name in POWERS_BEFORE:
            self.power = POWERS_BEFORE[name]
        elif name in AFTER and self.parts:
            self.parts[-1] += AFTER[name]
        elif name == "per":
            self.parts.append("/")
        else:
            self.parts.append(f"{self.prefix}{UNITS.get(name, name)}{self.power}")
            self.prefix = self.power = ""

    def take_argument(self, source: str) -> None:
        """Take the argument of `\\tothe`, `\\of` and the like."""
        if source.startswith("{") and self.parts:
            self.parts[-1] += source.strip("{}")


def quantity(value: str, of: str) -> str:
    """Return a number with its unit, which stands apart unless it is a sign of angles."""
    printed = unit(of)
    return f"{number(value)}{'' if printed in PARTS_OF_ANGLES or not printed else ' '}{printed}"


def angle(source: str) -> str:
    """Return an angle: `45;30;` is `45°30′`."""
    parts = zip(source.split(";"), PARTS_OF_ANGLES, strict=False)
    return "".join(f"{number(part)}{sign}" for part, sign in parts if part)


def listed(parts: Sequence[str]) -> str:
    """Return a list as it is read: `3, 5 and 7`."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def numbers(values: str) -> str:
    return listed([number(value) for value in values.split(";")])


def number_range(first: str, last: str) -> str:
    return f"{number(first)} to {number(last)}"


def quantities(values: str, of: str) -> str:
    return listed([quantity(value, of) for value in values.split(";")])


def quantity_range(first: str, last: str, of: str) -> str:
    return f"{quantity(first, of)} to {quantity(last, of)}"


COMMANDS: dict[str, tuple[int, Callable[..., str]]] = {
    "num": (1, number),
    "tablenum": (1, number),
    "numproduct": (1, number),
    "numlist": (1, numbers),
    "numrange": (2, number_range),
    "ang": (1, angle),
    "si": (1, unit),
    "unit": (1, unit),
    "SI": (2, quantity),
    "qty": (2, quantity),
    "qtyproduct": (2, quantity),
    "SIlist": (2, quantities),
    "qtylist": (2, quantities),
    "SIrange": (3, quantity_range),
    "qtyrange": (3, quantity_range),
}
"""Commands by their names, with the number of their arguments."""


def read_quantity(name: str, source: Source) -> str | None:
    """Return what a command of siunitx prints, whose name was just read; None for other commands."""
    if name not in COMMANDS:
        return None
    count, write = COMMANDS[name]
    arguments: list[str] = []
    for _ in range(count):
        source.optional()  # settings, and in old versions words before the unit
        arguments.append(source.argument())
    return write(*arguments)
