import pytest

from outlast.evidence.words import stems_of
from outlast.tools.retrieval.thesaurus.synonyms import (
    ENGLISH_FILE,
    MAX_PHRASE_WORDS,
    SynonymGroup,
    Thesaurus,
    load_thesaurus,
    parse_groups,
)

WORDS = Thesaurus([("copy", "duplicate"), ("run out", "exhaust"), ("run", "execute"), ("large", "big", "huge")])
ENGLISH_TEXT = ENGLISH_FILE.read_text(encoding="utf-8")
ENGLISH_GROUPS = list(parse_groups(ENGLISH_TEXT))


def test_groups_are_lines_of_entries_between_commas() -> None:
    text = "# a comment, with commas\n  # an indented, one\n\nlarge,  big ,\trun   out\nalone\n, ,\nsmall, little,\n"
    assert list(parse_groups(text)) == [("large", "big", "run out"), ("small", "little")]


def test_a_number_sign_inside_a_line_begins_no_comment() -> None:
    assert list(parse_groups("c sharp, c#")) == [("c sharp", "c#")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How large is it?", {"large": ("big", "huge")}),
        ("How BIG is it?", {"big": ("large", "huge")}),
        ("huge and big", {"huge": ("large", "big"), "big": ("large", "huge")}),
        ("a duplicate", {"duplicate": ("copy",)}),
        ("Who exhausts it?", {"exhausts": ("run out",)}),
    ],
)
def test_each_entry_of_a_group_finds_the_others(text: str, expected: dict[str, tuple[str, ...]]) -> None:
    assert WORDS.synonyms(text) == expected


@pytest.mark.parametrize("text", ["copies", "copied", "Copying", "COPY"])
def test_any_form_of_a_word_finds_its_group(text: str) -> None:
    assert WORDS.synonyms(text) == {text.casefold(): ("duplicate",)}


def test_a_word_without_a_group_has_no_synonyms() -> None:
    assert WORDS.synonyms("lighthouse") == {}
    assert WORDS.synonyms("?!") == {}
    assert Thesaurus([]).synonyms("large") == {}


def test_a_phrase_counts_before_its_words() -> None:
    assert WORDS.synonyms("We run it.") == {"run": ("execute",)}
    assert WORDS.synonyms("Did it run out?") == {"run": ("exhaust",)}
    assert WORDS.synonyms("They run out and run.") == {"run": ("exhaust", "execute")}


def test_the_longest_phrase_counts() -> None:
    words = Thesaurus([("roll", "bun"), ("roll back", "undo"), ("roll back changes", "revert"), ("changes", "coins")])
    assert words.synonyms("roll back changes") == {"roll": ("revert",), "back": ("revert",), "changes": ("revert",)}
    assert words.synonyms("roll back") == {"roll": ("undo",), "back": ("undo",)}
    assert words.synonyms("roll changes") == {"roll": ("bun",), "changes": ("coins",)}


def test_a_phrase_may_have_so_many_words_and_no_more() -> None:
    phrase = " ".join(f"word{number}" for number in range(MAX_PHRASE_WORDS))
    assert Thesaurus([(phrase, "short")]).synonyms(phrase) == dict.fromkeys(phrase.split(), ("short",))
    assert Thesaurus([(f"{phrase} more", "short")]).synonyms(f"{phrase} more") == {}


def test_phrases_do_not_overlap() -> None:
    words = Thesaurus([("dry bread", "crust"), ("bread knife", "blade")])
    assert words.synonyms("dry bread knife") == {"dry": ("crust",), "bread": ("crust",)}


def test_the_synonyms_of_a_phrase_are_those_of_its_words_that_say_something() -> None:
    words = Thesaurus([("give up", "abandon"), ("by accident", "inadvertent")])
    assert words.synonyms("Who broke it by accident?") == {"accident": ("inadvertent",)}
    assert words.synonyms("When did they give up?") == {"up": ("abandon",)}  # no content word: the last word


def test_a_word_that_says_nothing_alone_has_no_synonyms() -> None:
    words = Thesaurus([("why", "reason"), ("copy", "duplicate")])
    assert words.synonyms("Why copy?") == {"copy": ("duplicate",)}
    assert words.synonyms("For what reason?") == {"reason": ("why",)}


def test_an_entry_of_several_groups_has_the_synonyms_of_all() -> None:
    words = Thesaurus([("order", "sort"), ("order", "buy"), ("order", "sort", "rank")])
    assert words.synonyms("order") == {"order": ("sort", "buy", "rank")}


def test_a_form_of_a_word_is_no_synonym_of_it() -> None:
    words = Thesaurus([("vote", "ballot", "voting"), ("dog", "dogs")])
    assert words.synonyms("votes and dogs") == {"votes": ("ballot",)}


def test_the_own_groups_of_a_collection_come_after_those_of_every_collection() -> None:
    common = load_thesaurus().synonyms("abandon")["abandon"]
    both = load_thesaurus((("abandon", "maroon"), ("gizmo", "sprocket"))).synonyms("abandon the gizmo")
    assert common
    assert both == {"abandon": (*common, "maroon"), "gizmo": ("sprocket",)}
    assert "gizmo" not in load_thesaurus().synonyms("gizmo")


def test_every_line_of_the_english_groups_is_a_group() -> None:
    lines = [line for line in ENGLISH_TEXT.splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) > 100
    assert [list(parse_groups(line)) for line in lines] == [[group] for group in ENGLISH_GROUPS]
    assert [line for line in lines if line.count(",") + 1 != len(next(parse_groups(line)))] == []


def test_no_english_group_stands_twice() -> None:
    seen: set[frozenset[str]] = set()
    twice: list[SynonymGroup] = []
    for group in ENGLISH_GROUPS:
        if frozenset(group) in seen:
            twice.append(group)
        seen.add(frozenset(group))
    assert twice == []


def test_no_entry_stands_twice_in_an_english_group() -> None:
    assert [group for group in ENGLISH_GROUPS if len({entry.casefold() for entry in group}) < len(group)] == []


def test_an_english_group_is_more_than_forms_of_one_word() -> None:
    assert [group for group in ENGLISH_GROUPS if len({stems_of(entry) for entry in group}) == 1] == []


def test_an_english_entry_is_a_word_or_a_phrase_that_can_be_found() -> None:
    entries = [entry for group in ENGLISH_GROUPS for entry in group]
    assert [entry for entry in entries if not 1 <= len(stems_of(entry)) <= MAX_PHRASE_WORDS] == []
    assert [entry for entry in entries if not any(map(str.isalpha, entry))] == []
