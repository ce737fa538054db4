import re

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
    assert [loss.place for loss in document.losses if loss.kind is LossKind.UNREAD] == ["https://files.example/1"]


def test_what_is_no_calendar() -> None:
    with pytest.raises(Unreadable, match="it is not a calendar"):
        read(b"The board meets.")


def test_a_calendar_that_ends_in_the_middle() -> None:
    with pytest.raises(Unreadable, match="it has no text"):
        read(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY")


MARKED = r"""BEGIN:VCALENDAR
X-WR-CALNAME:w1
X-WR-CALDESC:w2
PRODID:w90
w91
BEGIN:VTIMEZONE
TZID:w92
COMMENT:w93
END:VTIMEZONE
BEGIN:VEVENT
UID:w94
SUMMARY:w3
DTSTART;TZID=w4:20250304T100000
DTEND:20250304T110000Z
EXDATE:20250311T100000
RRULE:FREQ=w5
LOCATION:w6
ORGANIZER;CN=w7:mailto:w8@example.org
ATTENDEE:mailto:w9@example.org
CONTACT:w10
STATUS:w11
CATEGORIES:w12\\,w13
RESOURCES:w14
PRIORITY:w15
COMMENT:w16
URL:https://w17.example
DESCRIPTION:w18
  w19
X-ALT-DESC;FMTTYPE=text/html:<p>w18 w19 <b>w95</b></p>
ATTACH:https://files.example/w96
X-SETTING:w97
BEGIN:VALARM
DESCRIPTION:w98
END:VALARM
END:VEVENT
BEGIN:VTODO
SUMMARY:w20
X-ALT-DESC;FMTTYPE=text/html:<p>w21</p>
END:VTODO
BEGIN:VJOURNAL
DESCRIPTION:w22
"""


def test_each_word_is_in_the_text_or_in_the_ledger() -> None:
    document = read_document("a.ics", MARKED.encode())
    assert document.title == "w1"
    assert document.text.startswith("Calendar: w1\nDescription: w2\n\nEvent: w3\nStart: 2025-03-04 10:00 (w4)\n")
    assert {f"w{number}" for number in range(1, 23)} == set(re.findall(r"w\d+", document.text))
    assert {(loss.kind, loss.place): loss.words for loss in document.losses} == {
        (LossKind.UNREAD, "https://files.example/w96"): None,
        (LossKind.MARKUP, "settings"): 5,
        (LossKind.DAMAGED, "lines that are none of a calendar"): 1,
        (LossKind.HIDDEN, "alarms"): 1,
        (LossKind.HIDDEN, "the HTML form of the description"): 1,
        (LossKind.DAMAGED, "the end of the file"): None,
    }


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (";CN=Anna Berg;PARTSTAT=DECLINED", "Anna Berg <anna@example.org> (declined)"),
        (";PARTSTAT=NEEDS-ACTION;RSVP=TRUE", "anna@example.org (needs action)"),
        (
            ';ROLE=OPT-PARTICIPANT;CN="Berg; Anna";partstat=tentative',
            "Berg; Anna <anna@example.org> (optional, tentative)",
        ),
        (';ROLE=REQ-PARTICIPANT;CN="x;PARTSTAT=DECLINED"', "x;PARTSTAT=DECLINED <anna@example.org>"),
        (
            ';PARTSTAT=DELEGATED;DELEGATED-TO="mailto:ben@example.org","mailto:cy@example.org"',
            "anna@example.org (delegated to ben@example.org,cy@example.org)",
        ),
    ],
)
def test_what_people_answered(parameters: str, text: str) -> None:
    event = f"SUMMARY:Board\nATTENDEE{parameters}:mailto:anna@example.org"
    document = read(f"BEGIN:VCALENDAR\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR".encode())
    assert document.text == f"Event: Board\nAttendee: {text}"


def test_an_entry_that_is_cancelled_says_so_in_its_name() -> None:
    entry = b"SUMMARY:Meeting of the board\nSTATUS:CANCELLED\nDTSTART:20230912T140000Z"
    document = read_document("a.ics", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + entry + b"\nEND:VEVENT\nEND:VCALENDAR\n")
    assert document.text.startswith("Event: Meeting of the board (cancelled)\n")
    [heading] = document.headings
    assert document.text[heading.start : heading.end] == "Meeting of the board (cancelled)"
