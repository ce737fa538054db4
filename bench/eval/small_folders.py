"""Three small folders of our own for reports to be read: tables, mail and a PDF of a harbour that does not exist."""

from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from bench.corpus import pdf_of_pages

CATCH = """Harbour;2018;2019;2020;2021
Norby;1 204,5;1 187,0;962,4;1 015,8
Sandvik;640,2;655,9;701,3;688,0
Grey Point;88,1;92,4;79,9;85,6
"""
FEES = """berth,season,fee per day (EUR),electricity
A1-A8,summer,24.50,included
A1-A8,winter,9.00,not included
B1-B20,summer,17.00,not included
B1-B20,winter,6.50,not included
"""
MINUTES = [
    "Minutes of the harbour board, 14 March 2023",
    "",
    "1 The crane",
    "The board decided to replace the crane on the north quay. Lindqvist Works",
    "will deliver the new one in October 2023 for 184,000 EUR, including the",
    "foundations. The old crane may be used until then with loads of up to",
    "1,500 kg.",
    "",
    "2 Dredging",
    "The channel has silted up to a depth of 3.2 m. Dredging is postponed to",
    "2024, because the permit of the county has not arrived.",
    "",
    "3 Opening hours",
    "From 1 May to 30 September the harbour office is open from 7:00 to 19:00,",
    "on Sundays from 9:00 to 15:00. In winter it is open on weekdays only,",
    "from 8:00 to 14:00.",
]


def write_tables(folder: Path) -> None:
    (folder / "catch.csv").write_text(f"Landed catch in tonnes, by harbour\n\n{CATCH}", encoding="utf-8")
    (folder / "berths.csv").write_text(FEES, encoding="utf-8")


def write_mails(folder: Path) -> None:
    mails = [
        (
            "Ida Holm <ida@harbour.example>",
            "Ferry timetable from June",
            "Dear all,\n\nfrom 3 June the ferry to Sandvik leaves at 7:40 instead of 8:10, so that it meets the bus to "
            "the hospital. The evening crossing at 18:30 stays as it is.\n\nIda\n",
        ),
        (
            "Per Aas <per@harbour.example>",
            "Re: Ferry timetable from June",
            "Ida wrote:\n> from 3 June the ferry to Sandvik leaves at 7:40 instead of 8:10\n\nThe school would like "
            "8:00. Could we ask the bus company whether the bus can wait for ten minutes?\n\nPer\n",
        ),
        (
            "Ida Holm <ida@harbour.example>",
            "Decision: 7:40 stays",
            "The bus company has declined: the bus cannot wait, because its driver has another line at 8:25. So the "
            "ferry leaves at 7:40, and the school begins at 8:30 on the days after a storm.\n\nIda\n",
        ),
    ]
    for number, (sender, subject, text) in enumerate(mails, 1):
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = sender, "board@harbour.example", subject
        mail["Date"] = f"Mon, {number * 7:02} May 2023 09:1{number}:00 +0200"
        mail.set_content(text)
        (folder / f"{number}.eml").write_bytes(bytes(mail))


def write_minutes(folder: Path) -> None:
    (folder / "minutes-2023-03-14.pdf").write_bytes(pdf_of_pages([MINUTES]))


SMALL_FOLDERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "tables": (write_tables, "What was the catch at Norby in 2020, and what does berth B7 cost per day in winter?"),
    "mail": (write_mails, "When does the ferry to Sandvik leave from June, and why can the bus not wait?"),
    "minutes": (write_minutes, "What does the new crane cost, and why was dredging postponed?"),
}
"""What writes each folder, and the question that its report answers."""
