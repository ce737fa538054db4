"""How alike a question and sentences are; the vectors of sentences are kept in a file, so that each is made once.

The file is a cache: if it is damaged it is made anew, and if it cannot be written nothing is kept. Several processes
may use it at once.
"""

import hashlib
import logging
import sqlite3
import threading
import zlib
from collections.abc import Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from outlast.tools.retrieval.encoder.encoder import MODEL_VERSION, WIDTH, Encoder

if TYPE_CHECKING:
    from outlast.tools.retrieval.encoder.encoder import Vectors

log = logging.getLogger(__name__)

MAX_STORED = 400_000  # 300 MB
BYTES_PER_VECTOR = 2 * WIDTH
BUSY_SECONDS = 5.0
NUMBERS_PER_QUERY = 500
SCHEMA_SQL = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS vectors (
        number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL, checksum INTEGER NOT NULL
    );
"""


class SentenceVectors:
    """Compares a question with sentences. Any thread may use it."""

    def __init__(self, encoder: Encoder, cache: Path) -> None:
        self._encoder = encoder
        self._file = cache / "vectors" / f"{MODEL_VERSION}.db"
        self._lock = threading.Lock()
        self._is_usable = True
        self._question_vector = lru_cache(maxsize=256)(self._encode_question)

    def cosines(self, question: str, sentences: Sequence[str]) -> list[float]:
        """Return how alike the question and each sentence are: -1 to 1, in practice from about 0 to 0.9.

        Raises NeedsOperator if the encoder cannot be loaded.
        """
        if not sentences:
            return []
        products = self.vectors(sentences) @ self._question_vector(question)[0]
        return [round(float(product), 3) for product in products]

    def _encode_question(self, question: str) -> "Vectors":
        return rounded(self._encoder.encode([question]))

    def vectors(self, sentences: Sequence[str]) -> "Vectors":
        """Return the vectors of sentences. They are the same whether they were stored or not."""
        import numpy as np  # noqa: PLC0415 - it takes 0.1 s, and only the encoder needs it

        keys = [key_of(sentence) for sentence in sentences]
        stored = self._load(keys)
        missing = {key: text for key, text in zip(keys, sentences, strict=True) if key not in stored}
        if missing:
            made = rounded(self._encoder.encode(list(missing.values())))
            new = {key: row.astype(np.float16).tobytes() for key, row in zip(missing, made, strict=True)}
            self._store(new)
            stored |= new
        rows = np.frombuffer(b"".join(stored[key] for key in keys), np.float16)
        return rows.reshape(len(keys), WIDTH).astype(np.float32)

    def _load(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the stored vectors; those that were damaged are left out."""
        with self._lock:
            if not (self._is_usable and self._file.exists()):
                return {}
            try:
                return self._read(list(dict.fromkeys(keys)))
            except sqlite3.DatabaseError as error:
                self._recover(error)
                return {}

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        with closing(self._connect()) as connection:
            for start in range(0, len(keys), NUMBERS_PER_QUERY):
                part = keys[start : start + NUMBERS_PER_QUERY]
                marks = ",".join("?" * len(part))
                rows = connection.execute(f"SELECT key, vector, checksum FROM vectors WHERE key IN ({marks})", part)  # noqa: S608 - only question marks
                found.update((key, vector) for key, vector, checksum in rows if is_intact(vector, checksum))
        return found

    def _store(self, new: dict[bytes, bytes]) -> None:
        with self._lock:
            if not self._is_usable:
                return
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with closing(self._connect()) as connection, connection:
                    connection.executemany(
                        "INSERT OR REPLACE INTO vectors (key, vector, checksum) VALUES (?, ?, ?)",
                        [(key, vector, zlib.crc32(vector)) for key, vector in new.items()],
                    )
                    # The numbers ascend, so the oldest vectors go.
                    connection.execute(
                        "DELETE FROM vectors WHERE number <= (SELECT max(number) FROM vectors) - ?", [MAX_STORED]
                    )
            except sqlite3.DatabaseError as error:
                self._recover(error)
            except OSError as error:
                self._give_up(error)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._file, timeout=BUSY_SECONDS)
        try:
            connection.executescript(SCHEMA_SQL)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _recover(self, error: sqlite3.DatabaseError) -> None:
        """Delete a damaged file. If it is only locked for long, or its disk is full, keep no more vectors."""
        if isinstance(error, sqlite3.OperationalError):
            self._give_up(error)
            return
        log.warning("The vectors in %s are damaged (%s), so they are made anew.", self._file, error)
        for suffix in ("", "-wal", "-shm"):
            self._file.with_name(f"{self._file.name}{suffix}").unlink(missing_ok=True)

    def _give_up(self, error: Exception) -> None:
        log.warning("The vectors of sentences are not kept in %s: %s. Later questions take longer.", self._file, error)
        self._is_usable = False


def is_intact(vector: bytes, checksum: int) -> bool:
    return len(vector) == BYTES_PER_VECTOR and zlib.crc32(vector) == checksum


def key_of(sentence: str) -> bytes:
    return hashlib.blake2b(sentence.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def rounded(vectors: "Vectors") -> "Vectors":
    """Return the vectors as they would come out of the file: a stored one must not differ from a new one."""
    import numpy as np  # noqa: PLC0415 - see above

    return vectors.astype(np.float16).astype(np.float32)
