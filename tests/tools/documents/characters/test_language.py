"""The language of documents, by their script and their most frequent words."""

import pytest

from outlast.tools.documents.characters.language import detect_language
from outlast.tools.documents.reading import read_document

SPOKEN = [
    ("en", "The keeper lights the lamp an hour before sunset."),
    ("en", "What is the deposit for the berth, and when is it paid back?"),
    ("de", "Der Wärter zündet die Lampe eine Stunde vor Sonnenuntergang an."),
    ("de", "Die Kaution wird nach dem Auszug bezahlt."),
    ("fr", "Le gardien allume la lampe une heure avant le coucher du soleil."),
    ("es", "El farero enciende la lámpara una hora antes de la puesta del sol."),
    ("it", "Il guardiano accende la lampada un'ora prima del tramonto."),
    ("pt", "O faroleiro acende a lâmpada uma hora antes do pôr do sol."),
    ("nl", "De vuurtorenwachter steekt de lamp een uur voor zonsondergang aan."),
    ("ru", "Смотритель маяка зажигает лампу за час до заката. Рыбаки платят ему рыбой."),
    ("uk", "Договір оренди укладено на два роки, і він може бути продовжений."),
    ("pl", "Umowa najmu została zawarta na dwa lata i może być przedłużona."),
    ("sv", "Fyrvaktaren tänder lampan en timme före solnedgången. Fiskarna betalar honom med fisk."),
    ("da", "Lejeaftalen gælder i to år og kan forlænges, hvis begge parter er enige. Det blev aftalt af byen."),
    ("no", "Leieavtalen gjelder i to år. Det ble avtalt av byen, og noen var imot."),
    ("fi", "Majakanvartija sytyttää lampun tuntia ennen auringonlaskua, mutta kaupunki maksaa öljyn."),
    ("ja", "灯台守は日没の一時間前に灯りをともす。"),
    ("ja", "SQLite の限界: データベースの行は 2^64 まで。"),
    ("zh", "灯塔看守人在日落前一小时点亮灯火。"),
    ("zh", "燈塔看守人在日落前一小時點亮燈火。"),
    ("ko", "등대지기는 해지기 한 시간 전에 등불을 켠다."),
    ("th", "ผู้ดูแลประภาคารจุดตะเกียงหนึ่งชั่วโมงก่อนพระอาทิตย์ตก"),
    ("el", "Ο φαροφύλακας ανάβει τη λάμπα μία ώρα πριν."),
    ("he", "שומר המגדלור מדליק את המנורה שעה לפני השקיעה."),
    ("ar", "حارس المنارة يشعل المصباح قبل ساعة من غروب الشمس في كل يوم."),
]


@pytest.mark.parametrize(("language", "text"), SPOKEN)
def test_a_sentence_is_enough(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "12 34 56", "Norby 98", "Name: Ada; Born: 1815", "日本", "x = y"])
def test_where_nobody_can_say(text: str) -> None:
    assert detect_language(text) == ""


def test_the_language_of_most_of_a_text_counts() -> None:
    text = " ".join(text for language, text in SPOKEN if language == "de")
    assert detect_language(text + " The keeper of the lamp.") == "de"
    assert detect_language("A name: Łódź, señor Åberg. " + SPOKEN[0][1] * 3) == "en"


def test_every_document_has_it() -> None:
    assert read_document("a.txt", SPOKEN[2][1].encode()).language == "de"
    assert read_document("a.html", f"<p>{SPOKEN[4][1]}</p>".encode()).language == "fr"
