"""Headings of a PDF: the lines that its outline names, or else those larger or bolder than the text."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from outlast.tools.documents.pdf.lines import Line, body_size
from outlast.tools.documents.pdf.pieces import Bookmark, Role

NUMBERING = re.compile(
    r"(?:(?i:chapter|appendix|part|section|annex)\s+)?(?:(?:\d{1,3}|[A-Z]|[IVXLC]+|[ivxlc]+)(?:\.\d{1,3})*[.:)]?\s+)?"
)
NO_LETTERS = re.compile(r"[\W_]+")
SENTENCES = re.compile(r"[^\W\d_]{3}[.!?] \W?[^\W\d_a-z].*[.!?]$")
"""Sentences that are larger than most of a page, such as those above a table in small type, are no heading."""
MAX_HEADING_LINES = 4
MAX_PAGES_PER_HEADING = 8  # if the outline names fewer headings, fonts show more of them
MIN_HEADING_SIZE_RATIO = 1.12  # to the size of the text
MAX_HEADING_CHARACTERS = 160
MAX_HEADING_LINE_SHARE = 0.2  # of all lines: if more lines are bold or large, they are the text
MAX_HEADING_LEVEL = 6


def mark_headings(pages: Sequence[list[Line]], bookmarks: Iterable[Bookmark]) -> None:
    """Set `level` and `continues_heading` of the lines that are headings."""
    pages = [[line for line in lines if line.role is Role.TEXT] for lines in pages]
    matchers: dict[int, _TitleMatcher] = {}
    match_count = 0
    for bookmark in bookmarks:
        if 1 <= bookmark.page <= len(pages):
            if bookmark.page not in matchers:
                matchers[bookmark.page] = _TitleMatcher(pages[bookmark.page - 1])
            match_count += matchers[bookmark.page].mark(bookmark)
    if match_count * MAX_PAGES_PER_HEADING < len(pages):
        _mark_by_face(pages)


class _TitleMatcher:
    """Finds titles in the lines of a page by comparing letters, with and without numbering."""

    def __init__(self, lines: list[Line]) -> None:
        self._lines = lines
        self._line_letters = [_letters(line.text) for line in lines]
        self._core_letters = [
            _letters(core) if len(core := _without_numbering(line.text)) < len(line.text) else letters
            for line, letters in zip(lines, self._line_letters, strict=True)
        ]

    def mark(self, bookmark: Bookmark) -> bool:
        """Mark the lines that hold exactly the bookmark's title, nearest to its target. Return whether it found any."""
        title = _letters(bookmark.title)
        found = [
            (abs(line.baseline - bookmark.height) if bookmark.height is not None else 0.0, start, stop)
            for start, line in enumerate(self._lines)
            if not line.level and self._line_letters[start] and (stop := self._end(start, title))
        ]
        if not title or not found:
            return False
        _, start, stop = min(found)
        for number, line in enumerate(self._lines[start:stop]):
            line.level, line.continues_heading = min(bookmark.level, MAX_HEADING_LEVEL), number > 0
        return True

    def _end(self, start: int, title: str) -> int:
        """Return the exclusive end of the lines from `start` that hold the title, with or without numbering; else 0."""
        letters, core = self._line_letters[start], self._core_letters[start]
        if not title.startswith(core) and not title.startswith(letters):
            return 0
        for stop in range(start + 1, min(start + MAX_HEADING_LINES, len(self._lines)) + 1):
            if letters == title or (core == title and len(title) > 3):
                return stop
            if len(core) > len(title):
                break
            more = self._line_letters[stop] if stop < len(self._lines) else ""
            letters, core = letters + more, core + more
        return 0


def _without_numbering(text: str) -> str:
    match = NUMBERING.match(text)
    return text[match.end() :] if match else text


def _letters(text: str) -> str:
    return NO_LETTERS.sub("", text.casefold())


def _mark_by_face(pages: Sequence[list[Line]]) -> None:
    all_lines = [line for lines in pages for line in lines]
    body = body_size(all_lines)
    faces: defaultdict[tuple[float, bool], list[list[Line]]] = defaultdict(list)
    for lines in pages:
        for group in _heading_groups(lines, body):
            faces[_face(group[0])].append(group)
    face_line_count = sum(len(group) for groups in faces.values() for group in groups)
    if face_line_count > MAX_HEADING_LINE_SHARE * len(all_lines) + 3:
        faces = defaultdict(
            list, {face: groups for face, groups in faces.items() if face[0] > MIN_HEADING_SIZE_RATIO * body}
        )
    for level, face in enumerate(sorted(faces, reverse=True), start=1):
        for group in faces[face]:
            for number, line in enumerate(group):
                if not line.level:
                    line.level, line.continues_heading = min(level, MAX_HEADING_LEVEL), number > 0


def _face(line: Line) -> tuple[float, bool]:
    """Return the size, rounded to half a point, and whether the line is bold."""
    return round(line.size * 2) / 2, line.bold


def _heading_groups(lines: list[Line], body: float) -> Iterator[list[Line]]:
    """Yield groups of neighbouring lines of one face that are larger than the text, or bold with a gap above."""
    start = 0
    while start < len(lines):
        stop = start + 1
        while stop < len(lines) and _continues(lines[stop - 1], lines[stop]):
            stop += 1
        group = lines[start:stop]
        if _is_heading(group, lines[start - 1] if start else None, body):
            yield group
        start = stop


def _continues(above: Line, line: Line) -> bool:
    gap = above.baseline - line.baseline
    return _face(above) == _face(line) and 0 < gap < 1.5 * line.size


def _is_heading(group: list[Line], above: Line | None, body: float) -> bool:
    first = group[0]
    words = " ".join(line.text for line in group)
    if first.fixed or first.cells > 1 or len(group) >= MAX_HEADING_LINES or len(words) > MAX_HEADING_CHARACTERS:
        return False
    if sum(map(str.isalpha, words)) < 3 or words.rstrip().endswith((",", ";", "-")) or SENTENCES.search(words):
        return False
    if first.size > MIN_HEADING_SIZE_RATIO * body:
        return True
    gap = above.baseline - first.baseline if above is not None else 0.0
    return (
        first.bold
        and first.size > 0.95 * body
        and len(group) < 3
        and not words.rstrip().endswith((".", ":"))
        and not 0 < gap < 1.3 * first.size
    )
