"""A reader of calendars (`.ics`, iCalendar): each event, task or note as lines of `Name: value`."""

import re
from collections.abc import Iterator

from outlast.evidence.losses import Loss, LossKind
from outlast.evidence.sources import Heading
from outlast.tools.documents.decoding import decode
from outlast.tools.documents.document import Document, Unreadable, title_of

EXTRACTOR = "calendar/1"

SHOWN = {
    "SUMMARY": "Event", "DTSTART": "Start", "DTEND": "End", "DUE": "Due", "DURATION": "Duration", "RRULE": "Repeats",
    "LOCATION": "Place", "ORGANIZER": "Organizer", "ATTENDEE": "Attendee", "CONTACT": "Contact", "STATUS": "Status",
    "CATEGORIES": "Categories", "COMMENT": "Comment", "URL": "Link", "DESCRIPTION": "Description",
}  # fmt: skip
"""What calendar programs show. The others are for programs: identifiers, revisions, alarms, offsets of time zones."""
COMPONENTS = ("VEVENT", "VTODO", "VJOURNAL")
LINE = re.compile(r"([\w-]+)((?:;(?:[^\":;]|\"[^\"]*\")*)*):(.*)", re.DOTALL)
COMMON_NAME = re.compile(r";CN=(\"[^\"]*\"|[^;:]*)", re.IGNORECASE)
TIME_ZONE = re.compile(r";TZID=(\"[^\"]*\"|[^;:]*)", re.IGNORECASE)
MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
ESCAPED = re.compile(r"\\([nN,;\\])")


def read(content: bytes, stem: str) -> Document:
    """Read a calendar. Raises Unreadable."""
    text = decode(content)
    if "BEGIN:VCALENDAR" not in text.upper():
        raise Unreadable("it is not a calendar: it has no BEGIN:VCALENDAR")
    entries = [entry for entry in _entries(text) if entry]
    written, headings = "", list[Heading]()
    for entry in entries:
        start = len(written)
        lines = [f"{name}: {value}" for name, value in entry]
        if entry[0][0] == "Event":
            headings.append(Heading(start=start + len("Event: "), end=start + len(lines[0]), level=1))
        written += "\n".join(lines) + "\n\n"
    found = tuple(headings)
    losses = (Loss(kind=LossKind.UNREAD, place="attached files"),) if re.search(r"(?im)^attach[;:]", text) else ()
    return Document(written.strip(), title_of(written, found, stem), "text/calendar", found, EXTRACTOR, losses=losses)


def _entries(text: str) -> Iterator[list[tuple[str, str]]]:
    """Yield the shown lines of each entry, its name first. What is inside an entry, such as an alarm, is not shown."""
    inside, entry, name = list[str](), list[tuple[str, str]](), ""
    for line in re.sub(r"\n[ \t]", "", text).split("\n"):  # long lines are folded
        matched = LINE.fullmatch(line)
        if matched is None:
            continue
        key, parameters, value = matched.group(1).upper(), matched.group(2), matched.group(3).strip()
        if key == "BEGIN":
            inside.append(value.upper())
            if value.upper() in COMPONENTS:
                entry, name = [], ""
        elif key == "END":
            if inside:
                inside.pop()
            if value.upper() in COMPONENTS:
                yield [("Event", name), *entry] if name else entry
        elif inside and inside[-1] in COMPONENTS and key in SHOWN and value:
            shown = _shown(key, parameters, value)
            if key == "SUMMARY":
                name = shown
            else:
                entry.append((SHOWN[key], shown))


def _shown(key: str, parameters: str, value: str) -> str:
    if key in ("DTSTART", "DTEND", "DUE"):
        zone = TIME_ZONE.search(parameters)
        moment = MOMENT.sub(_readable_moment, value)
        return f"{moment} ({zone.group(1).strip(chr(34))})" if zone else moment
    if key in ("ORGANIZER", "ATTENDEE"):
        address = re.sub(r"(?i)^mailto:", "", value)
        common = COMMON_NAME.search(parameters)
        name = common.group(1).strip('"') if common else ""
        return f"{name} <{address}>" if name and name != address else address
    plain = ESCAPED.sub(lambda match: "\n" if match.group(1) in "nN" else match.group(1), value)
    return re.sub(r"\n{3,}", "\n\n", plain).strip()


def _readable_moment(match: re.Match[str]) -> str:
    year, month, day, hour, minute, second, is_utc = match.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    seconds = "" if second == "00" else f":{second}"
    return f"{year}-{month}-{day} {hour}:{minute}{seconds}{' UTC' if is_utc else ''}"
