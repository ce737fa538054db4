import random
from pathlib import Path
from pydoc_data.topics import topics

import pytest

from outlast.evidence.prose import is_prose
from outlast.evidence.sentences import split_sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One is here. Two is there! Is three? Yes.", ["One is here.", "Two is there!", "Is three?", "Yes."]),
        ("Hard-wrapped lines\nbelong together. And\nso on.", ["Hard-wrapped lines\nbelong together.", "And\nso on."]),
        ("A paragraph\n\nAnother one", ["A paragraph", "Another one"]),
        ("He said “so.” Then he left.", ["He said “so.”", "Then he left."]),
        ('Is it "so"? (It is.) "Yes." 3 are left.', ['Is it "so"?', "(It is.)", '"Yes."', "3 are left."]),
        ("The stack.  [1] Another one. [2]", ["The stack.  [1]", "Another one. [2]"]),
        ("Use it, e.g. Python or i.e. CPython, etc. or so.", ["Use it, e.g. Python or i.e. CPython, etc. or so."]),
        (
            "Cats, dogs, etc. Python too. Cats, etc. The end.",
            ["Cats, dogs, etc. Python too.", "Cats, etc.", "The end."],
        ),
        ("Dr. Jones met Mr. J. R. Smith vs. Bob.", ["Dr. Jones met Mr. J. R. Smith vs. Bob."]),
        ("See Fig. 3 and No. 5, vol. 2. No. It is wrong.", ["See Fig. 3 and No. 5, vol. 2.", "No.", "It is wrong."]),
        (
            "The U.S. Congress met. It was in the U.S. The end.",
            ["The U.S. Congress met.", "It was in the U.S.", "The end."],
        ),
        ("Take 3.14 or v. 2.0. Version 1.2.3 works.", ["Take 3.14 or v. 2.0.", "Version 1.2.3 works."]),
        ("Wait... What? And so on… Then it ends.", ["Wait... What?", "And so on… Then it ends."]),
        ('A "." The dot is spoken of. End.', ['A "." The dot is spoken of.', "End."]),
        ("It calls foo. bar follows.", ["It calls foo. bar follows."]),
        ("As follows:\n\n* one thing\n* two things\n\nEnd.", ["As follows:", "one thing", "two things", "End."]),
        (
            "Steps:\n1. Open it.\n2. Close it. Wait.\n   (a) Or not.",
            ["Steps:", "Open it.", "Close it.", "Wait.", "Or not."],
        ),
        (
            "There are two steps, as in section\n3. Then it ends.",
            ["There are two steps, as in section\n3.", "Then it ends."],
        ),
        ("A sum is 3\n- 2 and no list.", ["A sum is 3\n- 2 and no list."]),
        ("(a) one wraps\n    as lines do;\n(b) two", ["one wraps\n    as lines do;", "two"]),
        ("Title\n*****\n\nText here.\n=====", ["Title", "Text here."]),
        ("# Title\n\nText here.", ["Title", "Text here."]),
        ("   Definitions. Unless otherwise,\nthis holds.", ["Definitions.", "Unless otherwise,\nthis holds."]),
        ("彼は来た。彼女は？「はい。」", ["彼は来た。", "彼女は？", "「はい。」"]),
        ("Être là. Élan vital. Ça va.", ["Être là.", "Élan vital.", "Ça va."]),
        ("", []),
        ("\n  \n", []),
        ("...", ["..."]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_code_and_tables_stay_whole() -> None:
    code = ">>> a = 1. \n   >>> print('It is. So.')\n   It is. So."
    table = "| None   | The same. It is.  |\n   |        | As before.  |"
    grammar = 'x ::= "a" ":" y. Z\n        | b'
    assert cut(f"Look:\n\n   {code}\n\n   {table}\n\n   {grammar}\n") == ["Look:", code, table, grammar]


@pytest.mark.parametrize(
    "text",
    [
        'The "finally" clause is executed.',
        "Names are introduced by name binding\noperations.",
        "The following constructs bind names:",
        "for any code that a Contributor has removed from Covered Software;",
        'The operators "<", ">", "==", ">=", "<=", and "!=" compare the values\nof two objects.',
        "THERE IS NO WARRANTY FOR THE PROGRAM, TO THE EXTENT PERMITTED BY APPLICABLE LAW.",
        "in a capture pattern in structural pattern matching it is bound",
        "You must cause the files to carry notices\n    stating that you changed the files.",
        "Das Gesetz gilt für alle Verträge.",
        "彼は昨日東京に来ました。",
    ],
)
def test_prose(text: str) -> None:
    assert is_prose(text)


@pytest.mark.parametrize(
    "text",
    [
        'The "try" statement',
        "Format Specification Mini-Language",
        "TERMS AND CONDITIONS FOR COPYING, DISTRIBUTION AND MODIFICATION",
        "Grant of Copyright License.",
        "How to Apply These Terms to Your New Programs",
        "Yes, it is.",
        ">>> print('this is only what the prompt says.')",
        "try_stmt  ::= try1_stmt | try2_stmt and some words here.",
        "object.__getitem__(self, key, default=None, with=some, words=here)",
        "except E as N:\n       foo(the, bar)",
        "object.__radd__(self, other)\nobject.__rsub__(self, other)\nobject.__rpow__(self, other)",
        "manager = open_it(with, these)\n   value = enter(manager, for, all, of, them)",
        "async def function(with, these, many, parameters):",
        "for (int i = 0; i < n; i++) {\n  total += values[i];\n}",
        "def greet(name):\n    if name:\n        return name\n    return 'nobody is here at all'",
        "| None | The same as it was before the change. |",
        "Name    Size    Used by many people here",
        "See https://example.org/a/very/long/path and also https://example.org/another/long/path here.",
        "[home page](https://example.org/home) [next page](https://example.org/next) [last](https://example.org/last)",
        "1, 2, 3, 4, 5, 6 + 7 = 8 of them all are.",
        "",
        "***",
    ],
)
def test_not_prose(text: str) -> None:
    assert not is_prose(text)


def real_texts() -> list[str]:
    licenses = Path("/usr/share/common-licenses")
    files = sorted(licenses.iterdir()) if licenses.is_dir() else []
    return [*topics.values(), *(file.read_text(encoding="utf-8", errors="replace") for file in files)]


def check_spans(text: str) -> None:
    """Sentences are in order, disjoint and trimmed; between them are only white space, rules and list markers."""
    at = 0
    for start, end in [*split_sentences(text), (len(text), len(text))]:
        assert at <= start <= end
        between = text[at:start].split()
        assert all(len(piece.strip("()*•‣◦▪·–—-#.")) <= 14 for piece in between if any(map(str.isalnum, piece)))
        assert sum(any(map(str.isalnum, piece)) for piece in between) <= 2, between
        assert text[start:end] == text[start:end].strip()
        at = end


def test_spans_of_real_texts() -> None:
    for text in real_texts():
        check_spans(text)


@pytest.mark.parametrize("seed", range(200))
def test_spans_of_any_text(seed: int) -> None:
    rng = random.Random(seed)
    pieces = [
        "word",
        "Word",
        ".",
        ". ",
        "\n",
        "\n\n",
        "* ",
        "(a) ",
        "1. ",
        "e.g. ",
        "…",
        '"',
        "(",
        ")",
        "   ",
        "=====\n",
        "|",
        "\r\n",
        "\x0c",
        "。",
        ":",
    ]
    check_spans("".join(rng.choices(pieces, k=60)))


def test_the_language_reference_reads_as_prose() -> None:
    """The sentences that a person would see in this topic are found, and nothing else."""
    text = topics["try"]
    prose = [" ".join(sentence.split()) for sentence in cut(text) if is_prose(sentence)]
    assert 'The "finally" clause is executed.' in prose
    assert 'If there is a saved exception it is re-raised at the end of the "finally" clause.' in prose
    assert "This means that the exception must" not in prose
    assert not [sentence for sentence in prose if "::=" in sentence or ">>>" in sentence or sentence.startswith("|")]
    assert len(prose) >= 45
    assert all(sentence[0].isupper() or sentence[0] in '"(“' for sentence in prose)
    assert all(sentence[-1] in ".:)’”]" for sentence in prose)


@pytest.mark.parametrize(
    "filler", [". ", ".", "= ", " ", "a", "a:", "](", "; ", "(a) ", '"', "if :", "\n ", "- \n", "[1] ", "a.\n  "]
)
def test_hostile_texts_take_no_longer(filler: str) -> None:
    """Quadratic patterns would take minutes here, and exceed the time limit of the test."""
    for text in (filler * 60_000, "=" + filler * 60_000 + "x", "." + filler * 60_000 + "x"):
        split_sentences(text)
        is_prose(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "14 March 2022\nThe balance in room 3 is off by 0.02 g since Monday.",
            ["14 March 2022", "The balance in room 3 is off by 0.02 g since Monday."],
        ),
        (
            "TOP 2 Keller\nDer Keller bleibt nachts geschlossen, weil Räder fehlten.",
            ["TOP 2 Keller", "Der Keller bleibt nachts geschlossen, weil Räder fehlten."],
        ),
        (
            "議題1 夏祭り\n夏祭りは8月12日に開催する。予算は35万円とし、雨天の場合は翌日に延期する。",
            ["議題1 夏祭り", "夏祭りは8月12日に開催する。", "予算は35万円とし、雨天の場合は翌日に延期する。"],
        ),
        (
            "It was stirred for three hours in all.\nYield: 1.31 g\nSide product visible in the flask.",
            ["It was stirred for three hours in all.", "Yield: 1.31 g", "Side product visible in the flask."],
        ),
    ],
)
def test_a_title_over_its_paragraph_and_a_named_value_in_it_are_no_part_of_a_sentence(
    text: str, expected: list[str]
) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "The rent is payable in advance on the third working day of each\nMonth and in full.",
        "Purpose: the study of herring in the whole of the northern\nBaltic Sea in winter.",
        "By the keeper\nand by nobody else the lamp is lit each evening at dusk.",
    ],
)
def test_a_wrapped_sentence_stays_whole(text: str) -> None:
    assert len(split_sentences(text)) == 1


@pytest.mark.parametrize(
    "sentences",
    [
        ["Der Vertrag endet am 31. März 2024.", "Die Frist beträgt drei Monate.", "Am 3. Oktober ist die 2. Sitzung."],
        ["Nach Art. 12 Abs. 3 haftet er für ca. 500 Euro.", "Das gilt z. B. im Rathaus.", "Karl IV. kam nach Prag."],
        ["Under Sec. 4 Para. 2 she pays max. EUR 500 incl. VAT.", "Gov. Adams signed Exec. Order No. 12 Jan. 3."],
        ["She lives at St. Mary's Road No. 5 Main Bldg. Apt. 12 in Ft. Worth.", "It takes 5 min.", "The rest is free."],
        ["It was built in 1871.", "Norby followed.", "We paid 340.", "Then we left.", "He is No. 5.", "She is well."],
        ["Selon M. Dupont, cela coûte env. 500 euros.", "Voir art. 3.", "La suite est claire."],
        ["A permit is needed (day: Fr. 15, year: Fr. 120; under 16s free).", "It is sold here.", "It costs Fr. 15."],
        ["He left (it rained. It was cold).", "Then he came."],
        ["Договор заключён в 1990 г. в Москве.", "Он действует."],
    ],
)
def test_abbreviations_and_ordinal_numbers_end_no_sentence(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[start:end] for start, end in split_sentences(text)] == sentences


@pytest.mark.parametrize(
    ("text", "says_something"),
    [
        ("Parking is free.", True),
        ("Breakfast costs 12 EUR.", True),
        ("Temperature was -5 °C.", True),
        ("Das Parken ist frei.", True),
        ("押金为六百元。", True),
        ("Otherwise it is 3 %.", True),
        ("Not on Sundays.", False),
        ("See below.", False),
        ("Grant of License.", False),
        ("Table of Contents.", False),
        ("See Figure 3.", False),
        ("John Smith.", False),
        ("Yes, it is.", False),
        ("It has:", False),
    ],
)
def test_a_short_sentence_has_a_stop_and_says_something(text: str, *, says_something: bool) -> None:
    assert is_prose(text) is says_something


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Kaucja: 1800 zł\nLatarnik zapala światło.",
            ["Kaucja: 1800 zł", "Latarnik zapala światło."],
        ),
        ("押金：1800元\n房东：诺比港\n灯塔在岛上。", ["押金：1800元", "房东：诺比港", "灯塔在岛上。"]),
        (
            "Rent: 900 EUR\nDeposit: 1800 EUR\nAll is paid in advance.",
            ["Rent: 900 EUR", "Deposit: 1800 EUR", "All is paid in advance."],
        ),
        (
            "The keeper said to\nBen: light the lamp\nbefore sunset.",
            ["The keeper said to\nBen: light the lamp\nbefore sunset."],
        ),
        (
            "Note: when a table is dropped from the\nSQLite file, pages are free.",
            ["Note: when a table is dropped from the\nSQLite file, pages are free."],
        ),
        (
            "Rent: 900 EUR, paid\nin advance\nDeposit: 1800 EUR",
            ["Rent: 900 EUR, paid\nin advance", "Deposit: 1800 EUR"],
        ),
    ],
)
def test_lines_of_keys_and_values_are_apart_from_sentences(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == sentences
