import random

from outlast.evidence.rendering.context import CONTEXT_CHARACTERS, MAX_CONTEXT_LINES, quote_context


def test_all_of_a_short_text() -> None:
    assert quote_context("one two three", 4, 7) == ("one ", "two", " three", True, True)


def test_a_long_text_is_cut_between_words() -> None:
    text = "word " * 1000
    before, quoted, after, begins, ends = quote_context(text, 2500, 2504)
    assert quoted == "word"
    assert before.startswith("word ")
    assert after.endswith(" word")
    assert CONTEXT_CHARACTERS - 10 < len(before) <= CONTEXT_CHARACTERS
    assert CONTEXT_CHARACTERS - 10 < len(after) <= CONTEXT_CHARACTERS
    assert (begins, ends) == (False, False)


def test_a_text_without_spaces_is_cut_anywhere() -> None:
    text = "x" * 5000
    assert [len(part) for part in quote_context(text, 2000, 2010)[:3]] == [CONTEXT_CHARACTERS, 10, CONTEXT_CHARACTERS]


def test_short_lines_are_not_many() -> None:
    text = "one\ntwo\n" * 200
    before, quoted, after, begins, ends = quote_context(text, 800, 803)
    assert (quoted, begins, ends) == ("one", False, False)
    assert before.splitlines() == ["two", "one"] * 5 + ["two"]
    assert after.splitlines() == ["", "two", *["one", "two"] * 5]
    assert MAX_CONTEXT_LINES == 12


def test_any_quote_stays_whole_and_in_its_place() -> None:
    rng = random.Random(7)
    for _ in range(500):
        text = "".join(rng.choices("ab \n", k=rng.randrange(1, 3000)))
        start = rng.randrange(len(text))
        end = rng.randrange(start, len(text)) + 1
        before, quoted, after, begins, ends = quote_context(text, start, end)
        assert quoted == text[start:end]
        at = start - len(before)
        assert text[at : end + len(after)] == before + quoted + after
        assert begins == (at == 0)
        assert ends == (end + len(after) == len(text))
