"""Questions in other languages than English that ask for reasoning, and quotes that state its result."""

import pytest

from outlast.graphs.reasoners.reasoning import needed_reasoning
from outlast.graphs.reasoners.reasoning_words import reasoning_words_for
from tests.graphs.reasoners.made import asked

COUNT, EXTREME, SORT_OUT = "to count", "to find the largest or smallest of several", "to sort out what does not apply"

ASKING = [
    ("de", "Wie viele Boote liegen im Hafen?", COUNT, "Im Hafen liegen 13 Boote.", "Boot: Reiher; Länge: 12"),
    ("de", "Welches Gerät ist am teuersten?", EXTREME, "Das teuerste Gerät ist der Trockner.", "Preis: 699,90"),
    ("de", "Welche Geräte haben keine Garantie mehr?", SORT_OUT, "Der Mäher hat keine Garantie.", "Garantie bis: 2026"),
    ("de", "Vergleiche die beiden Mietverträge.", "to compare", "", "Der eine ist länger als der andere."),
    ("de", "Wie hoch ist die Summe der Rechnungen?", "to calculate", "Die Summe beträgt 90 EUR.", "Rechnung: 90 EUR"),
    ("de", "Wie hoch war der Fang im Durchschnitt?", "to calculate", "Durchschnittlich waren es 12 t.", "Fang: 12 t"),
    ("fr", "Combien de bateaux y a-t-il dans le port ?", COUNT, "Le port compte 13 bateaux.", "Les bateaux sont là."),
    ("fr", "Quel port a la plus grande profondeur ?", EXTREME, "Norby a la plus grande profondeur.", "Profondeur : 6"),
    ("fr", "Quels ports n'ont pas de grue ?", SORT_OUT, "Vik n'a pas de grue.", "Vik a une grue."),
    ("fr", "Quel est le total des factures ?", "to calculate", "Total : 90 EUR", "Facture : 90 EUR"),
    ("es", "¿Cuántos barcos hay en el puerto?", COUNT, "En el puerto hay 13 barcos.", "Los barcos son viejos."),
    ("es", "¿Qué puerto es el más profundo?", EXTREME, "Norby es el más profundo.", "Profundidad: 6"),
    ("es", "¿Qué puertos no tienen grúa?", SORT_OUT, "Vik no tiene grúa.", "Vik tiene grúa."),
    ("it", "Quante barche ci sono nel porto?", COUNT, "Nel porto sono 13 barche.", "Le barche sono vecchie."),
    ("it", "Quale porto è il più profondo?", EXTREME, "Norby è il più profondo.", "Profondità: 6"),
    ("it", "Quali porti non hanno una gru?", SORT_OUT, "Vik non ha una gru.", "Vik ha una gru."),
    ("nl", "Hoeveel boten liggen er in de haven?", COUNT, "In de haven liggen 13 boten.", "De boten zijn oud."),
    ("nl", "Welke haven is het diepste van alle?", EXTREME, "Norby is het diepste.", "Diepte: 6"),
    ("nl", "Welke havens hebben geen kraan?", SORT_OUT, "Vik heeft geen kraan.", "Vik heeft een kraan."),
    ("pt", "Quantos barcos há no porto?", COUNT, "No porto há 13 barcos.", "Os barcos são velhos."),
    ("pt", "Qual é o porto com a maior profundidade?", EXTREME, "A maior profundidade é a de Norby.", "Norby: 6"),
    ("pt", "Quais portos não têm guindaste?", SORT_OUT, "Vik não tem guindaste.", "Vik tem guindaste."),
    ("sv", "Hur många båtar ligger i hamnen?", COUNT, "I hamnen ligger 13 båtar.", "Båtarna är gamla."),
    ("sv", "Vilken hamn är djupast av dem?", EXTREME, "Norby är djupast.", "Djup: 6"),
    ("sv", "Vilka hamnar har inte en kran?", SORT_OUT, "Vik har ingen kran.", "Vik har en kran."),
    ("ru", "Сколько лодок в порту?", COUNT, "В порту 13 лодок.", "Лодки старые."),
    ("ru", "Какой порт самый глубокий?", EXTREME, "Самый глубокий порт это Норби.", "Глубина: 6"),
    ("ru", "Какие порты не имеют крана?", SORT_OUT, "Вик не имеет крана.", "Вик имеет кран."),
    ("da", "Hvor mange skibe ligger der i havnen?", COUNT, "I havnen er 13 skibe.", "Skibene er gamle."),
    ("no", "Hvor mange båter ligger det nå i havna?", COUNT, "I havna er 13 båter.", "Båtene er gamle."),
    ("no", "Hvilken havn er dypest av dem som ligger her nå?", EXTREME, "Norby er den dypeste.", "Dybde: 6"),
    ("pl", "Ile łodzi jest w porcie?", COUNT, "W porcie jest 13 łodzi.", "Łodzie są stare."),
    ("pl", "Który port jest najgłębszy?", EXTREME, "Najgłębszy jest Norby.", "Głębokość: 6"),
    ("pl", "Które porty nie mają dźwigu?", SORT_OUT, "Vik nie ma dźwigu.", "Vik ma dźwig."),
    ("uk", "Скільки човнів є у порту?", COUNT, "У порту є 13 човнів.", "Човни старі."),
    ("uk", "Який порт найглибший?", EXTREME, "Найглибший порт це Норбі.", "Глибина: 6"),
    ("ja", "欠席者は何人ですか？", COUNT, "欠席者は3人である。", "欠席者：伊藤"),
    ("ja", "最も深い港はどこですか？", EXTREME, "北浜は最も深い。", "深さ：6"),
    ("ja", "漁獲量の合計はいくらですか？", "to calculate", "合計：90", "漁獲量：90"),
    ("ja", "港口有多少艘船？", COUNT, "港口有13艘船。", "船很旧。"),
]


@pytest.mark.parametrize(("language", "question", "asks", "stating", "other"), ASKING)
def test_reasoning_in_other_languages(language: str, question: str, asks: str, stating: str, other: str) -> None:
    assert {reasoning_words_for(question)[0], language} <= {"da", "no"} or reasoning_words_for(question)[0] == language
    reasoning = needed_reasoning(question, asked(question))
    assert reasoning is not None
    assert reasoning.asks == asks
    assert reasoning.is_stated_in(stating) is bool(stating)
    assert not reasoning.is_stated_in(other)


@pytest.mark.parametrize(
    "question",
    [
        "Wie hoch ist die Kaution?",
        "Wann wird das Dach saniert?",
        "Wer hat den Schlüssel zum Keller?",
        "Warum bleibt der Keller nachts geschlossen?",
        "Darf ich einen Hund nicht halten?",
        "Welche Regel gilt, wenn man nicht zahlt?",
        "Wie viel kostet der Trockner?",
        "Qui est le locataire ?",
        "Quand commence le bail ?",
        "¿Quién es el inquilino?",
        "¿Cuánto cuesta el alquiler?",
        "Chi è il proprietario della casa?",
        "Hoeveel kost de huur van het huis?",
        "Wie is de huurder van het huis?",
        "Quem é o inquilino da casa?",
        "Vem är hyresgäst i huset?",
        "Сколько стоит аренда?",
        "Кто арендатор дома?",
        "Ile kosztuje wynajem domu?",
        "Kto jest najemcą domu?",
        "Скільки коштує оренда?",
        "Hvem er lejer af huset?",
        "借主は誰ですか？",
        "敷金はいくらですか？",
        "夏祭りはいつ開催されますか？",
    ],
)
def test_questions_that_a_quote_may_answer(question: str) -> None:
    assert needed_reasoning(question, asked(question)) is None


def test_an_amount_in_a_unit_needs_no_count() -> None:
    reasoning = needed_reasoning("Wie viele Tage dauert die Reise?", asked("Wie viele Tage dauert die Reise?"))
    assert reasoning is not None
    assert reasoning.is_stated_in("Die Reise dauert zwei Wochen.")
