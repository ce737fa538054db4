"""A reader of calendars (`.ics`, iCalendar): each event, task or note as lines of `Name: value`."""

import re
from collections import Counter
from collections.abc import Iterator

from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.sources import Heading
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, Unreadable, title_of
from outlast.tools.documents.mail.text import words_only_in
from outlast.tools.documents.markup import html

EXTRACTOR = "calendar/3"

SHOWN = {
    "SUMMARY": "Event", "DTSTART": "Start", "DTEND": "End", "DUE": "Due", "DURATION": "Duration", "RRULE": "Repeats",
    "RDATE": "Also on", "EXDATE": "Not on", "LOCATION": "Place", "ORGANIZER": "Organizer", "ATTENDEE": "Attendee",
    "CONTACT": "Contact", "STATUS": "Status", "CATEGORIES": "Categories", "RESOURCES": "Resources",
    "PRIORITY": "Priority", "COMPLETED": "Completed", "COMMENT": "Comment", "URL": "Link",
    "DESCRIPTION": "Description",
}  # fmt: skip
"""What calendar programs show. The others are for programs: identifiers, revisions, alarms, offsets of time zones."""
SHOWN_OF_CALENDAR = {
    "X-WR-CALNAME": "Calendar", "NAME": "Calendar", "X-WR-CALDESC": "Description", "DESCRIPTION": "Description",
}  # fmt: skip
TIMES = frozenset({"DTSTART", "DTEND", "DUE", "RDATE", "EXDATE", "COMPLETED"})
HTML_FORM = "X-ALT-DESC"
"""The description as a page, which Outlook writes beside the plain one, or in its place."""
COMPONENTS = ("VEVENT", "VTODO", "VJOURNAL")
LINE = re.compile(r"([\w-]+)((?:;(?:[^\":;]|\"[^\"]*\")*)*):(.*)", re.DOTALL)
COMMON_NAME = re.compile(r";CN=(\"[^\"]*\"|[^;:]*)", re.IGNORECASE)
TIME_ZONE = re.compile(r";TZID=(\"[^\"]*\"|[^;:]*)", re.IGNORECASE)
PARAMETER = re.compile(r";([\w-]+)=((?:\"[^\"]*\"|[^;:\"])*)")
ROLES = {"OPT-PARTICIPANT": "optional", "NON-PARTICIPANT": "for information", "CHAIR": "chair"}
MAILTO = re.compile(r"mailto:", re.IGNORECASE)
MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
WORD = re.compile(r"\w+")
ESCAPED = re.compile(r"\\([nN,;\\])")

CANCELLED = "CANCELLED"
"""The status of an entry that does not take place: each of its lines would say the contrary without it."""


def read(content: bytes, stem: str) -> Document:
    """Read a calendar. Raises Unreadable."""
    text = decode(content)
    if "BEGIN:VCALENDAR" not in text.upper():
        raise Unreadable("it is not a calendar: it has no BEGIN:VCALENDAR")
    calendar = _Calendar()
    for line in re.sub(r"\n[ \t]", "", text).split("\n"):  # long lines are folded
        calendar.take(line)
    calendar.end()
    written, headings = "", list[Heading]()
    for entry in calendar.entries:
        start = len(written)
        lines = [f"{name}: {value}" for name, value in entry]
        if entry[0][0] == SHOWN["SUMMARY"]:
            headings.append(Heading(start=start + len("Event: "), end=start + len(lines[0]), level=1))
        written += "\n".join(lines) + "\n\n"
    found = tuple(headings)
    title = calendar.name or title_of(written, found, stem)
    return Document(written.strip(), title, "text/calendar", found, EXTRACTOR, losses=calendar.losses())


class _Calendar:
    """Takes lines. An entry is its shown lines, its name first; what is inside it, such as an alarm, is not shown."""

    def __init__(self) -> None:
        self.entries: list[list[tuple[str, str]]] = []
        self.name = ""
        self._about: list[tuple[str, str]] = []  # what is said of the calendar itself
        self._inside: list[str] = []
        self._entry: list[tuple[str, str]] = []
        self._summary = ""
        self._page = ""
        self._left_out = Counter[tuple[LossKind, str]]()
        self._whole: list[Loss] = []

    def losses(self) -> tuple[Loss, ...]:
        counted = [Loss(kind=kind, place=place, words=words) for (kind, place), words in self._left_out.items()]
        return (*self._whole, *counted)

    def take(self, line: str) -> None:
        matched = LINE.fullmatch(line)
        if matched is None:
            self._leave_out(LossKind.DAMAGED, "lines that are none of a calendar", line)
            return
        key, parameters, value = matched.group(1).upper(), matched.group(2), matched.group(3).strip()
        component = self._inside[-1] if self._inside else ""
        if key == "BEGIN":
            self._inside.append(value.upper())
        elif key == "END":
            if value.upper() in self._inside:
                while self._inside.pop() != value.upper():
                    pass
            if value.upper() in COMPONENTS:
                self._end_entry()
        elif component in COMPONENTS:
            self._take_shown(key, parameters, value)
        elif component == "VCALENDAR" and key in SHOWN_OF_CALENDAR:
            self._about.append((SHOWN_OF_CALENDAR[key], _shown(key, parameters, value)))
        elif component == "VALARM":
            self._leave_out(LossKind.HIDDEN, "alarms", value)
        else:
            self._leave_out(LossKind.MARKUP, "settings", value)

    def end(self) -> None:
        if self._entry or self._summary:  # the file is cut off
            self._end_entry()
            self._whole.append(Loss(kind=LossKind.DAMAGED, place="the end of the file"))
        if self._about:
            about = list(dict.fromkeys(self._about))
            self.name = next((words for name, words in about if name == SHOWN_OF_CALENDAR["NAME"]), "")
            self.entries.insert(0, about)

    def _take_shown(self, key: str, parameters: str, value: str) -> None:
        if key == "ATTACH":
            is_inside = "VALUE=BINARY" in parameters.upper()
            self._whole.append(Loss(kind=LossKind.UNREAD, place="an attached file" if is_inside else value))
        elif key == "SUMMARY":
            self._summary = _shown(key, parameters, value)
        elif key == HTML_FORM:
            self._page = html.parse_markup(_shown(key, parameters, value)).text
        elif key in SHOWN and value:
            self._entry.append((SHOWN[key], _shown(key, parameters, value)))
        else:
            self._leave_out(LossKind.MARKUP, "settings", value)

    def _end_entry(self) -> None:
        plain = "\n".join(words for name, words in self._entry if name == SHOWN["DESCRIPTION"])
        if self._page and not plain:
            self._entry.append((SHOWN["DESCRIPTION"], self._page))
        elif self._page and (count := words_only_in(self._page, plain)):
            self._left_out[LossKind.HIDDEN, "the HTML form of the description"] += count
        is_cancelled = (SHOWN["STATUS"], CANCELLED) in self._entry
        summary = f"{self._summary} (cancelled)" if self._summary and is_cancelled else self._summary
        entry = [(SHOWN["SUMMARY"], summary)] * bool(summary) + self._entry
        if entry:
            self.entries.append(entry)
        self._entry, self._summary, self._page = [], "", ""

    def _leave_out(self, kind: LossKind, place: str, text: str) -> None:
        if words := len(WORD.findall(text)):
            self._left_out[kind, place] += words


def _shown(key: str, parameters: str, value: str) -> str:
    if key in TIMES:
        zone = TIME_ZONE.search(parameters)
        moment = MOMENT.sub(_readable_moment, value)
        return f"{moment} ({zone.group(1).strip(chr(34))})" if zone else moment
    if key in ("ORGANIZER", "ATTENDEE"):
        address = MAILTO.sub("", value)
        common = COMMON_NAME.search(parameters)
        name = common.group(1).strip('"') if common else ""
        person = f"{name} <{address}>" if name and name != address else address
        answer = ", ".join(_answer(parameters)) if key == "ATTENDEE" else ""
        return f"{person} ({answer})" if answer else person
    plain = ESCAPED.sub(lambda match: "\n" if match.group(1) in "nN" else match.group(1), value)
    return re.sub(r"\n{3,}", "\n\n", plain).strip()


def _answer(parameters: str) -> Iterator[str]:
    """Yield what is said of a person who is asked to come: `optional`, `declined`."""
    found = {name.upper(): value.replace('"', "").strip() for name, value in PARAMETER.findall(parameters)}
    role, status, other = (found.get(name, "") for name in ("ROLE", "PARTSTAT", "DELEGATED-TO"))
    yield from filter(None, [ROLES.get(role.upper(), "")])
    if other:
        yield f"delegated to {MAILTO.sub('', other)}"
    elif status:
        yield status.lower().replace("-", " ")


def _readable_moment(match: re.Match[str]) -> str:
    year, month, day, hour, minute, second, is_utc = match.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    seconds = "" if second == "00" else f":{second}"
    return f"{year}-{month}-{day} {hour}:{minute}{seconds}{' UTC' if is_utc else ''}"
