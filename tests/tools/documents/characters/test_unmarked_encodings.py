"""Text that does not say in which encoding it is: the words are the same, and the guess is in the ledger."""

import codecs

import pytest

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.decoding import decode_with_notes
from outlast.tools.documents.reading import read_document

RUSSIAN = "Смотритель маяка зажигает лампу за час до заката. Рыбаки платят ему рыбой.\n"
UKRAINIAN = "Доглядач маяка запалює лампу за годину до заходу сонця, її ціна є відомою. Рибалки платять рибою.\n"
POLISH = "Latarnik zapala lampę godzinę przed zachodem słońca. Rybacy płacą mu rybami, źle łowią.\n"
CZECH = "Strážce majáku zapaluje lampu hodinu před západem slunce. Rybáři mu platí rybami, což je běžné.\n"
SIMPLIFIED = "灯塔看守人在日落前一小时点亮灯火。渔民用鱼付给他。\n"
TRADITIONAL = "燈塔看守人在日落前一小時點亮燈火。漁民用魚付給他。\n"
JAPANESE = "灯台守は日没の一時間前に灯りをともす。漁師は魚で払う。\n"
KOREAN = "등대지기는 해지기 한 시간 전에 등불을 켠다. 어부들은 생선으로 값을 치른다.\n"
WRITTEN = [
    ("cp1251", "windows-1251", RUSSIAN),
    ("cp1251", "windows-1251", RUSSIAN.upper()),
    ("cp1251", "windows-1251", "The keeper wrote this down: " + RUSSIAN),
    ("koi8_r", "koi8-r", RUSSIAN),
    ("koi8_u", "koi8-u", UKRAINIAN),
    ("cp866", "cp866", RUSSIAN),
    ("cp1250", "windows-1250", POLISH),
    ("cp1250", "windows-1250", CZECH),
    ("iso8859_2", "iso-8859-2", POLISH),
    ("gb18030", "gb18030", SIMPLIFIED),
    ("gbk", "gb18030", SIMPLIFIED),
    ("big5", "big5", TRADITIONAL),
    ("cp932", "shift_jis", JAPANESE),
    ("euc_jp", "euc-jp", JAPANESE),
    ("iso2022_jp", "iso2022-jp", JAPANESE),
    ("cp949", "euc-kr", KOREAN),
    ("cp1253", "windows-1253", "Ο φαροφύλακας ανάβει τη λάμπα μία ώρα πριν από το ηλιοβασίλεμα.\n"),
    ("cp1254", "windows-1254", "Fener bekçisi gün batımından bir saat önce lambayı yakar. Balıkçılar ışığı görür.\n"),
    ("cp1255", "windows-1255", "שומר המגדלור מדליק את המנורה שעה לפני השקיעה.\n"),
    ("cp1256", "windows-1256", "حارس المنارة يشعل المصباح قبل ساعة من غروب الشمس.\n"),
    ("cp874", "windows-874", "ผู้ดูแลประภาคารจุดตะเกียงหนึ่งชั่วโมงก่อนพระอาทิตย์ตก\n"),
    (
        "cp1252",
        "windows-1252",
        "Der Wärter zündet die Lampe eine Stunde vor Sonnenuntergang an, für Öl.\n",
    ),
    ("cp1252", "windows-1252", "Les pêcheurs paient à l'été. Le gardien a déjà allumé la lampe où il était.\n"),
    ("cp1252", "windows-1252", "¿Quién paga? Los pescadores mañana, según la lámpara.\n"),
    ("utf_16_le", "utf-16-le", "The keeper lights the lamp.\r\n"),
    ("utf_16_be", "utf-16-be", "The keeper lights the lamp.\r\n"),
    ("utf_16_le", "utf-16-le", RUSSIAN),
    ("utf_16_be", "utf-16-be", JAPANESE),
    ("utf_32_le", "utf-32-le", "The keeper lights the lamp.\n"),
    ("utf_32_be", "utf-32-be", RUSSIAN),
]


SHORT = [
    ("cp1250", "windows-1250", "Opłata wynosi sześćdziesiąt złotych."),
    ("iso8859_2", "iso-8859-2", "Opłata wynosi sześćdziesiąt złotych."),
    ("cp1250", "windows-1250", "Imię;Miasto\nŁukasz;Łódź\n"),
    ("cp858", "cp858", "Größe;Gebühr\nklein;40 €\n"),
    ("cp858", "cp858", "Le café est fermé l'été."),
    ("mac_roman", "macintosh", "Größe;Gebühr\nfür;Öl\n"),
    ("mac_roman", "macintosh", "Le café est fermé l'été."),
    ("iso8859_15", "iso-8859-15", "Die Gebühr beträgt 40 €."),
    ("iso8859_15", "iso-8859-15", "Ma sœur paie le vœu à l'été."),
    ("iso8859_6", "iso-8859-6", "يشعل حارس المنارة الضوء قبل ساعة من الغروب."),
    ("gbk", "gb18030", "押金一千八百元。"),
    ("gbk", "gb18030", "押金：1800元\n房东：诺比港\n"),
    ("gbk", "gb18030", "姓名,出生,城市\n艾达,1815,伦敦\n本,1820,巴黎\n"),
    ("hz", "hz", "押金一千八百元。"),
    ("big5", "big5", "姓名,出生\n艾達,1815\n"),
    ("cp932", "shift_jis", "氏名,住所\n田中,東京\n"),
    ("euc_jp", "euc-jp", "ノルビー港"),
    ("euc_kr", "euc-kr", "보증금은 삼만 원이다."),
    ("iso2022_kr", "iso2022-kr", "보증금은 삼만 원이다."),
]
"""Texts of a line or two, as lists and tables of names have them: nothing in them is frequent."""
WESTERN = [
    "Mª José llegó en naïveté — voilà.",
    "5 µm ± 2 at 37 °C, m²; §5, x¹",
    "“word”and so—on: don’t",
    "FÜR ÖL UND ÄPFEL",
    "m²;Größe;Preis €\n12;5;3",
    "½ cup, £bn 5, Ação",
    "~{1, 2}~",
]


@pytest.mark.parametrize(("codec", "name", "text"), SHORT)
def test_a_few_words_tell_it_if_they_would_be_a_mess_otherwise(codec: str, name: str, text: str) -> None:
    decoded = decode_with_notes(text.encode(codec))
    assert decoded.text == text
    assert decoded.losses == (Loss(kind=LossKind.GUESSED_ENCODING, place=name, words=0),)


@pytest.mark.parametrize("text", WESTERN)
def test_signs_and_accents_of_western_texts_are_no_mess(text: str) -> None:
    assert decode_with_notes(text.encode("cp1252")).text == text


def test_marks_that_nobody_sees_split_no_word() -> None:
    assert decode_with_notes("light\u00adhouse\n\ufeffThe bu\u200boy".encode()).text == "lighthouse\nThe buoy"


@pytest.mark.parametrize("times", [1, 40])
@pytest.mark.parametrize(("codec", "name", "text"), WRITTEN)
def test_the_language_tells_the_encoding(codec: str, name: str, text: str, times: int) -> None:
    document = read_document("keeper.txt", (text * times).encode(codec))
    assert document.text == (text * times).replace("\r\n", "\n")
    assert document.losses == (Loss(kind=LossKind.GUESSED_ENCODING, place=name, words=0),)


@pytest.mark.parametrize(("codec", "text"), [(codec, text) for codec, _, text in WRITTEN if codec.startswith("utf")])
def test_a_mark_makes_it_certain(codec: str, text: str) -> None:
    marks = {
        "utf_16_le": codecs.BOM_UTF16_LE,
        "utf_16_be": codecs.BOM_UTF16_BE,
        "utf_32_le": codecs.BOM_UTF32_LE,
        "utf_32_be": codecs.BOM_UTF32_BE,
    }
    document = read_document("keeper.txt", marks[codec] + text.encode(codec))
    assert (document.text, document.losses) == (text.replace("\r\n", "\n"), ())


def test_a_few_characters_are_no_evidence() -> None:
    assert decode_with_notes("Łódź".encode("cp1250")).text == "£ódŸ"
    assert decode_with_notes("a café\n".encode("cp1252")).text == "a café\n"


def test_quotation_marks_alone_leave_no_doubt_about_words() -> None:
    decoded = decode_with_notes("The “lamp” – lit.\n".encode("cp1252"))
    assert (decoded.text, decoded.losses) == ("The “lamp” – lit.\n", ())


def test_lines_in_utf_8_stay_so_beside_another_encoding() -> None:
    mixed = RUSSIAN.encode("koi8-r") * 3 + RUSSIAN.encode() + "日本\n".encode() + RUSSIAN.encode("koi8-r")
    decoded = decode_with_notes(mixed)
    assert decoded.text == RUSSIAN * 4 + "日本\n" + RUSSIAN
    assert [loss.place for loss in decoded.losses] == ["koi8-r"]


def test_a_line_of_chinese_that_is_valid_utf_8_by_chance() -> None:
    by_chance = "模微\n"
    assert by_chance.encode("gbk").decode("utf-8")
    decoded = decode_with_notes(SIMPLIFIED.encode("gbk") * 20 + by_chance.encode("gbk"))
    assert decoded.text == SIMPLIFIED * 20 + by_chance


def test_utf_8_with_a_broken_character_is_still_utf_8() -> None:
    broken = RUSSIAN.encode() * 2 + RUSSIAN.encode()[:-3]
    decoded = decode_with_notes(broken)
    assert decoded.text.startswith(RUSSIAN * 2 + RUSSIAN[:20])
    assert decoded.losses == (Loss(kind=LossKind.DAMAGED, place="line 3"),)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("N\bNA\bAM\bME\bE\n   lamp - _\bt_\bh_\be keeper", "NAME\n   lamp - the keeper"),
        ("t\b_h\b_e\b_ keeper", "the keeper"),
        ("keeper\b\b\b\b\b\bkeeper lights", "keeper lights"),
        ("snake_\b__\bcase", "snake_case"),
        (
            "\x1b[1mNAME\x1b[0m\n\x1b[4munderlined\x1b[24m \x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\",
            "NAME\nunderlined link",
        ),
        ("\bbegun", "begun"),
    ],
)
def test_printed_pages_lose_their_overstrikes_and_colours(text: str, cleaned: str) -> None:
    assert read_document("man.txt", text.encode()).text == cleaned


def test_the_address_of_a_link_in_a_terminal_is_noted() -> None:
    document = read_document("man.txt", b"See \x1b]8;;https://example.org\x1b\\the harbour\x1b]8;;\x1b\\.")
    assert document.text == "See the harbour."
    assert document.losses == (Loss(kind=LossKind.HIDDEN, place="addresses for a terminal", words=3),)


def test_a_nul_in_a_log_is_removed_and_noted() -> None:
    line = "The keeper lights the lamp an hour before sunset.\n"
    document = read_document("a.txt", (line * 3 + "It is kept in the cel\0lar.\n" + line).encode())
    assert "kept in the cellar" in document.text
    assert document.losses == (Loss(kind=LossKind.DAMAGED, place="line 4 (NUL bytes)"),)


def test_a_row_of_nuls_after_a_crash_is_the_end_of_a_line() -> None:
    document = read_document("a.log.txt", b"It was lit." + b"\0" * 4096 + b"It was put out, and the log was closed.\n")
    assert document.text == "It was lit.\nIt was put out, and the log was closed.\n"
    assert document.losses == (Loss(kind=LossKind.DAMAGED, place="line 1 (NUL bytes)"),)


@pytest.mark.parametrize("word", ["cafe\u0301", "が".replace("が", "か\u3099"), "\u1112\u1161\u11ab", "и\u0306"])
def test_separate_accents_are_composed(word: str) -> None:
    text = read_document("menu.txt", f"The {word} on the quay.".encode()).text
    assert text in ("The café on the quay.", "The が on the quay.", "The 한 on the quay.", "The й on the quay.")


def test_characters_that_look_different_are_not_composed() -> None:
    kept = "豈 Å \u0958"
    assert read_document("a.txt", kept.encode()).text == kept


@pytest.mark.parametrize(
    ("written", "named", "text"),
    [
        ("cp037", "cp037", "The keeper lights the lamp at 6, for 1800 euros (a year).\nThe bell rings at noon.\n"),
        ("cp500", "cp037", "The keeper lights the lamp at six.\n"),
        ("cp273", "cp273", "Die Kündigungsfrist beträgt drei Monate. Der Mieter haftet für die Größe.\n"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\x85"])
def test_text_of_a_mainframe(written: str, named: str, text: str, line_end: str):
    decoded = decode_with_notes(text.replace("\n", line_end).encode(written))
    assert decoded.text == text
    assert decoded.losses == (Loss(kind=LossKind.GUESSED_ENCODING, place=named, words=0),)


@pytest.mark.parametrize("text", ["Café@home@work@sea@quay", "naïve @ @ @ @ @ sign of a café"])
def test_western_text_with_many_at_signs_is_none_of_a_mainframe(text: str):
    assert decode_with_notes(text.encode("cp1252")).text == text
