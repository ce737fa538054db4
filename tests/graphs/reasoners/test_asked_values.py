"""The kind of value that a question asks for, in several languages."""

import pytest

from outlast.graphs.reasoners.asked_values import AskedValue, asked_value, has_value, value_words


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How high is the deposit?", AskedValue.AMOUNT),
        ("When does it begin?", AskedValue.TIME),
        ("Who is the tenant?", AskedValue.ANY),
        ("Wie lang ist die Frist?", AskedValue.AMOUNT),
        ("Was kostete der Trockner?", AskedValue.AMOUNT),
        ("Bis wann ist die Miete zu zahlen?", AskedValue.TIME),
        ("Um wie viel Uhr beginnt die Sitzung?", AskedValue.TIME),
        ("Wer ist der Vermieter?", AskedValue.ANY),
        ("Combien coûte le loyer de la maison ?", AskedValue.AMOUNT),
        ("Quand commence le bail ?", AskedValue.TIME),
        ("¿Cuánto cuesta el alquiler?", AskedValue.AMOUNT),
        ("¿Qué día se paga el alquiler?", AskedValue.TIME),
        ("Quanto costa l'affitto della casa?", AskedValue.AMOUNT),
        ("Hoe hoog is de huur van het huis?", AskedValue.AMOUNT),
        ("Wanneer begint de huur van het huis?", AskedValue.TIME),
        ("Hur hög är hyran för huset?", AskedValue.AMOUNT),
        ("Когда начинается аренда?", AskedValue.TIME),
        ("敷金はいくらですか？", AskedValue.AMOUNT),
        ("夏祭りはいつですか？", AskedValue.TIME),
    ],
)
def test_what_kind_of_value_is_asked_for(question: str, kind: AskedValue) -> None:
    assert asked_value(question) is kind


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("drei Monate", AskedValue.AMOUNT, True),
        ("Montag bis Freitag", AskedValue.TIME, True),
        ("lundi matin", AskedValue.TIME, True),
        ("二十四万円", AskedValue.AMOUNT, True),
        ("Jana Peters", AskedValue.AMOUNT, False),
        ("Jana Peters", AskedValue.TIME, False),
    ],
)
def test_values_of_other_languages(text: str, kind: AskedValue, expected: bool) -> None:
    assert has_value(text, kind) is expected


def test_a_number_says_how_long_something_is() -> None:
    assert value_words("Wie lang ist die Frist?") == {"lang": AskedValue.AMOUNT}
    assert value_words("Was kostete der Trockner?") == {"kostete": AskedValue.AMOUNT}
    assert value_words("Wer ist der Vermieter?") == {}
