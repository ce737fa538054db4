import pytest

from outlast.tools.retrieval.terms import (
    MAX_WORD_CHARACTERS,
    MIN_CORRECTED_CHARACTERS,
    SPELLING_PAIRS,
    single_edits,
    spelling_variants,
)


@pytest.mark.parametrize(
    ("british", "american"),
    [
        *(("organise", "organize"), ("organisation", "organization"), ("organising", "organizing")),
        *(("colour", "color"), ("analyse", "analyze"), ("catalogue", "catalog"), ("centre", "center")),
        *(("licence", "license"), ("defence", "defense"), ("cancelled", "canceled"), ("encyclopaedia", "encyclopedia")),
        *(("foetus", "fetus"), ("sulphur", "sulfur"), ("programme", "program"), ("grey", "gray"), ("cheque", "check")),
        *(("judgement", "judgment"), ("acknowledgement", "acknowledgment")),
    ],
)
def test_a_word_is_found_in_its_other_spelling(british: str, american: str) -> None:
    assert american in set(spelling_variants(british))
    assert british in set(spelling_variants(american))


@pytest.mark.parametrize(
    "word", ["", "dusk", "banjo", "маяк", "灯台", "1871", "l" * (MAX_WORD_CHARACTERS + 1), "e" * 1_000_000]
)
def test_a_word_with_one_spelling_has_no_other(word: str) -> None:
    assert list(spelling_variants(word)) == []


@pytest.mark.parametrize("word", ["colour", "catalogue", "cancelled", "programme", "judgement", "grey"])
def test_a_word_is_no_variant_of_itself(word: str) -> None:
    assert word not in set(spelling_variants(word))


def test_a_part_that_a_word_has_twice_is_written_otherwise_everywhere_and_at_each_place() -> None:
    found = set(spelling_variants("banister banister"))
    assert {"banistre banistre", "banistre banister", "banister banistre"} <= found


def test_what_is_there_already_is_not_written_again() -> None:
    """`catalogue` has `og` inside `ogue`: a second `ue` would not be a spelling of any word."""
    assert "catalogueue" not in set(spelling_variants("catalogue"))
    assert "programmeme" not in set(spelling_variants("programme"))
    assert "calllling" not in set(spelling_variants("calling"))


def test_each_pair_is_two_spellings() -> None:
    assert all(one and other and one != other for one, other in SPELLING_PAIRS)


@pytest.mark.parametrize(
    "slip",
    [
        *("keepers", "keepper", "akeeper", "keeperz"),  # a letter more
        *("eeper", "keepe", "keper"),  # a letter less
        *("keeber", "jeeper", "keepet"),  # another letter
        *("ekeper", "keepre", "kepeer"),  # neighbours exchanged
    ],
)
def test_a_slip_of_the_pen(slip: str) -> None:
    assert slip in set(single_edits("keeper"))
    assert "keeper" in set(single_edits(slip))


@pytest.mark.parametrize("far", ["eeperss", "keeeeper", "kee", "reepek", "kreepe", "", "light"])
def test_two_slips_are_too_many(far: str) -> None:
    assert far not in set(single_edits("keeper"))


def test_there_are_few_slips() -> None:
    """26 added and 26 changed letters at each place, and one removed letter and one exchange at each place."""
    length = len("keeper")
    assert len(list(single_edits("keeper"))) == 26 * (length + 1) + 26 * length + length + length - 1


@pytest.mark.parametrize(
    "word",
    [
        "x" * (MIN_CORRECTED_CHARACTERS - 1),
        "x" * (MAX_WORD_CHARACTERS + 1),
        "x" * 1_000_000,
        "маяки",
        "abc12",
        "snake_case",
        "",
    ],
)
def test_what_is_no_word_of_letters_has_no_slips(word: str) -> None:
    assert list(single_edits(word)) == []


@pytest.mark.parametrize("length", [MIN_CORRECTED_CHARACTERS, MAX_WORD_CHARACTERS])
def test_words_between_the_bounds_have_slips(length: int) -> None:
    assert "x" * (length - 1) in set(single_edits("x" * length))
