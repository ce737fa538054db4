"""Words that mean nearly the same: what a question asks with one word, a document may say with another.

They come from an English word list, and from a file that a folder of documents may hold.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from outlast.evidence.errors import Permanent
from outlast.evidence.words import content_words, stem, stems_of, words

ENGLISH_FILE = Path(__file__).parent / "english.txt"
MAX_PHRASE_WORDS = 4  # words

Stems = tuple[str, ...]
SynonymGroup = tuple[str, ...]


class Thesaurus:
    """Groups of words and phrases, looked up by their stems, so that `copies` finds the group of `copy`."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self._groups: dict[Stems, dict[str, Stems]] = {}
        for group in groups:
            stems = {entry: stems_of(entry) for entry in group}
            for entry, own in stems.items():
                others = {other: theirs for other, theirs in stems.items() if theirs != own}
                self._groups.setdefault(stems_of(entry), {}).update(others)

    def synonyms(self, text: str) -> Mapping[str, tuple[str, ...]]:
        """For the content words of `text` (folded): what else may be said for each of them.

        A phrase counts before its words: `run out` is not to run. Its synonyms are listed for each of its content
        words; for its last word where it has none.
        """
        text_words = list(words(text))
        meaning = set(content_words(text))
        found: dict[str, dict[str, None]] = {}
        at = 0
        for start, end, others in self._phrases(text_words):
            alone = end == start + 1
            if start < at or (alone and text_words[start] not in meaning):
                continue
            at = end
            for word in [word for word in text_words[start:end] if word in meaning] or [text_words[end - 1]]:
                found.setdefault(word, {}).update(dict.fromkeys(others))
        return {word: tuple(others) for word, others in found.items()}

    def _phrases(self, text_words: Sequence[str]) -> Iterator[tuple[int, int, Iterable[str]]]:
        """Where an entry of a group begins and ends; of those that begin at one word, the longest."""
        stems = [stem(word) for word in text_words]
        for start in range(len(text_words)):
            for end in range(min(start + MAX_PHRASE_WORDS, len(text_words)), start, -1):
                if others := self._groups.get(tuple(stems[start:end])):
                    yield start, end, others
                    break


def parse_groups(text: str) -> Iterator[SynonymGroup]:
    """The groups of a synonym file: one a line, its entries between commas; a line that begins with # is a comment."""
    for line in text.splitlines():
        entries = tuple(entry for part in line.split(",") if (entry := " ".join(part.split())))
        if len(entries) > 1 and not line.lstrip().startswith("#"):
            yield entries


@lru_cache(maxsize=8)
def load_thesaurus(own: tuple[SynonymGroup, ...] = ()) -> Thesaurus:
    """The groups that every collection has, and a collection's own."""
    return Thesaurus((*parse_groups(ENGLISH_FILE.read_text(encoding="utf-8")), *own))


SYNONYMS_FILE = ".outlast-synonyms"
MAX_SYNONYMS_BYTES = 1024 * 1024


def read_own_groups(folder: Path) -> tuple[SynonymGroup, ...]:
    """The groups of the folder's file; none where it has no such file. Raises Permanent where it cannot be used."""
    file = folder / SYNONYMS_FILE
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_SYNONYMS_BYTES + 1)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise Permanent(f"{file} cannot be read: {error.strerror}. Mend that, or remove it.") from error
    if len(content) > MAX_SYNONYMS_BYTES:
        raise Permanent(
            f"{file} is larger than {MAX_SYNONYMS_BYTES >> 20} MB. It holds a group of words a line: shorten it."
        )
    try:
        return tuple(parse_groups(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise Permanent(f"{file} is not in UTF-8 (at byte {error.start}). Convert it.") from None
