"""Which words of another extractor count as lost."""

import re
from pathlib import Path

from bench.completeness.comparing import FileResult, KnownError, compare, known_errors, split_words


def file_of(folder: Path, text: str, name: str = "lamp.txt") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def compared(file: Path, other: str, errors: list[KnownError]) -> FileResult:
    return compare(file.name, file, other, errors)


def test_a_word_that_only_the_other_one_has_is_missing(tmp_path: Path) -> None:
    result = compared(file_of(tmp_path, "The lamp is lit at dusk.\n"), "The lamp is lit at dusk by hand.", [])
    assert result.missing == ["by", "hand"]
    assert result.words == 8


def test_case_accents_and_ligatures_make_no_difference(tmp_path: Path) -> None:
    assert compared(file_of(tmp_path, "The café fills.\n"), "THE CAFE ﬁlls", []).missing == []
    assert list(split_words("so\u00adlid")) == ["solid"]


def test_the_pieces_of_a_word_that_the_other_one_leaves_broken_are_its_error(tmp_path: Path) -> None:
    file = file_of(tmp_path, "The lighthouse is old.\n")
    result = compared(file, "The light-\nhouse is old, the sea-\nwall too.", [])
    assert result.missing == ["sea", "wall", "too"]
    assert sum(result.excused.values()) == 2


def test_an_error_that_is_known_has_a_reason(tmp_path: Path) -> None:
    errors = [KnownError("lamp.*", re.compile("u[0-9a-f]{4}"), "it writes the code of a letter")]
    result = compared(file_of(tmp_path, "The lamp.\n"), "The lamp u00e9 u12", errors)
    assert result.missing == ["u12"]
    assert result.excused == {"it writes the code of a letter": 1}
    assert compared(file_of(tmp_path, "A lamp.\n", "other.txt"), "u00e9", errors).missing == ["u00e9"]


def test_the_ledger_accounts_for_as_many_words_as_it_counts(tmp_path: Path) -> None:
    unreadable = compared(file_of(tmp_path, "%PDF-1.7 broken", "lamp.pdf"), "The lamp", [])
    assert unreadable.missing == ["the", "lamp"]
    assert unreadable.unreadable


def test_every_known_error_has_its_reason() -> None:
    assert all(error.files and error.words.pattern and error.reason for error in known_errors())
