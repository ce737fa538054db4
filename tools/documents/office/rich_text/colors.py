"""The table of colors of an RTF file."""

from outlast.tools.documents.office.looks import UNKNOWN, WHITE, is_unseen
from outlast.tools.documents.office.rich_text.state import State

COLOR_PARTS = ("red", "green", "blue")


class ColorTable:
    """Takes the words of the table one by one. A color without parts is the one that is usual."""

    def __init__(self) -> None:
        self._colors: list[str] = []
        self._parts: dict[str, int] = {}
        self.colors_cells = False
        """Whether cells of tables have colors."""

    def set_part(self, part: str, value: int) -> None:
        self._parts[part] = max(0, min(value, 255))

    def take_text(self, text: str) -> None:
        """Take the semicolons that end colors."""
        for _ in range(text.count(";")):
            is_whole = all(part in self._parts for part in COLOR_PARTS)
            self._colors.append("".join(f"{self._parts[part]:02x}" for part in COLOR_PARTS) if is_whole else UNKNOWN)
            self._parts = {}

    def _code(self, number: int) -> str:
        """Return a color by its number, as in `looks`."""
        return self._colors[number] if 0 <= number < len(self._colors) else UNKNOWN

    def hides(self, state: State) -> bool:
        """Return whether nobody sees characters in a state, by their color or their size."""
        color = self._code(state.color) if state.color else UNKNOWN
        behind = state.ground or state.paragraph_ground
        ground = self._code(behind) if behind else UNKNOWN if state.in_table and self.colors_cells else WHITE
        return is_unseen(color, ground, state.half_points / 2)
