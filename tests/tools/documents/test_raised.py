import pytest

from outlast.tools.documents.raised import lowered, raised


@pytest.mark.parametrize(
    ("base", "text", "whole"),
    [
        ("10", "6", "10^6"),
        ("2", "64", "2^64"),
        ("9.46 × 10", "15", "9.46 × 10^15"),
        ("10", "-6", "10^-6"),
        ("10", "−6", "10^−6"),
        ("10", "1,5", "10^1,5"),
        ("2", "n", "2^n"),
        ("x", "2", "x^2"),
        ("x", "a+b", "x^(a+b)"),
        ("x", "(a+b)", "x^(a+b)"),
        ("x", "(a)(b)", "x^((a)(b))"),
        ("e", "x", "e^x"),
        ("e", "kt", "e^(kt)"),
        ("A", "T", "A^T"),
        ("E = mc", "2", "E = mc^2"),
        ("(a + b)", "2", "(a + b)^2"),
        ("sin", "2", "sin^2"),
        ("C", "*", "C^*"),
        ("Item)", "?", "Item)?"),
        ("x_1", "2", "x_1^2"),
        ("12 m", "3", "12 m^3"),
        ("a plot of 40 km", "2", "a plot of 40 km^2"),
        ("kg/m", "3", "kg/m^3"),
        ("4 in", "2", "4 in^2"),
        ("m s", "-1", "m s^-1"),
        ("10 ", "6", "10 ^6"),
    ],
)
def test_powers(base: str, text: str, whole: str):
    assert base + raised(base, text) == whole


@pytest.mark.parametrize(
    ("base", "text", "whole"),
    [
        ("1", "st", "1st"),
        ("the 2", "nd", "the 2nd"),
        ("the n", "th", "the nth"),
        ("21", "e", "21e"),
        ("le 1", "er", "le 1er"),
        ("3", "o", "3o"),
        ("XIX", "e", "XIXe"),
        ("I", "er", "Ier"),
        ("M", "lle", "Mlle"),
        ("M", "me", "Mme"),
        ("N", "o", "No"),
        ("S", "t", "St"),
        ("the 1960", "s", "the 1960s"),
        ("10:30", "am", "10:30am"),
        ("Brand", "TM", "BrandTM"),
        ("Brand", "®", "Brand®"),
        ("Na", "+", "Na+"),
        ("Ca", "2+", "Ca^2+"),
        ("SO4", "2−", "SO4^2−"),
    ],
)
def test_endings_and_ions(base: str, text: str, whole: str):
    assert base + raised(base, text) == whole


@pytest.mark.parametrize(
    ("base", "text", "whole"),
    [
        ("the fee", "1", "the fee [1]"),
        ("the fee.", "12", "the fee. [12]"),
        ("the fee.”", "3", "the fee.” [3]"),
        ("the fee,", "1,2", "the fee, [1,2]"),
        ("the fee", "1–3", "the fee [1–3]"),
        ("the fee", "a", "the fee [a]"),
        ("the fee", "*", "the fee [*]"),
        ("1,200", "†", "1,200 [†]"),
        ("1,200", "a", "1,200 [a]"),
        ("18.5", "b,c", "18.5 [b,c]"),
        ("12 ", "*", "12 [*]"),
        ("the fee", "[7]", "the fee [7]"),
        ("the fee", "[citation needed]", "the fee [citation needed]"),
        ("in 1998", "4", "in 1998 [4]"),
        ("COVID-19", "2", "COVID-19 [2]"),
        ("CO2", "3", "CO2 [3]"),
        ("what we think of", "5", "what we think of [5]"),
        ("it is in", "5", "it is in [5]"),
        ("(see the table)", "5", "(see the table) [5]"),
        ("the fee ", "1", "the fee [1]"),
        ("", "1", "[1]"),
        ("a\n", "b", "a\n[b]"),
    ],
)
def test_footnote_marks_come_apart(base: str, text: str, whole: str):
    assert base + raised(base, text) == whole


@pytest.mark.parametrize(
    ("base", "text", "after", "whole"),
    [
        ("1", "1", "/", "1 1/"),
        ("about ", "3", "⁄", "about 3⁄"),
        ("the ", "14", "C age", "the 14C age"),
        ("", "1", "Department of Physics", "[1] Department of Physics"),
        ("", "1", " Department", "[1] Department"),
        ("20", "o", "C", "20°C"),
        ("20", "o", " Congreso", "20o Congreso"),
    ],
)
def test_the_text_behind_tells_fractions_isotopes_and_degrees(base: str, text: str, after: str, whole: str):
    assert base + raised(base, text, after) + after == whole


@pytest.mark.parametrize(
    ("base", "text", "whole"),
    [
        ("H", "2", "H2"),
        ("of CO", "2", "of CO2"),
        ("C6H", "12", "C6H12"),
        ("Ca(OH)", "2", "Ca(OH)2"),
        ("(NH", "4", "(NH4"),
        ("Fe", "2", "Fe2"),
        ("NaCl·2H", "2", "NaCl·2H2"),
        ("PM", "2.5", "PM2.5"),
        ("SpO", "2", "SpO2"),
        ("CO", "2eq", "CO2eq"),
        ("x", "i", "x_i"),
        ("a", "1", "a_1"),
        ("H", "0", "H_0"),
        ("T", "2", "T_2"),
        ("x", "n+1", "x_(n+1)"),
        ("x", "ij", "x_ij"),
        ("x", "1,2", "x_(1,2)"),
        ("v", "max", "v_max"),
        ("log", "2", "log_2"),
        ("1010", "2", "1010_2"),
        ("f(x)", "n", "f(x)_n"),
        ("1 1/", "2", "1 1/2"),
        ("the end. ", "small", "the end. small"),
        ("the end.", "small", "the end. small"),
    ],
)
def test_lowered(base: str, text: str, whole: str):
    assert base + lowered(base, text) == whole


def test_whole_sentences_that_are_raised_or_lowered_are_sentences():
    sentence = "This sentence is set in raised letters from its beginning to its end."
    assert raised("word", "of many things") == lowered("word", "of many things") == " of many things"
    assert raised("word", sentence) == lowered("word", sentence) == f" {sentence}"
    assert raised("word ", sentence) == lowered("", sentence) == sentence


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_nothing_is_nothing(text: str):
    assert raised("x", text) == lowered("x", text) == ""


def test_the_time_does_not_depend_on_the_length_of_the_text_before():
    assert raised("a" * 1_000_000 + " 10", "6") == "^6"
    assert lowered("((((" * 500_000 + "H", "2") == "2"
