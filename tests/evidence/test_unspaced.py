"""Scripts in which spaces do not tell words apart."""

import unicodedata

import pytest

from outlast.evidence.unspaced import is_seam, join_pairs, pairs_of, touches_known
from outlast.evidence.words import content_words, index_terms, words


@pytest.mark.parametrize(
    ("run", "pairs"),
    [
        ("契約期間", ["契約", "約期", "期間"]),
        ("鍵", ["鍵"]),
        ("보증금", ["보증", "증금"]),
        ("เงินมัดจำ", ["เงิน", "นมั", "มัด", "ดจำ"]),
        ("ព្រះ", ["ព្រះ"]),
    ],
)
def test_a_run_is_cut_into_overlapping_pairs_of_characters_or_clusters(run: str, pairs: list[str]) -> None:
    assert pairs_of(run) == pairs


def test_other_scripts_around_a_run_are_words() -> None:
    assert list(words("2024年のSQLite設定")) == ["2024", "年の", "sqlite", "設定"]


def test_widths_and_line_breaks_make_no_difference() -> None:
    assert list(words("ＡＢＣ ﾃﾞｰﾀ")) == ["abc", *pairs_of("データ")]
    assert list(words("契約\n　期間")) == pairs_of("契約期間")
    assert list(words(unicodedata.normalize("NFD", "がぎ"))) == ["がぎ"]


def test_an_index_has_every_character_of_a_run_at_the_start_of_a_term() -> None:
    assert list(index_terms("解約金", run_ends=True)) == ["解約", "約金", "金"]
    assert list(index_terms("解約金")) == ["解約", "約金"]


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("敷金はいくらですか？", ["敷金"]),
        ("敷金はいつ返還されますか", ["敷金", "返還"]),
        ("ごみはいつ出しますか", ["ごみ", "出"]),
        ("エレベーターはありますか", pairs_of("エレベーター")),
        ("押金是多少？", ["押金"]),
        ("租金什么时候支付", ["租金", "支付"]),
        ("租金由谁支付?", ["租金", "支付"]),
        ("合同在哪里签署?", ["合同", "签署"]),
        ("계약은 언제 끝납니까?", ["계약", "끝납"]),
        ("보증금은 얼마입니까?", ["보증", "증금"]),
        ("เงินมัดจำเท่าไร", pairs_of("เงินมัดจำ")),
    ],
)
def test_what_asks_is_not_asked_for(question: str, asked: list[str]) -> None:
    assert content_words(question) == asked


def test_a_question_of_nothing_but_endings_keeps_its_words() -> None:
    assert list(words("ですか")) == ["です", "すか"]
    assert content_words("ですか") == []


def test_a_pair_that_joins_two_words_is_a_seam() -> None:
    pairs = pairs_of("返還期限")
    assert [is_seam(pairs, number, [True, False, True]) for number in range(3)] == [False, True, False]
    # The last character of a word is in no other pair: without it the word is another one.
    assert not is_seam(pairs_of("保証人"), 1, [True, False])
    assert not is_seam(pairs_of("火災保険"), 1, [False, False, False])


def test_pairs_of_a_run_are_joined_again_as_people_write_them() -> None:
    assert list(join_pairs([*pairs_of("火災保険"), *pairs_of("เงินมัดจำ"), "zeppelin"])) == [
        "火災保険",
        "เงินมัดจำ",
        "zeppelin",
    ]
    assert list(join_pairs([])) == []


def test_a_pair_beside_one_that_documents_have_is_not_told_as_a_word_that_they_lack() -> None:
    assert touches_known(pairs_of("租金由"), 1, [True, False])
    assert touches_known(pairs_of("付押金"), 0, [False, True])
    assert not touches_known(pairs_of("船长年龄"), 2, [True, False, False])
    assert not touches_known(["押金", "租金"], 1, [True, False])
