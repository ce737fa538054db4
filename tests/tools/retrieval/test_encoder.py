"""The encoder at run time, with weights by chance. That the real weights give the right vectors, each build checks."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from outlast.evidence.errors import NeedsOperator
from outlast.tools.retrieval.encoder.encoder import GRAPH_FILE, VOCABULARY_FILE, WIDTH, Encoder, is_built, open_encoder
from outlast.tools.retrieval.encoder.wordpiece import MAX_PIECES, WordPiece, split_words
from tests.tools.retrieval.made_encoder import VOCABULARY, make_encoder

TEXTS = ["The keeper lights the lamp at dusk.", "Lamps", "", "The oil is in cans: the keeper, the ferry. " * 9]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_encoder(tmp_path_factory.mktemp("encoder"))


def test_vectors_have_the_length_1_and_tell_texts_apart(folder: Path) -> None:
    vectors = Encoder(folder).encode(TEXTS)
    assert vectors.shape == (len(TEXTS), WIDTH)
    assert np.allclose((vectors**2).sum(axis=1), 1, atol=1e-5)
    assert (vectors @ vectors.T + np.eye(len(TEXTS)) * -1).max() < 0.99


def test_a_vector_depends_on_its_text_alone(folder: Path) -> None:
    encoder = Encoder(folder)
    together = encoder.encode(TEXTS)
    for number, text in enumerate(TEXTS):
        assert (encoder.encode([text])[0] == together[number]).all()
    with ThreadPoolExecutor(8) as threads:
        for again in threads.map(lambda _: encoder.encode(TEXTS[::-1]), range(8)):
            assert (again[::-1] == together).all()


def test_another_process_gets_the_same_vectors(folder: Path) -> None:
    code = (
        "import json, sys; from pathlib import Path; from outlast.tools.retrieval.encoder.encoder import Encoder;"
        "print(json.dumps(Encoder(Path(sys.argv[1])).encode(sys.argv[2:]).tolist()))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder), *TEXTS], capture_output=True, check=True)
    assert json.loads(done.stdout) == Encoder(folder).encode(TEXTS).tolist()


def test_no_texts_have_no_vectors(folder: Path) -> None:
    assert Encoder(folder).encode([]).shape == (0, WIDTH)


def test_the_same_weights_give_the_same_file(folder: Path, tmp_path: Path) -> None:
    again = make_encoder(tmp_path / "again")
    assert (again / GRAPH_FILE).read_bytes() == (folder / GRAPH_FILE).read_bytes()


def test_the_model_is_loaded_with_the_first_text(tmp_path: Path) -> None:
    encoder = Encoder(tmp_path)  # nothing is there
    with pytest.raises(NeedsOperator, match=r"cannot be loaded: .*build it again: outlast encoder"):
        encoder.encode(["lamp"])


@pytest.mark.parametrize("damaged", [GRAPH_FILE, VOCABULARY_FILE])
def test_a_damaged_model_says_how_to_build_it_again(folder: Path, tmp_path: Path, damaged: str) -> None:
    for name in (GRAPH_FILE, VOCABULARY_FILE):
        content = (folder / name).read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) // 9] if name == damaged else content)
    (tmp_path / VOCABULARY_FILE).write_text("lamp") if damaged == VOCABULARY_FILE else None
    with pytest.raises(NeedsOperator, match="outlast encoder"):
        Encoder(tmp_path).encode(["lamp"])


def test_without_a_model_or_its_library_there_is_no_encoder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_encoder(folder) is open_encoder(folder)
    assert not is_built(tmp_path)
    assert open_encoder(tmp_path) is None
    monkeypatch.setattr("outlast.tools.retrieval.encoder.encoder.LIBRARY", "no_such_package")
    open_encoder.cache_clear()
    assert open_encoder(folder) is None
    open_encoder.cache_clear()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't re-do a_b!", ["don", "'", "t", "re", "-", "do", "a", "_", "b", "!"]),
        ("Café ÅNGSTRÖM é", ["cafe", "angstrom", "e"]),
        ("日本 x", ["日", "本", "x"]),
        ("one\x00two\u200bthree\u00a0four\u3000five", ["onetwothree", "four", "five"]),
        ("“2.40 €”", ["“", "2", ".", "40", "€", "”"]),
        (" \n\t ", []),
    ],
)
def test_words_are_what_the_model_was_trained_with(text: str, words: list[str]) -> None:
    assert list(split_words(text)) == words


def test_words_are_cut_into_the_longest_pieces() -> None:
    pieces = WordPiece(VOCABULARY)

    def cut(text: str) -> list[str]:
        return [VOCABULARY[number] for number in pieces.numbers(text)]

    assert cut("The lamps, aboard: lighthouse") == "[CLS] the lamp ##s , a ##board : [UNK] [SEP]".split()
    assert cut("") == ["[CLS]", "[SEP]"]
    assert cut("[SEP] lamp") == "[CLS] [UNK] [UNK] [UNK] lamp [SEP]".split()
    assert cut("a" * 101) == "[CLS] [UNK] [SEP]".split()


def test_a_long_text_is_cut_off_at_once() -> None:
    pieces = WordPiece(VOCABULARY)
    assert len(pieces.numbers("lamp " * 1_000_000)) == MAX_PIECES
    assert len(pieces.numbers("." * 1_000_000)) == MAX_PIECES
