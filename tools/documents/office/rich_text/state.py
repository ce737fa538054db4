"""What holds inside a group of RTF."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from outlast.evidence.losses import LossKind
from outlast.tools.documents.office.rich_text.flow import Flow

USUAL_HALF_POINTS = 24


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
    loss: LossKind | None = None
    """Why text of a skipped group is lost; None where it is no text."""
    is_page_number: bool = False
    formula: Any = None
    """The part of a formula that is being read."""
