"""The index file: passages in an SQLite FTS5 table. It is built under a temporary name and renamed when complete.

FTS5 is given the terms of a passage, as `outlast.evidence.words.index_terms` makes them in the document's language, and
not its text, which is in the table `texts`: so a query and a text are cut into words and stemmed by the same code.

Several processes may build the same index at once: they build equal files, and the last one replaces the others.
Processes that have the old file open keep using it.
"""

import asyncio
import contextlib
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from outlast.evidence.sources import Collection, Lead, Passage, Source, file_name_words
from outlast.evidence.words import index_terms
from outlast.tools.retrieval.chunking import passages_of
from outlast.tools.store.snapshots import Snapshots

INDEX_VERSION = 8
"""Increase it with any change of the tables, of the tokenizer, or of chunking."""

MAX_KEPT_NAMES = 100  # of one document, with their terms
SNAPSHOTS_PER_BATCH = 32  # their texts are in memory together

SCHEMA_SQL = """
    PRAGMA journal_mode = OFF;  -- an unfinished file is deleted, so no rollback is needed
    PRAGMA synchronous = OFF;
    CREATE TABLE meta (version INTEGER NOT NULL, collection TEXT NOT NULL, size INTEGER NOT NULL);
    CREATE TABLE languages (language TEXT PRIMARY KEY);  -- those of the documents; "" for those not recognized
    CREATE TABLE texts (
        id INTEGER PRIMARY KEY, named, heading, text, title, uri, snapshot, start, stop, language, leads
    );
    CREATE VIRTUAL TABLE passages USING fts5(
        named, heading, text, title UNINDEXED, uri UNINDEXED, snapshot UNINDEXED, start UNINDEXED, stop UNINDEXED,
        language UNINDEXED, leads UNINDEXED, content = 'texts', content_rowid = 'id',
        tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co'"  -- splits terms at spaces, no more
    );
    CREATE VIRTUAL TABLE vocabulary USING fts5vocab(passages, row);
"""
INSERT_TEXT_SQL = """
    INSERT INTO texts (id, named, heading, text, title, uri, snapshot, start, stop, language, leads)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
INSERT_TERMS_SQL = "INSERT INTO passages (rowid, named, heading, text) VALUES (?, ?, ?, ?)"


class DamagedIndexError(Exception):
    """Raised if the file is damaged, or is the index of another collection."""


async def build_index(collection_id: str, collection: Collection, snapshots: Snapshots, file: Path) -> None:
    """Write the index of `collection` to `file`. Each snapshot is indexed once, under its first source's title.

    `collection_id` is the id under which the manifest is stored. If an earlier version with fewer fields wrote the
    manifest, `collection.id` would differ. Raises NeedsOperator if a snapshot is missing or damaged, OSError and
    sqlite3.OperationalError if the file cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary_file = await asyncio.to_thread(_new_file, file)
    try:
        with contextlib.closing(sqlite3.connect(temporary_file, check_same_thread=False)) as index:
            await asyncio.to_thread(index.executescript, SCHEMA_SQL)
            passage_count = 0
            for sources in _batches(collection):
                texts = await asyncio.gather(*(snapshots.text(source.snapshot, source.uri) for source in sources))
                passage_count += await asyncio.to_thread(
                    _add, index, list(zip(sources, texts, strict=True)), passage_count
                )
            await asyncio.to_thread(_finish, index, collection_id, passage_count)
        temporary_file.replace(file)
    finally:
        temporary_file.unlink(missing_ok=True)


def build_memory_index(texts: Iterable[tuple[Source, str]]) -> tuple[sqlite3.Connection, int]:
    """Build an index in memory of a few distinct sources with their texts.

    Return a connection that any thread may use, and the number of passages. The order of `texts` breaks ties of scores.
    """
    index = sqlite3.connect(":memory:", check_same_thread=False)
    index.executescript(SCHEMA_SQL)
    passage_count = _add(index, texts)
    index.commit()
    return index, passage_count


def open_index(file: Path) -> tuple[sqlite3.Connection, int]:
    """Return a read-only connection that any thread may use, and the number of passages.

    Raises FileNotFoundError, or DamagedIndexError.
    """
    if not file.exists():
        raise FileNotFoundError(file)
    # No process writes to a finished file, so readers need no locks: `immutable`.
    address = f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1"
    index = sqlite3.connect(address, uri=True, check_same_thread=False)
    try:
        return index, _check_index(index, file)
    except sqlite3.DatabaseError as error:
        index.close()
        raise DamagedIndexError(str(error)) from error
    except DamagedIndexError:
        index.close()
        raise


def _check_index(index: sqlite3.Connection, file: Path) -> int:
    meta = index.execute("SELECT version, collection, size FROM meta").fetchone()
    if meta is None or file.stem != f"{meta[1]}-{meta[0]}":
        raise DamagedIndexError("it is the index of another collection or version")
    [found] = index.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise DamagedIndexError(found)
    return meta[2]


def _new_file(file: Path) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f"{file.stem}.", suffix=".tmp", dir=file.parent)
    os.close(descriptor)
    return Path(name)


def _batches(collection: Collection) -> Iterator[list[Source]]:
    """Yield the first source of each snapshot, sorted by snapshot, because the order of rows breaks ties of scores."""
    first: dict[str, Source] = {}
    for source in collection.sources:
        first.setdefault(source.snapshot, source)
    sources = [first[snapshot] for snapshot in sorted(first)]
    for start in range(0, len(sources), SNAPSHOTS_PER_BATCH):
        yield sources[start : start + SNAPSHOTS_PER_BATCH]


def _add(index: sqlite3.Connection, texts: Iterable[tuple[Source, str]], before: int = 0) -> int:
    """Add the passages of sources to an index that has `before` passages. Return the number of those added."""
    count = before
    for source, text in texts:
        index.execute("INSERT OR IGNORE INTO languages VALUES (?)", (source.language,))
        of_file = file_name_words(source.uri)
        passages = [
            (row, passage, " ".join([passage.title, of_file, *words_before(passage)]))
            for row, passage in enumerate(passages_of(source, text), count + 1)
        ]
        index.executemany(INSERT_TEXT_SQL, ((row, names, *_row(source, passage)) for row, passage, names in passages))
        _add_terms(index, source, passages)
        count += len(passages)
    return count - before


def _row(source: Source, passage: Passage) -> tuple[str, str, str, str, str, int, int, str, str]:
    position = (source.uri, passage.snapshot, passage.start, passage.end, source.language)
    return passage.heading, passage.text, passage.title, *position, write_leads(passage.leads)


def _add_terms(index: sqlite3.Connection, source: Source, passages: Iterable[tuple[int, Passage, str]]) -> None:
    """Add the terms of what is searched: the names of the document, the heading and the text of each passage."""

    def terms_of(words: str) -> str:
        return " ".join(index_terms(words, source.language, run_ends=True))

    shared = lru_cache(MAX_KEPT_NAMES)(terms_of)  # most passages have the names and the heading of their neighbours
    rows = ((row, shared(names), shared(passage.heading), terms_of(passage.text)) for row, passage, names in passages)
    index.executemany(INSERT_TERMS_SQL, rows)


def words_before(passage: Passage) -> Iterator[str]:
    """Yield the leads that stand before a passage: a row is found by the names of its columns."""
    for lead in passage.leads:
        if not lead.is_optional:
            yield from (span.text for span in lead.spans if span.end <= passage.start)


def write_leads(leads: Iterable[Lead]) -> str:
    """Return the leads of a passage as JSON; "" if there are none, as with most passages."""
    found = [lead.model_dump_json() for lead in leads]
    return f"[{','.join(found)}]" if found else ""


def read_leads(stored: str) -> tuple[Lead, ...]:
    return tuple(map(Lead.model_validate, json.loads(stored))) if stored else ()


def _finish(index: sqlite3.Connection, collection_id: str, passage_count: int) -> None:
    index.execute("INSERT INTO meta VALUES (?, ?, ?)", (INDEX_VERSION, collection_id, passage_count))
    index.execute("INSERT INTO passages (passages) VALUES ('optimize')")
    index.commit()
