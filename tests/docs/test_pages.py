"""Blocks of code on the pages are marked so that the tests of them find each."""

from pathlib import Path

import pytest

from tests.docs.pages import LANGUAGES, PAGES, blocks, unfound

SH = "```sh\nmake demo\n```\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}-{page.stem}")
def test_every_block_is_found_and_says_its_language(page: Path) -> None:
    assert unfound(page) == []
    assert {block.language for block in blocks(page)} <= LANGUAGES


@pytest.mark.parametrize(
    "block",
    [
        SH.replace("```", "~~~"),
        SH.replace("```", "  ```"),
        SH.removesuffix("```\n"),
        SH.replace("sh", "sh  ", 1) + "```",
    ],
    ids=["tildes", "indented", "open", "one more"],
)
def test_a_block_that_no_test_would_find_is_noticed(tmp_path: Path, block: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# A page\n\n{SH}\n{block}", encoding="utf-8")
    assert unfound(page)
