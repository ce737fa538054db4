"""What holds inside a group of RTF."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.rich_text.flow import Flow

USUAL_HALF_POINTS = 24
SHIFTS = {"super": 1, "up": 1, "nosupersub": 0, "dn": -1, "sub": -1}
MIN_HEIGHT = 4
"""In half points. Text that stands less high or low than this is no raised or lowered text."""


class Goal(Enum):
    """Where the text of a group goes."""

    TEXT = "text"
    MARK = "mark"
    """The number or the bullet of a paragraph."""
    SKIP = "skip"
    FONTS = "fonts"
    COLORS = "colors"
    STYLES = "styles"
    TITLE = "title"
    AUTHOR = "author"
    """Who wrote the comment that follows."""
    INSTRUCTIONS = "instructions"
    """What a field shows, such as the number of the page."""
    FORMULA = "formula"
    PROPERTY_NAME = "name of a property of a shape"
    PROPERTY = "property of a shape"


@dataclass(frozen=True)
class State:
    """A group inside a group begins with the state of the outer one."""

    flow: Flow
    goal: Goal = Goal.TEXT
    hidden: bool = False
    deleted: bool = False
    struck: bool = False
    color: int = 0
    """The number of the color in the table of colors; 0 is the usual one."""
    ground: int = 0
    """The color behind the characters, and below, the one behind the paragraph."""
    paragraph_ground: int = 0
    half_points: int = USUAL_HALF_POINTS
    shift: int = 0
    font: int = -1
    skipped_after_unicode: int = 1
    level: int = 0
    style: int = 0
    in_table: bool = False
    is_drop_cap: bool = False
    """Whether the paragraph is the large first letters of the next one."""
    loss: LossKind | None = None
    """Why text of a skipped group is lost; None where it is no text."""
    is_page_number: bool = False
    formula: Any = None
    """The part of a formula that is being read."""

    def with_characters(self, word: str, number: int | None, default_font: int) -> "State | None":
        """Return the state with what a word says of the characters after it; None if it says nothing of them."""
        changed: State | None = None
        match word:
            case "uc":
                changed = replace(self, skipped_after_unicode=max(0, min(number or 0, 100)))
            case "v":
                changed = replace(self, hidden=number != 0)
            case "deleted":
                changed = replace(self, deleted=number != 0)
            case "strike" | "striked":
                changed = replace(self, struck=number != 0)
            case "super" | "sub" | "nosupersub":
                changed = replace(self, shift=0 if number == 0 else SHIFTS[word])
            case "up" | "dn":
                changed = replace(self, shift=SHIFTS[word] if number is None or number >= MIN_HEIGHT else 0)
            case "plain":
                changed = replace(
                    self,
                    hidden=False,
                    deleted=False,
                    struck=False,
                    color=0,
                    ground=0,
                    half_points=USUAL_HALF_POINTS,
                    shift=0,
                    font=default_font,
                )
            case "f":
                changed = replace(self, font=number or 0)
            case _:
                pass
        return changed
