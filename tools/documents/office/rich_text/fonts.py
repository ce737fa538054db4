"""The fonts of an RTF document, which say what its bytes mean: by their code page, or as symbols."""

from dataclasses import dataclass

from outlast.tools.documents.office.rich_text.control_words import CODECS_OF_COMPUTERS, SYMBOL_CHARSET
from outlast.tools.documents.office.rich_text.tokens import CODECS_OF_CHARSETS, codec_of_page
from outlast.tools.documents.office.symbols import in_font

DEFAULT_PAGE = 1252


@dataclass
class _Font:
    name: str = ""
    codec: str = ""
    is_symbol: bool = False


class Fonts:
    """The table of fonts. Text in a font that it does not name is in the code page of the document."""

    def __init__(self) -> None:
        self.default = -1
        """The number of the font outside of which no font is named."""
        self._codec = codec_of_page(DEFAULT_PAGE)
        self._fonts: dict[int, _Font] = {}

    def add_name(self, number: int, text: str) -> None:
        self._fonts.setdefault(number, _Font()).name += text.partition(";")[0]

    def take(self, word: str, number: int, declared: int | None) -> bool:
        """Take what a control word says of code pages; return False if it says nothing of them.

        `declared` is the font that the table of fonts declares where the word stands; None outside of the table.
        """
        match word:
            case "deff":
                self.default = number
            case "ansicpg":
                self._codec = codec_of_page(number or DEFAULT_PAGE)
            case "mac" | "pc" | "pca":
                self._codec = CODECS_OF_COMPUTERS[word]
            case "cpg" if declared is not None:
                self._fonts.setdefault(declared, _Font()).codec = codec_of_page(number)
            case "fcharset" if declared is not None:
                font = self._fonts.setdefault(declared, _Font())
                font.is_symbol = number == SYMBOL_CHARSET
                font.codec = CODECS_OF_CHARSETS.get(number, "")
            case _:
                return False
        return True

    def decode(self, text: str, number: int) -> str:
        """Return the characters that bytes in a font stand for; those of a font of symbols stay as they are."""
        font = self._fonts.get(number)
        if text.isascii() or (font is not None and font.is_symbol):
            return text
        codec = (font.codec if font is not None else "") or self._codec
        return text.encode("latin-1").decode(codec, errors="replace")

    def shown(self, text: str, number: int) -> str:
        """Return what a font shows for characters, which differs in a font of symbols."""
        font = self._fonts.get(number)
        return in_font(text, font.name if font is not None and font.is_symbol else "")
