"""The file of vectors: a cache that may be damaged, full, unwritable and shared, and that changes no result."""

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from outlast.tools.retrieval.encoder import sentence_vectors
from outlast.tools.retrieval.encoder.encoder import WIDTH, Encoder
from outlast.tools.retrieval.encoder.sentence_vectors import SentenceVectors, key_of

SENTENCES = [f"The keeper lights lamp {number}." for number in range(30)]


class CountedEncoder(Encoder):
    """Gives each text a vector by chance, and counts the texts."""

    def __init__(self) -> None:
        super().__init__(Path())
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        made = np.array([np.random.default_rng(list(key_of(text))).normal(size=WIDTH) for text in texts], np.float32)
        return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.fixture
def encoder() -> CountedEncoder:
    return CountedEncoder()


def file_in(cache: Path) -> Path:
    [file] = (cache / "vectors").glob("*.db")
    return file


def test_each_sentence_is_encoded_once(encoder: CountedEncoder, tmp_path: Path) -> None:
    first = SentenceVectors(encoder, tmp_path).vectors(SENTENCES)
    again = SentenceVectors(encoder, tmp_path).vectors([*SENTENCES[::-1], "One more.", SENTENCES[0]])
    assert sorted(encoder.encoded) == sorted([*SENTENCES, "One more."])
    assert (again[:30][::-1] == first).all()
    assert (again[-1] == first[0]).all()


def test_cosines_are_those_of_the_question(encoder: CountedEncoder, tmp_path: Path) -> None:
    vectors = SentenceVectors(encoder, tmp_path)
    cosines = vectors.cosines(SENTENCES[3], SENTENCES)
    assert cosines[3] == pytest.approx(1.0, abs=0.002)
    assert max(abs(cosine) for number, cosine in enumerate(cosines) if number != 3) < 0.3
    assert vectors.cosines(SENTENCES[3], []) == []
    assert encoder.encoded.count(SENTENCES[3]) == 2  # as a sentence, and once as the question


@pytest.mark.parametrize("content", [b"no database", b"SQLite format 3\x00" + b"\xff" * 5000, b""])
def test_a_damaged_file_is_made_anew(
    encoder: CountedEncoder, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    first = SentenceVectors(encoder, tmp_path).vectors(SENTENCES)
    file_in(tmp_path).write_bytes(content)
    damaged = SentenceVectors(encoder, tmp_path)
    assert (damaged.vectors(SENTENCES) == first).all()
    assert len(encoder.encoded) == 60
    assert (SentenceVectors(encoder, tmp_path).vectors(SENTENCES) == first).all()
    assert len(encoder.encoded) == 60
    assert bool(content) == ("damaged" in caplog.text)


def test_a_damaged_vector_is_made_anew(encoder: CountedEncoder, tmp_path: Path) -> None:
    first = SentenceVectors(encoder, tmp_path).vectors(SENTENCES)
    with sqlite3.connect(file_in(tmp_path)) as connection:
        connection.execute("UPDATE vectors SET vector = zeroblob(768) WHERE number = 5")
        connection.execute("UPDATE vectors SET vector = x'00' WHERE number = 6")
    connection.close()
    assert (SentenceVectors(encoder, tmp_path).vectors(SENTENCES) == first).all()
    assert len(encoder.encoded) == 32


def test_where_nothing_can_be_written_nothing_is_kept(
    encoder: CountedEncoder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "vectors").write_text("a file where the folder should be")
    vectors = SentenceVectors(encoder, tmp_path)
    assert (vectors.vectors(SENTENCES) == vectors.vectors(SENTENCES)).all()
    assert len(encoder.encoded) == 60
    assert caplog.text.count("are not kept") == 1


def test_a_file_locked_by_another_process_delays_a_question_once(
    encoder: CountedEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sentence_vectors, "BUSY_SECONDS", 0.05)
    SentenceVectors(encoder, tmp_path).vectors(SENTENCES[:1])
    other = sqlite3.connect(file_in(tmp_path), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    vectors = SentenceVectors(encoder, tmp_path)
    vectors.vectors(SENTENCES)
    assert "database is locked" in caplog.text
    assert vectors.vectors(SENTENCES).shape == (30, WIDTH)
    assert caplog.text.count("are not kept") == 1
    other.close()


def test_the_oldest_vectors_go_when_there_are_too_many(
    encoder: CountedEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentence_vectors, "MAX_STORED", 10)
    vectors = SentenceVectors(encoder, tmp_path)
    vectors.vectors(SENTENCES)
    encoder.encoded.clear()
    vectors.vectors(SENTENCES[20:])
    assert encoder.encoded == []
    vectors.vectors(SENTENCES[:1])
    assert encoder.encoded == SENTENCES[:1]


def test_several_processes_may_use_the_file(encoder: CountedEncoder, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.tools.retrieval.test_sentence_vectors import *;"
        "vectors = SentenceVectors(CountedEncoder(), Path(sys.argv[1]));"
        "[vectors.vectors([f'{number} {each}' for each in range(20)]) for number in range(25)]"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE) for _ in range(3)]
    for process in started:
        _, errors = process.communicate()
        assert (process.returncode, errors) == (0, b"")
    with sqlite3.connect(file_in(tmp_path)) as connection:
        assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (500,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
