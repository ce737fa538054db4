"""What the model reads in its messages: the question, the texts between marks, and what shares words with it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from outlast.evidence.words import content_words, stems_of

MARKED = re.compile(
    r"<(?P<name>\w+) (?P<number>\d+) (?P<mark>[0-9a-f]{16})>\n(.*?)\n</(?P=name) (?P=number) (?P=mark)>", re.DOTALL
)
QUESTION = re.compile(r"question:\n(.+?)(?:\n\n|\Z)", re.DOTALL)
SENTENCE = re.compile(r"[^.!?\n]*[^\s.!?][^.!?\n]*[.!?]+")
NUMBER = re.compile(r"\d[\d,.]*\d|\d")
HELPS = 0.7


@dataclass(frozen=True)
class Read:
    """`question` is the one that the call is about; `texts` are those between marks, by their kind, in order."""

    whole: str
    question: str
    texts: dict[str, list[str]]

    def all_of(self, kind: str) -> list[str]:
        return self.texts.get(kind, [])

    @property
    def quotes(self) -> list[str]:
        """Without the titles that stand above some of them."""
        return [re.sub(r"\A\[[^\n]*\]\n", "", text) for text in self.all_of("quote")]


def read(user: str) -> Read:
    texts: dict[str, list[str]] = {}
    for match in MARKED.finditer(user):
        texts.setdefault(match["name"], []).append(match[4])
    asked = [" ".join(match[1].split()) for match in QUESTION.finditer(MARKED.sub("", user))]
    return Read(user, asked[-1] if asked else "", texts)


def sentences(text: str) -> list[str]:
    return [match.group().strip() for match in SENTENCE.finditer(text)]


def shared(question: str, sentence: str) -> float:
    """The share of the question's words that the sentence has, from 0 to 1; 0 where it lacks one of its names."""
    asked, said = content_words(question), set(stems_of(" ".join(content_words(sentence))))
    said |= {stem for word in content_words(sentence) for stem in stems_of(word)}
    if not asked or any(stems_of(name)[0] not in said for name in names(question)):
        return 0.0
    return sum(stems_of(word)[0] in said for word in asked) / len(asked)


def names(question: str) -> list[str]:
    """Words with a capital letter, but for the first."""
    return [word for word in re.findall(r"\w+", question)[1:] if word[0].isupper()]


def best(question: str, texts: Sequence[str]) -> list[int]:
    """The numbers of the texts that share as much with the question as any does; they count from 1."""
    shares = [max((shared(question, each) for each in sentences(text)), default=0.0) for text in texts]
    return [number for number, share in enumerate(shares, 1) if share >= HELPS and share == max(shares)]


def contradicting(texts: Sequence[str]) -> list[list[int]]:
    """Groups of numbers of texts that are the same but for their numbers."""
    groups: dict[str, list[int]] = {}
    for number, text in enumerate(texts, 1):
        groups.setdefault(NUMBER.sub("#", text), []).append(number)
    return [group for group in groups.values() if len({texts[number - 1] for number in group}) > 1]


def in_other_words(sentence: str) -> str:
    """Another sentence with the same numbers and names."""
    return f"According to the sources, {sentence[:1].lower()}{sentence[1:]}"
