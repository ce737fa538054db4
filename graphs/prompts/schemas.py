"""The schemas of a model's answers. The model reads their names and docstrings: they are part of the prompts.

No field has a default, so that an empty answer does not pass for a valid one.
"""

from typing import Literal

from pydantic import BaseModel


class Questions(BaseModel):
    """The questions to investigate."""

    questions: list[str]


class Queries(BaseModel):
    """What to search for next; no queries where the evidence answers the question fully."""

    queries: list[str]


class Copied(BaseModel):
    """A sentence copied from the passage, character for character."""

    text: str
    speaks: Literal["answers", "helps", "mentions"]


class Copies(BaseModel):
    """The sentences of the passage that speak to the question; none where none does."""

    quotes: list[Copied]


class Choice(BaseModel):
    """Whether the quotes answer the question; the numbers of those that an answer rests on, best first; and groups of
    numbers of quotes that contradict each other, none where none do."""

    answered: Literal["fully", "partly", "no"]
    numbers: list[int]
    contradictions: list[list[int]]


class Sentence(BaseModel):
    """A sentence, and the numbers of the quotes that it rests on."""

    text: str
    quotes: list[int]


class Written(BaseModel):
    """A section of the report."""

    heading: str
    sentences: list[Sentence]


class Judged(BaseModel):
    """Whether the quotes say what the sentence says, and why, in a few words."""

    why: str
    verdict: Literal["supported", "unsupported", "unverified"]


class Rewritten(BaseModel):
    """The corrected sentence; empty where nothing is left."""

    sentence: str
