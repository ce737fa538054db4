"""The story of folders that other programs keep: a vault of Obsidian, a library of Zotero. The report is read."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.terminal import Terminal
from tests.tools.documents.pdf.paper import column, pdf

POINT = """---
title: "The lighthouse at Kestrel Point"
aliases:
  - The Old Lamp
tags: [lighthouse, coast]
---
# Kestrel Point

The lamp was lit first in [[1871|the winter of 1871]] by [[Ada Brandt]]. ^first-lit

> [!warning]- Storms and the shutter
> The shutter is closed when the wind is stronger than [[Beaufort scale#Force 9|force nine]].

![[tower.png|300]]
![[Fuel#^barrels]]
%%
The lamp was sold to a collector in 1999.
%%
Paid for by the Coast Guild. #coast/north
"""
FUEL = """---
aliases: [Oil store, "Barrels, the"]
---
The store holds 212 barrels of rape oil, as [[Kestrel Point#^first-lit|the keeper]] counted them. ^barrels
"""
BOARD = {"nodes": [{"id": "1", "type": "text", "text": "The railing is painted green every third year."}]}

BIB = """@article{brandt_erosion_2019,
  title = {Erosion of the {Kestrel} cliff},
  abstract = {The cliff below the lighthouse loses four centimetres a year.},
  journal = {Journal of Northern Coasts}, author = {Brandt, Ada and Moe}, year = {2019},
  file = {Full Text:storage/ABCD1234/Brandt - 2019 - Erosion.pdf:application/pdf},
}
"""
CSL = [
    {
        "id": "moe2001",
        "type": "book",
        "title": "Lamps of the north",
        "publisher": "Harbour Press",
        "author": [{"family": "Sund", "given": "Bo"}],
        "issued": {"date-parts": [["2001", 5]]},
    }
]
PAPER = "We measured the cliff at nine places. The loss is greatest below the western stair."


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """A vault with a note, a note that it embeds, a board, and the settings of the program."""
    folder = tmp_path / "vault"
    (folder / ".obsidian").mkdir(parents=True)
    (folder / ".obsidian" / "workspace.json").write_text('{"main": "The railing was painted red in the settings."}')
    (folder / "Kestrel Point.md").write_text(POINT)
    (folder / "Fuel.md").write_text(FUEL)
    (folder / "Plans.canvas").write_text(json.dumps(BOARD))
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library: an attached paper in the folder of its key, with its text for the program, and two exports."""
    folder = tmp_path / "zotero"
    attached = folder / "storage" / "ABCD1234"
    attached.mkdir(parents=True)
    (attached / "Brandt - 2019 - Erosion.pdf").write_bytes(pdf([column(PAPER)]))
    (attached / ".zotero-ft-cache").write_text(PAPER)
    (folder / "zotero.sqlite").write_bytes(b"SQLite format 3\0" + bytes(100))
    (folder / "My Library.bib").write_text(BIB)
    (folder / "My Library.json").write_text(json.dumps(CSL))
    return folder


def ask(terminal: Terminal, folder: Path, question: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the report, and the names of the documents by the quotes that are its answer."""
    done = terminal.run("ask", question, "--docs", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    names = {source["snapshot"]: source["uri"] for source in report["sources"]}
    claims = [claim for section in report["sections"] for claim in section["claims"]]
    return report, {quote["text"]: names[quote["snapshot"]] for claim in claims for quote in claim["quotes"]}


@pytest.mark.parametrize(
    ("question", "answer", "name"),
    [
        (
            "When was the lamp at Kestrel Point lit first?",
            "The lamp was lit first in the winter of 1871 by Ada Brandt.",
            "Kestrel Point.md",
        ),
        ("How many barrels does the oil store hold?", "The store holds 212 barrels of rape oil, as", "Fuel.md"),
        (
            "When is the shutter closed?",
            "The shutter is closed when the wind is stronger than force nine.",
            "Kestrel Point.md",
        ),
        (
            "What colour is the railing painted?",
            "The railing is painted green every third year.",
            "Plans.canvas",
        ),
    ],
)
def test_a_vault_of_notes_answers_as_it_is_read(
    terminal: Terminal, vault: Path, question: str, answer: str, name: str
) -> None:
    report, quotes = ask(terminal, vault, question)
    [found] = [text for text in quotes if answer in text]
    assert quotes[found] == name
    for text in quotes:
        assert not any(mark in text for mark in ("[[", "]]", "^", "[!", "%%", "aliases", ".obsidian", "1999"))
    titles = {source["uri"]: source["title"] for source in report["sources"]}
    right = {"Kestrel Point.md": "The lighthouse at Kestrel Point", "Fuel.md": "Fuel", "Plans.canvas": "Plans"}
    assert titles.items() <= right.items()


def test_a_comment_of_a_note_is_no_evidence(terminal: Terminal, vault: Path) -> None:
    report, quotes = ask(terminal, vault, "Was the lamp sold to a collector?")
    assert (report["answered"], quotes) == (False, {})
    shown = terminal.run("ask", "Was the lamp sold to a collector?", "--docs", str(vault)).stdout
    assert "text that no reader sees: comments (9 words)" in shown


@pytest.mark.parametrize(
    ("question", "answer", "name"),
    [
        (
            "Where is the loss of the cliff greatest?",
            "The loss is greatest below the western stair.",
            "storage/ABCD1234/Brandt - 2019 - Erosion.pdf",
        ),
        (
            "In which journal was Erosion of the Kestrel cliff published?",
            "title: Erosion of the Kestrel cliff; author: Brandt, Ada and Moe; year: 2019; journal: Journal",
            "My Library.bib",
        ),
        (
            "Who is the author of Lamps of the north?",
            "title: Lamps of the north; author: Bo Sund; issued: 2001-05; publisher: Harbour Press",
            "My Library.json",
        ),
    ],
)
def test_a_library_of_papers_answers_from_papers_and_from_its_entries(
    terminal: Terminal, library: Path, question: str, answer: str, name: str
) -> None:
    report, quotes = ask(terminal, library, question)
    assert report["answered"]
    [found] = [text for text in quotes if answer in text]
    assert quotes[found] == name
    assert not any("storage/" in text or "sqlite" in text for text in quotes)
    assert not any(".zotero-ft-cache" in uri for uri in quotes.values())
