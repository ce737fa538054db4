"""What there is to know in the world: made-up places with facts, each said in one sentence. All from a seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

KINDS = ("bridge", "mill", "lighthouse", "canal", "theatre", "tannery", "windpump", "observatory")
PEOPLE = ("Ada Linde", "Jorun Esk", "Matteo Brandt", "Sela Oyen", "Pavel Roth", "Ines Varga")
CONSONANTS, VOWELS = "bdfgklmnprstv", "aeiou"


@dataclass(frozen=True)
class Fact:
    """A question and the sentence that answers it; `elsewhere` is what another source says instead."""

    question: str
    sentence: str
    elsewhere: str = ""


@dataclass(frozen=True)
class Topic:
    """`name` is a word that nothing else is called. A run asks about one topic, so it is the run's name too."""

    name: str
    kind: str
    in_documents: tuple[Fact, ...]
    on_the_web: tuple[Fact, ...]
    disputed: Fact

    @property
    def title(self) -> str:
        return f"The {self.name} {self.kind}"

    @property
    def question(self) -> str:
        """One half is answered by the documents alone, the other by the web alone."""
        return f"{self.in_documents[0].question} {self.on_the_web[0].question}"

    @property
    def disputed_question(self) -> str:
        return self.disputed.question

    def sentences(self) -> list[str]:
        facts = (*self.in_documents, *self.on_the_web, self.disputed)
        return [said for fact in facts for said in (fact.sentence, fact.elsewhere) if said]


def topics(seed: int, count: int) -> list[Topic]:
    """The same for the same seed; the first ones of more are the same too."""
    return [topic(seed, name) for name in names(seed, count)]


def names(seed: int, count: int) -> Sequence[str]:
    """Words of four syllables, no two of them alike: a slip of the pen makes no other word of one."""
    chance, made = Random(f"names {seed}"), list[str]()
    while len(made) < count:
        name = "".join(chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(4)).capitalize()
        if all(sum(a != b for a, b in zip(name, other, strict=True)) > 2 for other in made):
            made.append(name)
    return made


def topic(seed: int, name: str) -> Topic:
    chance = Random(f"{seed} {name}")
    kind = chance.choice(KINDS)
    it, year = f"the {name} {kind}", chance.randint(1801, 1969)
    other_year = year + chance.randint(2, 20)
    metres, keepers, crowns = chance.randint(12, 900), chance.randint(3, 90), chance.randrange(1_200, 90_000, 100)
    visitors, counted = chance.randrange(2_000, 60_000, 10), chance.randint(1971, 1999)
    return Topic(
        name,
        kind,
        in_documents=(
            Fact(f"Who designed {it}?", f"The {name} {kind} was designed by {chance.choice(PEOPLE)}."),
            Fact(f"How long is {it}?", f"The {name} {kind} is {metres} metres long."),
        ),
        on_the_web=(
            Fact(f"What did building {it} cost?", f"Building the {name} {kind} cost {crowns:,} crowns."),
            Fact(
                f"How many visitors did {it} receive in {counted}?",
                f"In {counted} the {name} {kind} received {visitors:,} visitors.",
            ),
            Fact(f"How many people does {it} employ?", f"The {name} {kind} employs {keepers} people."),
        ),
        disputed=Fact(
            f"When was {it} opened?",
            f"The {name} {kind} was opened in {year}.",
            f"The {name} {kind} was opened in {other_year}.",
        ),
    )
