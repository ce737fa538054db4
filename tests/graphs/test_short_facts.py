"""Short facts in small folders: which questions they answer, with which words, and which they do not."""

from collections.abc import AsyncIterator

import pytest

from outlast.evidence.report import Evidence, Findings, Task
from outlast.graphs import investigate
from outlast.graphs.reasoners.extractive import ExtractiveReasoner
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.retrieval.library import Library
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects

REASONER = ExtractiveReasoner()

DOCUMENTS = {
    "leases": {
        "berth-41.md": """\
# Lease of berth 41

- Rent: 900 EUR a month
- Deposit: 1800 EUR
- Notice: six weeks
- Tenant: Ada Holm

The fee includes:

- water
- electricity up to 16 amperes
- one parking space

Wifi password: heron-1921

Phone of the keeper: 040 555 017
""",
        "berth-42.md": """\
# Lease of berth 42

- Rent: 750 EUR a month
- Deposit: 1500 EUR
- Notice: four weeks
- Tenant: Ben Krog

The tenant must not:

- keep animals on board between October and March of each year
- light fires on the pier
""",
    },
    "timetable": {
        "ferry.md": """\
# Ferry to Vik

| Harbour | Summer | Winter |
|---------|-------:|-------:|
| Norby   |  08:15 |  09:30 |
| Sund    |  08:55 |  10:10 |
| Vik     |  09:40 |  10:55 |

Tickets are sold on board.
""",
        "bus.txt": """\
Bus 7

Line      First    Last
========  =======  =======
Harbour   06:10    22:40
Hospital  06:32    23:02
========  =======  =======
""",
    },
    "recipes": {
        "rye.txt": """\
RYE BREAD

Ingredients:
  - 500 g rye flour
  - 2 teaspoons salt
  - 350 ml water

Baking time: 55 minutes
Temperature: 220 degrees
""",
        "soup.txt": """\
FISH SOUP

Ingredients:
  - 400 g cod
  - 3 carrots
  - 1 litre stock

Cooking time: 25 minutes
Serves: 4
""",
    },
    "contacts": {
        "people.txt": """\
Ada Holm
Phone: 040 555 017
Mail: ada@example.org
Office: room 12

Ben Krog
Phone: 040 555 018
Mail: ben@example.org
Office: room 14

Cy Lund
Phone: 040 555 019
Mail: cy@example.org
""",
        "faq.txt": """\
What are the opening hours of the office?
Monday to Friday, 9 to 15.

Where can I park?
Behind the boat shed.
""",
    },
    "minutes": {
        "march.txt": """\
Minutes of the harbour board

Date: 3 March 2025
Chair: Ada Holm
Present: Ada Holm, Ben Krog, Cy Lund
Absent: Dag Moe

1. Dredging
   Decision: postponed to June
   Cost: 12,000 EUR

2. New crane
   Decision: approved
   Cost: 48,500 EUR

Next meeting: 7 April 2025
""",
    },
    "invoices": {
        "all.txt": "\n\n".join(
            f"Invoice {number}\n\nDue date: {day} May 2025\n\nWork was done from a boat by two people.\n\n"
            f"Amount due: {amount} EUR"
            for number, day, amount in (
                (1041, 2, "135.00"),
                (1042, 9, "78.50"),
                (1043, 16, "1,210.00"),
                (1044, 23, "64.20"),
            )
        ),
    },
    "statistics": {
        "catch.csv": """\
Harbour,Year,Catch in tonnes,Boats
Norby,2019,91,14
Norby,2020,98,13
Sund,2019,77,9
Sund,2020,80,8
Vik,2020,12,3
""",
        "wide.csv": ",".join(["Country", "Code", *(f"Week {week}" for week in range(1, 53))])
        + "".join(
            f"\n{country},{code},{','.join(str(base + number) for number in range(1, 53))}"
            for country, code, base in (("Norland", "NL", 1000), ("Sundland", "SL", 3000), ("Vikland", "VL", 7000))
        ),
    },
    "lab": {
        "notebook.txt": """\
Lab notebook, K. Tanaka

3 March 2022
Experiment 17. Synthesis of compound B from A.
Dissolved 2.40 g of A in 50 mL of ethanol at 0 °C and stirred it for three hours.
Yield: 1.92 g (78 %)
Melting point: 114 °C

9 March 2022
Experiment 19. Same as 17 but with methanol.
Yield: 2.05 g (83 %)
Melting point: 115 °C
""",
        "handover.txt": """\
HANDOVER OF THE LABORATORY
Date
1 March 2019
Meter reading electricity
48 211 kWh
Number of keys
Four
""",
        "ports.csv": """\
,harbour master,phone,depth (m)
Norby,Eva Lund,+46 31 555 01,6.5
Grey Point,Moira Kane,+46 31 555 03,9.2
""",
        "flask.toml": """\
[bath]
temperature = 4
volume = "250 mL"
""",
    },
    "travel": {
        "rules.md": """\
| Distance   | Train     | Flight      |
|------------|-----------|-------------|
| under 4 h  | 2nd class | not allowed |
| 4 to 8 h   | 1st class | economy     |
| over 8 h   | 1st class | business    |
""",
    },
    "mail": {
        "berth.eml": """\
From: Ada Holm <ada@example.org>
To: Ben Krog <ben@example.org>
Date: Mon, 3 Mar 2025 10:00:00 +0000
Subject: Your berth
Content-Type: text/plain; charset=utf-8

Hello Ben,

Your berth is number forty-one.
Key code: 7719

Ada
""",
    },
}

ANSWERED = [
    ("leases", "How high is the deposit for berth 41?", "Deposit: 1800 EUR"),
    ("leases", "How high is the deposit for berth 42?", "Deposit: 1500 EUR"),
    ("leases", "How long is the notice for berth 41?", "Notice: six weeks"),
    ("leases", "Who is the tenant of berth 42?", "Tenant: Ben Krog"),
    ("leases", "What is the wifi password?", "Wifi password: heron-1921"),
    ("leases", "What is the phone number of the keeper?", "Phone of the keeper: 040 555 017"),
    ("leases", "What does the fee include?", "The fee includes: water; electricity up to 16 amperes; one parking"),
    ("leases", "May a tenant light fires on the pier?", "light fires on the pier"),
    ("leases", "Does the fee include parking?", "one parking space"),
    ("timetable", "When does the ferry leave Sund in winter?", "Harbour: Sund; Summer: 08:55; Winter: 10:10"),
    ("timetable", "When does the ferry leave Norby in summer?", "Harbour: Norby; Summer: 08:15; Winter: 09:30"),
    ("timetable", "When does the last bus leave the hospital?", "Line: Hospital; First: 06:32; Last: 23:02"),
    ("recipes", "How much salt does rye bread need?", "2 teaspoons salt"),
    ("recipes", "What is the baking time of rye bread?", "Baking time: 55 minutes"),
    ("recipes", "How many carrots are in the fish soup?", "3 carrots"),
    ("recipes", "How much cod is in the soup?", "400 g cod"),
    ("contacts", "What is the phone number of Ben Krog?", "Ben Krog: Phone: 040 555 018"),
    ("contacts", "What is the mail of Ada Holm?", "Ada Holm: Mail: ada@example.org"),
    ("contacts", "Which office does Ben Krog have?", "Ben Krog: Office: room 14"),
    ("contacts", "What are the opening hours of the office?", "Monday to Friday, 9 to 15."),
    ("minutes", "Who was absent?", "Absent: Dag Moe"),
    ("minutes", "When is the next meeting?", "Next meeting: 7 April 2025"),
    ("minutes", "What was the decision on the new crane?", "Decision: approved"),
    ("minutes", "Who was the chair of the harbour board?", "Chair: Ada Holm"),
    ("invoices", "What is the amount due of invoice 1043?", "Invoice 1043: Amount due: 1,210.00 EUR"),
    ("invoices", "What is the due date of invoice 1042?", "Invoice 1042: Due date: 9 May 2025"),
    (
        "statistics",
        "What was the catch at Norby in 2020?",
        "Harbour: Norby; Year: 2020; Catch in tonnes: 98;",
    ),
    ("statistics", "How many boats were at Sund in 2019?", "Harbour: Sund; Year: 2019; Catch in tonnes: 77; Boats: 9"),
    ("statistics", "What is the figure for Sundland in week 27?", "Country: Sundland: Week 27: 3027"),
    (
        "lab",
        "What was the yield of experiment 19?",
        "Experiment 19. Same as 17 but with methanol. Yield: 2.05 g",
    ),
    ("lab", "What was the melting point in experiment 17?", "Experiment 17. Synthesis of compound B from A. Melting"),
    ("lab", "What was the electricity meter reading?", "Meter reading electricity: 48 211 kWh"),
    ("lab", "What is the number of keys?", "Number of keys: Four"),
    ("lab", "Who is the harbour master of Grey Point?", "Grey Point; harbour master: Moira Kane; phone: +46 31 555 03"),
    ("lab", "How deep is the harbour of Norby?", "Norby; harbour master: Eva Lund; phone: +46 31 555 01"),
    ("lab", "What is the volume of the bath?", 'volume = "250 mL"'),
    ("mail", "Which berth do I have?", "Your berth is number forty-one."),
    ("mail", "What is the key code?", "Key code: 7719"),
    ("mail", "Which address does Ben Krog have?", "To: Ben Krog <ben@example.org>"),
]

NOT_ANSWERED = [
    ("leases", "What is the phone number of the plumber?"),
    ("leases", "When does the lease of berth 43 end?"),
    ("leases", "What is the password of the gate?"),
    ("timetable", "When does the ferry leave Oslo?"),
    ("recipes", "How much butter does rye bread need?"),
    ("contacts", "Which office does Cy Lund have?"),
    ("minutes", "Who was elected treasurer?"),
    ("invoices", "What is the amount due of invoice 1050?"),
    ("statistics", "What was the catch at Norby in 2015?"),
    ("statistics", "What is the figure for Eastland in week 27?"),
    ("mail", "What is the code of the bank card?"),
]


NEEDS_A_MODEL = [
    ("leases", "How many berths are there?", "to count"),
    ("statistics", "Which harbour had the largest catch in 2020?", "to find the largest or smallest of several"),
    ("statistics", "What was the average catch at Norby?", "to calculate"),
    ("invoices", "How many invoices are due in May 2025?", "to count"),
    ("leases", "Compare the rent of berth 41 with the rent of berth 42.", "to compare"),
    ("contacts", "Which of these people do not have an office?", "to sort out what does not apply"),
]


@pytest.fixture(scope="module")
async def libraries(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Library]]:
    home = tmp_path_factory.mktemp("home")
    store, opened = open_objects(str(home / "objects")), dict[str, Library]()
    for name, files in DOCUMENTS.items():
        folder = home / name
        folder.mkdir()
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        collection = await Collections(store).save(await ingest_folder(folder, store, home / "cache"))
        opened[name] = await Library.open(collection, store, home / "cache")
    yield opened
    for library in opened.values():
        library.close()


async def investigated(library: Library, question: str) -> Findings:
    resources = investigate.Resources(investigator=REASONER, library=library)
    given = {"task": Task(id="t1", question=question), "searches": 3}
    state = await investigate.builder.compile().ainvoke(given, context=resources)
    return Findings.model_validate({name: state[name] for name in Findings.model_fields if name in state})


@pytest.mark.parametrize(("folder", "question", "answer"), ANSWERED)
async def test_a_short_fact_answers(libraries: dict[str, Library], folder: str, question: str, answer: str) -> None:
    found = await investigated(libraries[folder], question)
    assert answer in found.findings[0].quote.shown
    assert found.evidence is not Evidence.NONE


@pytest.mark.parametrize(("folder", "question"), NOT_ANSWERED)
async def test_a_fact_about_something_else_answers_nothing(
    libraries: dict[str, Library], folder: str, question: str
) -> None:
    found = await investigated(libraries[folder], question)
    assert [finding.quote.shown for finding in found.findings] == []


@pytest.mark.parametrize(("folder", "question", "asks"), NEEDS_A_MODEL)
async def test_what_needs_reasoning_is_refused_by_its_name(
    libraries: dict[str, Library], folder: str, question: str, asks: str
) -> None:
    found = await investigated(libraries[folder], question)
    assert found.findings == ()
    assert found.refusal.startswith(f"This question asks {asks}, which needs a model, and no quote that was found")


async def test_a_row_is_not_told_with_the_row_above_it(libraries: dict[str, Library]) -> None:
    found = await investigated(libraries["travel"], "Is a flight allowed under 4 h?")
    shown = [finding.quote.shown for finding in found.findings]
    assert shown[0] == "Distance: under 4 h; Train: 2nd class; Flight: not allowed"
    assert not any("not allowed: economy" in each for each in shown)
