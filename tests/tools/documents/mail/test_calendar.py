import pytest

from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import read_document

CALENDAR = r"""BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VTIMEZONE
TZID:Europe/Oslo
COMMENT:zone
END:VTIMEZONE
BEGIN:VEVENT
UID:1@example.org
DTSTART;TZID=Europe/Oslo:20250304T100000
DTEND:20250304T110030Z
SUMMARY:The board meets\, at last
LOCATION:Pier 4
ORGANIZER;CN="Ada, chair":mailto:ada@example.org
ATTENDEE:mailto:ben@example.org
DESCRIPTION:Bring the chart\nand the la
 mp.
ATTACH:https://files.example/1
BEGIN:VALARM
DESCRIPTION:alarm
END:VALARM
END:VEVENT
BEGIN:VTODO
SUMMARY:Paint the crane
DUE;VALUE=DATE:20250401
END:VTODO
END:VCALENDAR
""".replace("\n", "\r\n")


def read(content: bytes) -> Document:
    return read_document("calendar.ics", content)


def test_events_are_lines_of_facts() -> None:
    document = read(CALENDAR.encode())
    assert document.text == (
        "Event: The board meets, at last\nStart: 2025-03-04 10:00 (Europe/Oslo)\nEnd: 2025-03-04 11:00:30 UTC\n"
        "Place: Pier 4\nOrganizer: Ada, chair <ada@example.org>\nAttendee: ben@example.org\n"
        "Description: Bring the chart\nand the lamp.\n\nEvent: Paint the crane\nDue: 2025-04-01"
    )
    assert [document.text[each.start : each.end] for each in document.headings] == [
        "The board meets, at last",
        "Paint the crane",
    ]
    assert [loss.kind for loss in document.losses] == [LossKind.UNREAD], "what is attached is not read"


def test_what_is_no_calendar() -> None:
    with pytest.raises(Unreadable, match="it is not a calendar"):
        read(b"The board meets.")


def test_a_calendar_that_ends_in_the_middle() -> None:
    with pytest.raises(Unreadable, match="it has no text"):
        read(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY")
