"""Words that mean nearly the same: what a question asks with one word, a document may say with another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from outlast.evidence.words import content_words, stem, stems_of, words

ENGLISH = Path(__file__).parent / "english.txt"
LONGEST_PHRASE = 4  # words

Stems = tuple[str, ...]
Group = tuple[str, ...]


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
        said = list(words(text))
        meaning = set(content_words(text))
        found: dict[str, dict[str, None]] = {}
        at = 0
        for start, end, others in self._phrases(said):
            alone = end == start + 1
            if start < at or (alone and said[start] not in meaning):
                continue
            at = end
            for word in [word for word in said[start:end] if word in meaning] or [said[end - 1]]:
                found.setdefault(word, {}).update(dict.fromkeys(others))
        return {word: tuple(others) for word, others in found.items()}

    def _phrases(self, said: Sequence[str]) -> Iterator[tuple[int, int, Iterable[str]]]:
        """Where an entry of a group begins and ends; of those that begin at one word, the longest."""
        stems = [stem(word) for word in said]
        for start in range(len(said)):
            for end in range(min(start + LONGEST_PHRASE, len(said)), start, -1):
                if others := self._groups.get(tuple(stems[start:end])):
                    yield start, end, others
                    break


def groups_of(text: str) -> Iterator[Group]:
    """The groups of a synonym file: one a line, its entries between commas; a line that begins with # is a comment."""
    for line in text.splitlines():
        entries = tuple(entry for part in line.split(",") if (entry := " ".join(part.split())))
        if len(entries) > 1 and not line.lstrip().startswith("#"):
            yield entries


@lru_cache(maxsize=8)
def thesaurus(own: tuple[Group, ...] = ()) -> Thesaurus:
    """The groups that every collection has, and a collection's own."""
    return Thesaurus((*groups_of(ENGLISH.read_text(encoding="utf-8")), *own))
