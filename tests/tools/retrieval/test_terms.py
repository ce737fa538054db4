import contextlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from obstore.store import ObjectStore

from outlast.evidence.sources import Collection, Source, Term, sha256
from outlast.tools.retrieval.fts_query import MAX_QUERY_CHARACTERS, MAX_QUERY_WORDS
from outlast.tools.retrieval.passage_index import INDEX_VERSION, build_index, open_index
from outlast.tools.retrieval.terms import MIN_CORRECTED_CHARACTERS, ParsedQuery, merge_terms, parse_query
from outlast.tools.retrieval.thesaurus.synonyms import Thesaurus
from outlast.tools.store.snapshots import Snapshots

TEXTS = (
    "The keeper paints the railing in a bright colour each spring.",
    "The keepers organise the lamp oil in cans; one keeper carries it.",
    "A gray beacon on the pier warns ships off the rocks. It does not run out of gas.",
    "The harbour keepsake is sold on the grey quay.",
)
GROUPS = (("lighthouse", "beacon", "pharos"), ("lamp", "light", "beacon"), ("exhaust", "run out"), ("jetty", "pier"))


@pytest.fixture
async def index(store: ObjectStore, cache: Path) -> AsyncIterator[sqlite3.Connection]:
    snapshots = Snapshots(store)
    for text in TEXTS:
        await snapshots.put(text)
    collection = Collection(sources=tuple(source(number, text) for number, text in enumerate(TEXTS)))
    file = cache / f"{collection.id}-{INDEX_VERSION}.db"
    await build_index(collection.id, collection, snapshots, file)
    index, size = open_index(file)
    assert size == len(TEXTS)
    with contextlib.closing(index):
        yield index


def source(number: int, text: str) -> Source:
    return Source(
        uri=f"{number}.txt",
        title=f"{number}",
        media_type="text/plain",
        snapshot=sha256(text),
        bytes_sha256=sha256(text),
        extractor="plain/1",
    )


def asked(index: sqlite3.Connection, text: str, groups: Sequence[Sequence[str]] = ()) -> ParsedQuery:
    return parse_query(text, index, Thesaurus(groups))


def found(index: sqlite3.Connection, expression: str) -> list[str]:
    rows = index.execute("SELECT text FROM passages WHERE passages MATCH ? ORDER BY title", (expression,))
    return [text for [text] in rows]


def test_each_word_that_says_something_is_a_term_with_its_frequency(index: sqlite3.Connection) -> None:
    query = asked(index, "What does the keeper do with zeppelins, keepers and gas?")
    assert [(term.word, term.frequency) for term in query.terms] == [
        ("keeper", 2),
        ("zeppelins", 0),
        ("keepers", 2),
        ("gas", 1),
    ]
    assert found(index, query.words) == [TEXTS[0], TEXTS[1], TEXTS[2]]
    assert query.synonyms == ""


def test_nothing_asked_is_nothing_to_search(index: sqlite3.Connection) -> None:
    assert asked(index, " ?! ", GROUPS) == ParsedQuery([], "", "")


@pytest.mark.parametrize(
    ("typed", "written", "text"),
    [("color", "colour", 0), ("organize", "organise", 1), ("harbor", "harbour", 3), ("ORGANIZING", "organising", 1)],
)
def test_a_word_is_found_in_the_spelling_of_the_collection(
    index: sqlite3.Connection, typed: str, written: str, text: int
) -> None:
    query = asked(index, typed)
    assert query.terms == [Term(word=typed.casefold(), frequency=1, spellings=(written,))]
    assert found(index, query.words) == [TEXTS[text]]


def test_spellings_that_the_collection_does_not_have_are_dropped(index: sqlite3.Connection) -> None:
    assert asked(index, "colour").terms == [Term(word="colour", frequency=1)]
    assert asked(index, "analyze").terms == [Term(word="analyze", frequency=0)]


def test_a_word_in_both_spellings_is_found_in_both(index: sqlite3.Connection) -> None:
    query = asked(index, "grey")
    assert query.terms == [Term(word="grey", frequency=2, spellings=("gray",))]
    assert found(index, query.words) == [TEXTS[2], TEXTS[3]]


@pytest.mark.parametrize("slip", ["beakon", "baecon", "becon", "bweacon"])
def test_a_slip_of_the_pen_is_mended(index: sqlite3.Connection, slip: str) -> None:
    query = asked(index, f"Which {slip}?")
    assert query.terms == [Term(word=slip, frequency=1, spellings=("beacon",))]
    assert found(index, query.words) == [TEXTS[2]]


def test_a_slip_is_mended_to_a_word_in_the_form_that_was_meant(index: sqlite3.Connection) -> None:
    query = asked(index, "carriez")  # the index has the stem of `carries`, which is not one edit away
    assert query.terms == [Term(word="carriez", frequency=1, spellings=("carries",))]
    assert found(index, query.words) == [TEXTS[1]]


@pytest.mark.parametrize("name", ["Beakon", "BEAKON", "BeaKon"])
def test_a_name_is_never_mended(index: sqlite3.Connection, name: str) -> None:
    query = asked(index, f"Who is {name}?")
    assert query.terms == [Term(word="beakon", frequency=0)]
    assert found(index, query.words) == []


def test_a_word_that_the_collection_has_is_not_mended(index: sqlite3.Connection) -> None:
    assert asked(index, "keepsake keepers").terms == [
        Term(word="keepsake", frequency=1),
        Term(word="keepers", frequency=2),
    ]


def test_a_short_word_is_not_mended(index: sqlite3.Connection) -> None:
    assert len("lamb") < MIN_CORRECTED_CHARACTERS
    assert asked(index, "lamb").terms == [Term(word="lamb", frequency=0)]


def test_of_two_words_that_may_be_meant_the_more_common_one_is() -> None:
    index = sqlite3.connect(":memory:")
    with contextlib.closing(index):
        index.execute("CREATE VIRTUAL TABLE passages USING fts5(text, tokenize = 'porter unicode61')")
        index.execute("CREATE TABLE languages AS SELECT '' AS language")
        index.execute("CREATE VIRTUAL TABLE vocabulary USING fts5vocab(passages, row)")
        index.executemany("INSERT INTO passages VALUES (?)", [("tower",), ("tower",), ("power",), ("zower",)])
        assert asked(index, "gower").terms == [Term(word="gower", frequency=2, spellings=("tower",))]


def test_synonyms_are_those_that_the_collection_has(index: sqlite3.Connection) -> None:
    query = asked(index, "Where is the lighthouse lamp?", GROUPS)
    assert query.terms == [
        Term(word="lighthouse", frequency=0, synonyms=("beacon",), synonyms_frequency=1),
        Term(word="lamp", frequency=1, synonyms=("beacon",)),
    ]
    assert found(index, query.words) == [TEXTS[1]]
    assert found(index, query.synonyms) == [TEXTS[2]]


def test_passages_with_synonyms_are_counted_only_where_none_has_the_word(index: sqlite3.Connection) -> None:
    groups = [("zeppelin", "keeper", "beacon"), ("lamp", "keeper")]
    query = asked(index, "zeppelin lamp", groups)
    assert [(term.frequency, term.synonyms_frequency) for term in query.terms] == [(0, 3), (1, 0)]


def test_a_synonym_of_several_words_is_a_phrase(index: sqlite3.Connection) -> None:
    assert asked(index, "exhausted", GROUPS).terms[0].synonyms == ("run out",)
    assert asked(index, "exhausted", [("exhaust", "out run")]).terms[0].synonyms == ()


def test_a_phrase_of_the_query_has_synonyms_of_its_own(index: sqlite3.Connection) -> None:
    query = asked(index, "What if we run out?", [("run out", "gas"), ("run", "keeper")])
    assert query.terms == [Term(word="run", frequency=1, synonyms=("gas",))]


def test_a_synonym_of_two_words_is_searched_once(index: sqlite3.Connection) -> None:
    query = asked(index, "lighthouse lamp", GROUPS)
    assert query.synonyms == '"beacon"'


def test_what_is_pasted_beyond_the_bounds_is_not_read(index: sqlite3.Connection) -> None:
    query = asked(index, f"{'x' * MAX_QUERY_CHARACTERS} lamp", GROUPS)
    assert [term.word for term in query.terms] == ["x" * MAX_QUERY_CHARACTERS]
    assert query.synonyms == ""
    beyond = asked(index, f"run {'. ' * MAX_QUERY_CHARACTERS} run out", [("run out", "gas")])
    assert beyond.terms == [Term(word="run", frequency=1)]
    many = asked(index, " ".join(f"word{number}" for number in range(MAX_QUERY_WORDS + 1)))
    assert len(many.terms) == MAX_QUERY_WORDS


def test_merged_terms_are_each_word_once_in_the_order_asked() -> None:
    def query(*terms: Term) -> ParsedQuery:
        return ParsedQuery(terms, "", "")

    oil, lamp, dusk = (Term(word=word, frequency=number) for number, word in enumerate(("oil", "lamp", "dusk")))
    assert merge_terms([query(oil, lamp), query(lamp, dusk, oil)]) == (oil, lamp, dusk)
    assert merge_terms([query(dusk), query(oil, dusk)]) == (dusk, oil)
    assert merge_terms([]) == ()
    mended = Term(word="oil", frequency=9, spellings=("soil",))
    assert merge_terms([query(oil), query(mended)]) == (oil,)
