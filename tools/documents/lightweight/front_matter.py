"""The front matter of a Markdown file: settings at its top, of which programs show the values, in YAML or TOML."""

import re

from outlast.evidence.losses import LossKind
from outlast.tools.documents.lightweight.inline_markdown import read_inline
from outlast.tools.documents.markup.ledger import Ledger, count_words

FRONT_MATTER = re.compile(
    r"(?P<fence>---|\+\+\+)[ \t]*\n(?P<lines>.*?)^(?:(?P=fence)|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
FENCES = frozenset({"---", "+++", "..."})
DECLARED_TITLE = re.compile(r"^title[ \t]*[:=][ \t]*(?P<title>\S[^\n]*)$", re.MULTILINE | re.IGNORECASE)
DECLARED_LANGUAGE = re.compile(r"^lang(?:uage)?[ \t]*[:=][ \t]*[\"']?([a-z]{2})\b", re.MULTILINE)
FIELD = re.compile(r"(?P<key>[^\s:=#\[\]{}\"'-][^:=\n]{0,60}?)[ \t]*(?::(?=[ \t]|\Z)|=)[ \t]*(?P<value>.*)")
ITEM = re.compile(r"[ \t]*-[ \t]+(?P<value>.*)")
LIST = re.compile(r"\[(?!\[)(?P<values>.*)\]")
MAX_LIST_CHARACTERS = 5_000
VALUE_IN_LIST = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|\[\[[^\]]*\]\]|[^,]*)\s*(?:,|\Z)""")


def declared_title(lines: str) -> str:
    """Return the title that front matter declares; "" if it declares none."""
    found = DECLARED_TITLE.search(lines)
    title = _unquoted(found.group("title")) if found else ""
    return " ".join(title.split()) if title[:1] not in ("|", ">", "{", "[") else ""


def declared_language(lines: str) -> str:
    found = DECLARED_LANGUAGE.search(lines)
    return found.group(1) if found else ""


def read_front_matter(lines: list[str], ledger: Ledger) -> list[str]:
    """Return as many lines: `key: value` for each field. The values of a list stand on the line of its key."""
    written = list[str]()
    key_line = -1  # the line of the key whose list is being read
    for line in lines:
        field, item = FIELD.fullmatch(line), ITEM.fullmatch(line)
        if line.strip() in FENCES:
            written.append("")
        elif line.startswith("#"):
            ledger.add(LossKind.HIDDEN, "comments", count_words(line))
            written.append("")
        elif field is not None:
            value = ", ".join(_values(field.group("value").strip()))
            key_line = -1 if value else len(written)
            written.append(f"{field.group('key')}: {read_inline(value, ledger)}".rstrip())
        elif item is not None and key_line >= 0 and FIELD.fullmatch(item.group("value")) is None:
            value = read_inline(_unquoted(item.group("value")), ledger)
            written[key_line] += f"{' ' if written[key_line].endswith(':') else ', '}{value}"
            written.append("")
        else:
            key_line = -1
            written.append(line)
    return written


def _values(text: str) -> list[str]:
    """Return the values of a field: those of a list in brackets, or the one that it has."""
    found = LIST.fullmatch(text)
    if found is None or len(text) > MAX_LIST_CHARACTERS:
        return [_unquoted(text)]
    return [value for each in VALUE_IN_LIST.finditer(found.group("values")) if (value := _unquoted(each.group(1)))]


def _unquoted(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0] else value
