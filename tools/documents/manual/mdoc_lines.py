"""The lines of mdoc, the macro package of BSD's manual pages, in which a macro may stand anywhere in a line of macros.

`.Op Fl a Ar file` is printed `[-a file]`. Macros that begin lists, displays and sections are the page's business.
"""

ENCLOSURES = {
    "Op": ("[", "]"), "Pq": ("(", ")"), "Bq": ("[", "]"), "Brq": ("{", "}"), "Aq": ("⟨", "⟩"), "Dq": ("“", "”"),
    "Sq": ("‘", "’"), "Qq": ('"', '"'), "Ql": ("‘", "’"), "Eq": ("", ""),
}  # fmt: skip
OPENERS = {"Oo": "[", "Po": "(", "Bo": "[", "Bro": "{", "Ao": "⟨", "Do": "“", "So": "‘", "Qo": '"', "Xo": "", "Fo": ""}
CLOSERS = {"Oc": "]", "Pc": ")", "Bc": "]", "Brc": "}", "Ac": "⟩", "Dc": "”", "Sc": "’", "Qc": '"', "Xc": "", "Fc": ")"}
PLAIN = frozenset(
    "Ad An Ar Cd Cm Dv Em Er Es Ev Fa Fd Ft Ic Li Lb Ms Mt No Pa Rv Sx Sy Tn Va Vt St Ex Bt Ud Hf En Dx".split()
)
SYSTEMS = {
    "At": "AT&T UNIX",
    "Bx": "BSD",
    "Bsx": "BSD/OS",
    "Fx": "FreeBSD",
    "Nx": "NetBSD",
    "Ox": "OpenBSD",
    "Ux": "UNIX",
}
CLOSING_PUNCTUATION, OPENING_PUNCTUATION = frozenset(".,:;)]?!"), frozenset("([")
INLINE_MACROS = (
    frozenset({"Fl", "Nm", "Xr", "Fn", "In", "Lk", "Ns", "Pf", "Ap", "Nd"})
    | PLAIN
    | frozenset(ENCLOSURES)
    | frozenset(OPENERS)
    | frozenset(CLOSERS)
    | frozenset(SYSTEMS)
)


class MdocLine:
    """Builds the text of one line of macros. `page_name` is what `.Nm` without an argument stands for."""

    def __init__(self, page_name: str) -> None:
        self._page_name = page_name
        self._text = ""
        self._glue = True  # whether the next word follows without a space

    def render(self, words: list[str]) -> str:
        """Return the text of the words, of which the first is a macro."""
        closing = list[str]()
        position, macro, count = 0, "", 0
        while position < len(words):
            word = words[position]
            position += 1
            if word in INLINE_MACROS:
                self._end_macro(macro, count)
                macro, count = word, 0
                position = self._begin_macro(word, words, position, closing)
            elif word in CLOSING_PUNCTUATION:
                if position == len(words) and closing:
                    self._close(closing)
                self._glue = True
                self._put(word)
            else:
                self._put(f"-{word}" if macro == "Fl" else word)
                self._glue = word in OPENING_PUNCTUATION
                count += 1
        self._end_macro(macro, count)
        self._close(closing)
        return self._text

    def _begin_macro(self, macro: str, words: list[str], position: int, closing: list[str]) -> int:
        """Write what a macro itself is printed as. Return the position after the words that it took."""
        if macro in ENCLOSURES:
            opener, closer = ENCLOSURES[macro]
            closing.append(closer)
            self._open(opener)
        elif macro in OPENERS:
            self._open(OPENERS[macro])
        elif macro in CLOSERS:
            self._glue = True
            self._put(CLOSERS[macro])
        elif macro in SYSTEMS:
            self._put(SYSTEMS[macro])
        elif macro in ("Ns", "Ap"):
            self._glue = True
            if macro == "Ap":
                self._put("'")
                self._glue = True
        elif macro in ("Xr", "Fn", "In", "Lk", "Pf"):
            return self._take_arguments(macro, words, position)
        return position

    def _take_arguments(self, macro: str, words: list[str], position: int) -> int:
        end = position
        while end < len(words) and words[end] not in INLINE_MACROS and words[end] not in CLOSING_PUNCTUATION:
            end += 1
        taken = words[position:end]
        if not taken:
            return position
        first, *others = taken
        if macro == "Pf":
            self._open(first)
            return position + 1
        if macro == "Xr":
            self._put(f"{first}({others[0]})" if others else first)
            return position + min(len(taken), 2)
        written = {"Fn": f"{first}({', '.join(others)})", "In": f"<{first}>", "Lk": f"{' '.join(others)} ⟨{first}⟩"}
        self._put(written[macro].strip())
        return end

    def _end_macro(self, macro: str, count: int) -> None:
        """Write what a macro without words stands for."""
        if count == 0 and macro in ("Fl", "Nm", "Ar"):
            self._put({"Fl": "-", "Nm": self._page_name, "Ar": "file ..."}[macro])

    def _open(self, opener: str) -> None:
        self._put(opener)
        self._glue = self._glue or bool(opener)

    def _close(self, closing: list[str]) -> None:
        while closing:
            self._glue = True
            self._put(closing.pop())

    def _put(self, word: str) -> None:
        if word:
            self._text += ("" if self._glue or not self._text else " ") + word
        self._glue = False
