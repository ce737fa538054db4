import json
import random

import pytest

from outlast.evidence.checking import check, read_report
from outlast.evidence.errors import Permanent
from outlast.evidence.report import Claim, Dispute, Report, Verdict
from outlast.evidence.sources import Quote
from tests.evidence.reports import (
    EXECUTED,
    NAMES,
    NAMING,
    PAGE,
    SAVED,
    TEXTS,
    TRY,
    claim,
    from_the_web,
    placed,
    report,
)
from tests.evidence.test_sources import HARMFUL

GOOD = report(claim(EXECUTED), claim(SAVED), claim(EXECUTED, NAMES))


def problems(checked: Report, texts: dict[str, str] = TEXTS) -> tuple[str, ...]:
    return check(checked, texts.get).problems


def changed(quote: Quote, **values: object) -> Quote:
    return quote.model_copy(update=values)


def test_a_good_report_stands() -> None:
    checked = check(GOOD, TEXTS.get)
    assert (checked.claims, checked.quotes, checked.problems) == (3, 4, ())


def test_a_report_that_answers_nothing_stands() -> None:
    assert check(report(answered=False), TEXTS.get).model_dump() == {"quotes": 0, "claims": 0, "problems": ()}


def test_every_snapshot_is_asked_for_once() -> None:
    asked: list[str] = []

    def text_of(snapshot: str) -> str | None:
        asked.append(snapshot)
        return TEXTS[snapshot]

    check(GOOD, text_of)
    assert asked == [TRY, NAMING]


def test_a_missing_snapshot() -> None:
    assert problems(GOOD, {TRY: TEXTS[TRY]}) == (f"The snapshot {NAMING[:12]}… of deep/naming.txt is missing.",)


@pytest.mark.parametrize("seed", range(50))
def test_any_changed_character_of_a_snapshot_is_found(seed: int) -> None:
    rng = random.Random(seed)
    at = rng.randrange(len(TEXTS[TRY]))
    other = rng.choice([chr(ord(TEXTS[TRY][at]) ^ 1 << rng.randrange(7)), "", "\r\n", "\udc80"])
    text = TEXTS[TRY][:at] + other + TEXTS[TRY][at + 1 :]
    found = problems(GOOD, TEXTS | {TRY: text})
    assert found[0] == f"The snapshot {TRY[:12]}… of try.txt was changed: its SHA-256 is not its name."


@pytest.mark.parametrize("seed", range(50))
def test_any_changed_offset_or_character_of_a_quote_is_found(seed: int) -> None:
    rng = random.Random(seed)
    at = rng.randrange(len(EXECUTED.text))
    step = rng.choice([-1, 1]) * rng.randint(1, len(TEXTS[TRY]) * 2)
    for quote in (
        changed(EXECUTED, start=EXECUTED.start + step),
        changed(EXECUTED, end=EXECUTED.end + step),
        changed(EXECUTED, text=EXECUTED.text[:at] + "\u2007" + EXECUTED.text[at + 1 :]),
        changed(EXECUTED, snapshot=NAMING),
    ):
        found = problems(report(claim(SAVED, NAMES), claim(quote, text=quote.text)))
        assert len(found) == 1
        assert found[0].startswith("Section 1 (The finally clause), claim 2, quote 1: characters ")
        assert quote.snapshot[:12] in found[0]


def test_offsets_are_not_counted_from_the_end() -> None:
    length = len(TEXTS[TRY])
    from_behind = changed(EXECUTED, start=EXECUTED.start - length, end=EXECUTED.end - length)
    assert TEXTS[TRY][from_behind.start : from_behind.end] == EXECUTED.text
    assert "are not a span" in problems(report(claim(from_behind)))[0]
    assert "are not a span" in problems(report(claim(changed(EXECUTED, end=EXECUTED.start, text=""))))[0]


def test_a_quote_from_nowhere() -> None:
    made_up = Quote(snapshot="0" * 64, start=0, end=3, text="The")
    assert problems(report(claim(EXECUTED), claim(made_up))) == (
        "The snapshot 000000000000… is missing.",
        "Section 1 (The finally clause), claim 2, quote 1: "
        "the snapshot 000000000000… is not among the report's sources.",
    )
    unlisted = report(claim(EXECUTED), claim(NAMES)).model_copy(update={"sources": report(claim(EXECUTED)).sources})
    assert ["is not among the report's sources" in line for line in problems(unlisted)] == [True]


def test_a_claim_without_a_quote() -> None:
    bare = Claim(text="Trust me.", verdict=Verdict.SUPPORTED, quotes=())
    assert problems(report(claim(EXECUTED), bare)) == (
        "Section 1 (The finally clause), claim 2: it has no quote: Trust me.",
    )


@pytest.mark.parametrize("verdict", Verdict)
def test_an_extractive_sentence_is_its_quotes(verdict: Verdict) -> None:
    for text in (f"{EXECUTED.text} Always.", EXECUTED.text.replace("is", "was"), EXECUTED.text.lower(), "", NAMES.text):
        found = problems(report(claim(EXECUTED, text=text, verdict=verdict)))
        assert [": it does not consist of its quotes" in line for line in found] == [True]
        assert problems(report(claim(EXECUTED, text=text, verdict=verdict), mode="model: some")) == ()
    twice = Quote(
        snapshot=TRY, start=TEXTS[TRY].index('"except"'), end=TEXTS[TRY].index('"except"') + 8, text='"except"'
    )
    again = changed(twice, start=TEXTS[TRY].rindex('"except"'), end=TEXTS[TRY].rindex('"except"') + 8)
    for quotes, text in (
        ((EXECUTED, NAMES), f"{EXECUTED.text}\n\n {NAMES.text} "),
        ((SAVED,), SAVED.text.replace("\n", "   ")),
        ((twice, again), '"except"'),
    ):
        assert problems(report(claim(*quotes, text=text, verdict=verdict))) == ()
    assert problems(report(claim(EXECUTED, NAMES, text=EXECUTED.text))) != (), "a quote of something else beside it"


def test_answered_or_not() -> None:
    assert problems(report()) == ("The report says that the question is answered, but it makes no claim.",)
    assert problems(report(claim(EXECUTED), answered=False)) == (
        "The report says that the question is not answered, but it makes claims (1).",
    )


def test_a_page_of_the_web_is_checked_as_a_document_is() -> None:
    told = from_the_web()
    assert check(told, TEXTS.get).model_dump() == {"quotes": 5, "claims": 4, "problems": ()}
    assert problems(told, {TRY: TEXTS[TRY]}) == (f"The snapshot {NAMING[:12]}… of {PAGE} is missing.",)
    assert "was changed" in problems(told, TEXTS | {NAMING: TEXTS[NAMING] + "!"})[0]


def with_page(**values: object) -> Report:
    told = from_the_web()
    return told.model_copy(update={"sources": (told.sources[0], told.sources[1].model_copy(update=values))})


@pytest.mark.parametrize("address", HARMFUL)
def test_what_was_fetched_has_an_address_of_the_web(address: str) -> None:
    [problem] = problems(with_page(uri=address))
    assert problem.startswith("The source ")
    assert problem.endswith(" has a fetch date, but it is no http or https address.")
    assert problem.isprintable()
    found = problems(with_page(final_url=address))
    assert [problem.endswith("that was not fetched.") for problem in found] == ([True] if address else [])


def test_redirects_are_of_what_was_fetched() -> None:
    assert ["cannot end at" in each for each in problems(with_page(fetched=None))] == [True]
    assert problems(with_page(fetched=None, final_url="")) == ()
    assert problems(with_page(final_url="")) == ()


def test_a_dispute_has_two_sides_and_is_an_answer() -> None:
    [section] = from_the_web().sections

    def disputed(*sides: Claim) -> Report:
        dispute = Dispute(claims=sides)
        return placed(
            from_the_web().model_copy(
                update={"sections": (section.model_copy(update={"claims": (), "disputes": (dispute,)}),)}
            )
        )

    assert problems(disputed(claim(EXECUTED), claim(NAMES))) == ()
    one_sided = ("Section 1 (The finally clause) has a dispute without two sides.",)
    assert problems(disputed(claim(NAMES))) == one_sided
    assert problems(disputed(claim(NAMES), claim(NAMES, text=f" {NAMES.text}\n"))) == one_sided
    told = disputed(claim(EXECUTED), claim(NAMES)).model_copy(update={"answered": False})
    assert problems(told) == ("The report says that the question is not answered, but it makes claims (1).",)


def test_a_side_is_checked_as_a_claim_is() -> None:
    [section] = from_the_web().sections
    wrong = Dispute(claims=(claim(EXECUTED), claim(changed(NAMES, start=NAMES.start + 1))))
    told = from_the_web().model_copy(update={"sections": (section.model_copy(update={"disputes": (wrong,)}),)})
    assert ["claim 4, quote 1: characters" in each for each in problems(placed(told))] == [True]


def test_citations_are_the_quotes_in_their_order() -> None:
    cited = placed(GOOD)
    assert problems(cited) == ()
    first, second, third = cited.citations
    for wrong in ((second, first, third), (first, second), (first, second, third.model_copy(update={"end": 9}))):
        found = problems(cited.model_copy(update={"citations": wrong}))
        assert found == (f"The report's citations ({len(wrong)}) are not its quotes (3) in the same order.",)


def test_problems_are_one_line_and_harmless_on_a_terminal() -> None:
    evil = "a\x1b[31m\nb\r\u202ec" + "x" * 1000
    bad = report(Claim(text=evil, quotes=(changed(EXECUTED, text=evil, snapshot=evil),)), answered=False)
    bad = bad.model_copy(update={"sections": (bad.sections[0].model_copy(update={"heading": evil}),)})
    found = problems(bad)
    assert len(found) == 3
    assert all(line.isprintable() and len(line) < 300 for line in found)


def test_a_report_is_read_as_it_was_written() -> None:
    content = GOOD.model_dump_json(indent=2)
    assert read_report(content) == read_report(content.encode()) == GOOD
    assert json.loads(content)["schema"] == 2


def test_reports_from_before_models_and_the_web_are_read() -> None:
    raw = json.loads(GOOD.model_dump_json())
    for name in ("phases", "budget", "citations"):
        del raw[name]
    raw["usage"] = {"calls": 0, "tokens": 0, "usd": 0.0}
    for name in ("pages", "engines", "unreached", "limited"):
        del raw["coverage"][name]
    for source in raw["sources"]:
        del source["fetched"], source["final_url"]
    for section in raw["sections"]:
        del section["disputes"]
    assert read_report(json.dumps(raw)) == GOOD


def test_a_day_is_read_as_it_was_written() -> None:
    told = from_the_web()
    assert read_report(told.model_dump_json(indent=2)) == told


def without(key: str) -> str:
    return json.dumps({name: value for name, value in json.loads(GOOD.model_dump_json()).items() if name != key})


def with_(**values: object) -> str:
    return json.dumps(json.loads(GOOD.model_dump_json()) | values)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("\ud800", "not JSON"),
        (GOOD.model_dump_json()[:-1], "not JSON"),
        ('{"schema": NaN}', "not JSON"),
        ("null", "not an object with a"),
        ("[]", "not an object with a"),
        ("{}", "not an object with a"),
        (without("schema"), "not an object with a"),
        (with_(schema=3), "schema 3, which is newer than this Outlast reads (2): use a newer Outlast"),
        (with_(schema=0), "not a number from 1"),
        (with_(schema="1"), "not a number from 1"),
        (with_(schema=True), "not a number from 1"),
        (with_(schema=1.5), "not a number from 1"),
        (with_(extra="x"), "extra is an unknown field"),
        (with_(format=1), "format is an unknown field"),
        (without("question"), "question: Field required"),
        (with_(answered="yes"), "answered: Input should be a valid boolean"),
        (with_(sections={}), "sections: Input should be a valid"),
        (with_(sections=[{"heading": "x", "claims": [], "more": 1}]), "sections.0.more is an unknown field"),
        (with_(**{"a\n\x1b" * 100: 1}), "is an unknown field"),
        ('{"schema": 1}', "question: Field required (and 7 more)"),
    ],
)
def test_what_is_not_a_report_is_refused_in_one_line(content: str | bytes, said: str) -> None:
    with pytest.raises(Permanent) as caught:
        read_report(content)
    message = str(caught.value)
    assert said in message
    assert message.isprintable()
    assert len(message) < 300


@pytest.mark.parametrize("field", ["start", "end"])
@pytest.mark.parametrize("value", [True, "7", 7.5, None])
def test_numbers_are_numbers(field: str, value: object) -> None:
    raw = json.loads(GOOD.model_dump_json())
    raw["sections"][0]["claims"][0]["quotes"][0][field] = value
    with pytest.raises(Permanent, match=f"quotes.0.{field}: Input should be a valid integer"):
        read_report(json.dumps(raw))
