"""Synonyms: a document may use another word than the question does for the same thing.

They come from an English word list, and from a file that a folder of documents may hold.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from outlast.evidence.errors import Permanent
from outlast.evidence.words import content_words, stem, stems_of, words

ENGLISH_FILE = Path(__file__).parent / "english.txt"
MAX_PHRASE_WORDS = 4

Stems = tuple[str, ...]
SynonymGroup = tuple[str, ...]


class Thesaurus:
    """Groups of words and phrases. They are found by their stems, so that `copies` finds the group of `copy`."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self._groups: dict[Stems, dict[str, Stems]] = {}
        for group in groups:
            stems = {entry: stems_of(entry) for entry in group}
            for entry_stems in stems.values():
                others = {other: other_stems for other, other_stems in stems.items() if other_stems != entry_stems}
                self._groups.setdefault(entry_stems, {}).update(others)

    def synonyms(self, text: str) -> Mapping[str, tuple[str, ...]]:
        """Return the synonyms of the content words of `text`, by the case-folded word.

        A phrase comes before its words: `run out` does not mean to run. The synonyms of a phrase are listed for each of
        its content words, or for its last word if it has none.
        """
        text_words = list(words(text))
        content = set(content_words(text))
        found: dict[str, dict[str, None]] = {}
        end_of_last = 0
        for start, end, others in self._phrases(text_words):
            is_single_word = end == start + 1
            if start < end_of_last or (is_single_word and text_words[start] not in content):
                continue
            end_of_last = end
            for word in [word for word in text_words[start:end] if word in content] or [text_words[end - 1]]:
                found.setdefault(word, {}).update(dict.fromkeys(others))
        return {word: tuple(others) for word, others in found.items()}

    def _phrases(self, text_words: Sequence[str]) -> Iterator[tuple[int, int, Iterable[str]]]:
        """Yield start, end and synonyms of the entries in the text; of entries that start at one word, the longest."""
        stems = [stem(word) for word in text_words]
        for start in range(len(text_words)):
            for end in range(min(start + MAX_PHRASE_WORDS, len(text_words)), start, -1):
                if others := self._groups.get(tuple(stems[start:end])):
                    yield start, end, others
                    break


def parse_groups(text: str) -> Iterator[SynonymGroup]:
    """Yield the groups of a synonym file, one per line, with commas between entries.

    Lines that begin with # are comments.
    """
    for line in text.splitlines():
        entries = tuple(entry for part in line.split(",") if (entry := " ".join(part.split())))
        if len(entries) > 1 and not line.lstrip().startswith("#"):
            yield entries


@lru_cache(maxsize=8)
def load_thesaurus(own: tuple[SynonymGroup, ...] = ()) -> Thesaurus:
    """Return a thesaurus of the English groups, which every collection has, and of a collection's own groups."""
    return Thesaurus((*parse_groups(ENGLISH_FILE.read_text(encoding="utf-8")), *own))


SYNONYMS_FILE = ".outlast-synonyms"
MAX_SYNONYMS_BYTES = 1024 * 1024


def read_own_groups(folder: Path) -> tuple[SynonymGroup, ...]:
    """Return the groups of the folder's synonym file, none if there is no file. Raises Permanent if it is unusable."""
    file = folder / SYNONYMS_FILE
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_SYNONYMS_BYTES + 1)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise Permanent(f"{file} cannot be read: {error.strerror}. Fix that, or remove the file.") from error
    if len(content) > MAX_SYNONYMS_BYTES:
        raise Permanent(
            f"{file} is larger than {MAX_SYNONYMS_BYTES >> 20} MB. Shorten it: it holds one group of words per line."
        )
    try:
        return tuple(parse_groups(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise Permanent(f"{file} is not in UTF-8 (at byte {error.start}). Convert it to UTF-8.") from None
