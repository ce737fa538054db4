"""Search and quoting in any script and language: one folder with contracts in seven languages, asked in each."""

import asyncio
from pathlib import Path

import pytest

from outlast.composition import Composition
from outlast.evidence.report import Evidence
from outlast.evidence.sources import Source, sha256
from outlast.graphs.reasoners.query_weights import QueryWeights
from outlast.graphs.reasoners.sentence_scoring import find_quotes
from outlast.in_process import answer
from outlast.tools.ingest.ingest import ingest_folder
from outlast.tools.retrieval.passage_index import build_memory_index
from outlast.tools.retrieval.passage_search import PassageSearch
from outlast.tools.retrieval.thesaurus.synonyms import Thesaurus
from outlast.tools.store.collections import Collections
from outlast.tools.store.objects import open_objects

CONTRACTS = {
    "de": """Die Kaution beträgt drei Monatsmieten, also 2.400 Euro. Sie ist in drei Raten zu zahlen.

Die Kündigungsfrist beträgt für den Mieter drei Monate zum Monatsende. Kündigungen erfolgen schriftlich.

Kleintiere wie Hamster sind erlaubt. Die Straße vor dem Haus ist im Winter vom Mieter zu räumen.
""",
    "fr": """Le dépôt de garantie est fixé à 1 200 euros. Il est restitué deux mois après la remise des clés.

Le locataire peut résilier le bail à tout moment avec un préavis de trois mois.
""",
    "ru": """Залог составляет тридцать тысяч рублей и возвращается через две недели после выезда.

Наниматель оплачивает коммунальные услуги до десятого числа каждого месяца.
""",
    "ja": """第一条 本物件の賃料は月額八万五千円とし、毎月末日までに翌月分を支払うものとする。
第二条 敷金は十七万円とする。敷金は契約終了後一か月以内に返還する。

第三条 借主は本物件において犬および猫を飼育してはならない。ただし、小鳥はこの限りでない。
""",
    "zh": """第一条 租金为每月三千五百元，承租人应于每月五日前支付。
第二条 押金为七千元，合同终止后十五日内退还。

第三条 未经出租人书面同意，承租人不得饲养宠物，也不得转租房屋。
""",
    "ko": """월세는 오십만 원이며 매월 말일까지 지급한다. 보증금은 천만 원으로 한다.

임차인은 임대인의 동의 없이 반려동물을 키울 수 없다. 관리비에는 수도 요금이 포함된다.
""",
    "th": """ค่าเช่าเดือนละแปดพันบาท ผู้เช่าต้องชำระภายในวันที่ห้าของทุกเดือน
เงินมัดจำจำนวนสองเดือนของค่าเช่า ผู้ให้เช่าจะคืนเงินมัดจำภายในสามสิบวัน

ห้ามผู้เช่าเลี้ยงสุนัขและแมวภายในบ้าน เว้นแต่ได้รับอนุญาตเป็นหนังสือ
""",
}
ANSWERED = [
    ("Wie hoch ist die Kaution?", "Die Kaution beträgt"),
    ("Welche Kündigungsfristen gelten?", "Die Kündigungsfrist beträgt"),
    ("Wer räumt die Strasse im Winter?", "Die Straße vor dem Haus"),
    ("Quel est le montant du depot de garantie ?", "Le dépôt de garantie"),
    ("Comment résilier le bail ?", "Le locataire peut résilier"),
    ("Когда возвращается залог?", "Залог составляет"),
    ("敷金はいくらですか？", "敷金は十七万円とする"),
    ("敷金はいつ返還されますか", "敷金は契約終了後一か月以内に返還する"),
    ("猫を飼ってもいいですか", "犬および猫を飼育してはならない"),
    ("押金是多少？", "押金为七千元"),
    ("可以养宠物吗？", "不得饲养宠物"),
    ("보증금은 얼마입니까?", "보증금은 천만 원으로 한다"),
    ("관리비에는 무엇이 포함됩니까?", "관리비에는 수도 요금이 포함된다"),
    ("เงินมัดจำเท่าไร", "เงินมัดจำจำนวนสองเดือน"),
    ("เลี้ยงแมวได้หรือไม่", "ห้ามผู้เช่าเลี้ยงสุนัขและแมว"),
]
SILENT = [
    *("Wie teuer ist der Stellplatz in der Tiefgarage?", "Combien coûte le garage ?", "Сколько стоит парковка?"),
    *("エレベーターはありますか", "駐車場の料金はいくらですか", "停车费是多少？", "엘리베이터가 있습니까?"),
    "ที่จอดรถราคาเท่าไร",
]


def source(language: str, text: str) -> Source:
    return Source(
        uri=f"{language}.txt",
        title="",
        media_type="text/plain",
        snapshot=sha256(text),
        bytes_sha256=sha256(text),
        extractor="plain/1",
        language=language,
    )


@pytest.fixture(scope="module")
def search() -> PassageSearch:
    texts = [(source(language, text), text) for language, text in CONTRACTS.items()]
    return PassageSearch(*build_memory_index(texts), Thesaurus([]))


@pytest.mark.parametrize(("question", "sentence"), ANSWERED)
def test_the_best_quote_holds_the_sentence_that_answers(search: PassageSearch, question: str, sentence: str) -> None:
    result = search.search([question])
    query = QueryWeights(question, result.terms, result.size)
    quotes = [quote for passage in result.passages for quote in find_quotes(passage, query)]
    assert sentence in max(quotes, key=lambda quote: quote.strength).quote.text


def test_a_word_that_no_document_has_is_named_as_it_was_written(search: PassageSearch) -> None:
    question = "火災保険は必要ですか"
    result = search.search([question])
    assert QueryWeights(question, result.terms, result.size).unknown == ("火災保険", "必要")


def test_a_passage_has_the_language_of_its_document(search: PassageSearch) -> None:
    assert [each.language for each in search.search(["Kaution"]).passages] == ["de"]


async def test_a_folder_in_many_scripts_answers_and_says_so_where_it_does_not(tmp_path: Path) -> None:
    for language, text in CONTRACTS.items():
        (tmp_path / f"{language}.txt").write_text(text, encoding="utf-8")
    store = open_objects(str(tmp_path / "home"))
    collection = await ingest_folder(tmp_path, store, tmp_path / "cache")
    identifier = await Collections(store).save(collection)
    composition = Composition(store, tmp_path / "cache")

    async def evidence_of(question: str) -> Evidence:
        sections = (await answer(question, identifier, composition)).draft.sections
        return sections[0].evidence if sections else Evidence.NONE

    answered = await asyncio.gather(*(evidence_of(question) for question, _ in ANSWERED if question[0] > "z"))
    assert Evidence.NONE not in answered
    silent = await asyncio.gather(*(evidence_of(question) for question in SILENT))
    assert set(silent) == {Evidence.NONE}
