"""The characters of symbol fonts, which are stored as codes of the font at U+F020 to U+F0FF."""

PRIVATE_USE = range(0xF020, 0xF100)

_SYMBOL_FROM_20 = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
_SYMBOL_FROM_A0 = (
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\ufffd〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭"
)
SYMBOL = {
    **{0x20 + number: sign for number, sign in enumerate(_SYMBOL_FROM_20)},
    **{0xA0 + number: sign for number, sign in enumerate(_SYMBOL_FROM_A0)},
}
# fmt: off
WINGDINGS = {
    0x20: " ", 0x22: "✂", 0x28: "☎", 0x2A: "✉", 0x36: "⌛", 0x3F: "✍", 0x45: "☜", 0x46: "☞", 0x47: "☝", 0x48: "☟",
    0x4A: "☺", 0x4B: "😐", 0x4C: "☹", 0x54: "❄", 0x58: "✠", 0x59: "✡", 0x5B: "☯", 0x6C: "●", 0x6D: "❍", 0x6E: "■",
    0x6F: "☐", 0x70: "☐", 0x71: "❑", 0x72: "❒", 0x73: "⬧", 0x74: "⧫", 0x75: "◆", 0x76: "❖", 0x77: "⬥", 0x78: "☒",
    **{0x80 + number: sign for number, sign in enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿")},
    0x9E: "·", 0x9F: "•", 0xA1: "○", 0xA4: "◉", 0xA7: "▪", 0xA8: "☐", 0xAB: "★", 0xD8: "➢", 0xDF: "←", 0xE0: "→",
    0xE1: "↑", 0xE2: "↓", 0xE8: "→", 0xEF: "⇐", 0xF0: "⇒", 0xF1: "⇑", 0xF2: "⇓", 0xF3: "⇔", 0xFB: "✗", 0xFC: "✓",
    0xFD: "☒", 0xFE: "☑",
}
WINGDINGS_2 = {
    0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x95: "•", 0x97: "●", 0xA2: "■", 0xA3: "☐",
}
WINGDINGS_3 = {0x66: "←", 0x67: "→", 0x68: "↑", 0x69: "↓", 0x70: "▲", 0x71: "▼", 0x74: "◀", 0x75: "▶", 0x7D: "▶"}
# fmt: on
FONTS = {"symbol": SYMBOL, "wingdings": WINGDINGS, "wingdings 2": WINGDINGS_2, "wingdings 3": WINGDINGS_3}
UNKNOWN = "\ufffd"


def is_symbol_font(font: str) -> bool:
    """Return whether the letters of the font are symbols."""
    return font.lower() in FONTS


def symbol(code: int, font: str) -> str:
    """Return the character that a symbol font shows for a code; `\\ufffd` if it is not known.

    A font of letters shows a code as Unicode does.
    """
    names = FONTS.get(font.lower())
    if names is None and code not in PRIVATE_USE:
        return chr(code) if 0x20 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else UNKNOWN
    return (SYMBOL if names is None else names).get(code & 0xFF, UNKNOWN)


def in_font(text: str, font: str) -> str:
    """Return the text as it is shown in a font: the letters of a symbol font become symbols."""
    if is_symbol_font(font):
        return "".join(
            symbol(ord(sign), font) if ord(sign) < 0x100 or ord(sign) in PRIVATE_USE else sign for sign in text
        )
    if text.isascii() or not any(ord(sign) in PRIVATE_USE for sign in text):
        return text
    return "".join(symbol(ord(sign), font) if ord(sign) in PRIVATE_USE else sign for sign in text)
