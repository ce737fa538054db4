"""Where the world's facts stand: documents in a folder, and pages of sites, some of which are slow, gone or closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from random import Random
from typing import Literal

from tests.servers.world.topics import Topic

FILLING = (
    "Guests arrive by the bus that leaves the market square every hour.",
    "A path with benches leads along the water to the old customs house.",
    "The roof was mended after a storm, and slates were brought from the north.",
    "A small museum in the yard shows tools, drawings and photographs.",
    "In winter the gates are closed at dusk and opened again at eight.",
    "Children of the town paint the fence anew every spring.",
    "The council keeps the records in its archive, where they can be seen on request.",
    "Swallows nest below the eaves, and nobody disturbs them.",
)
Manner = Literal["quick", "slow", "gone", "closed"]


@dataclass(frozen=True)
class WorldPage:
    """`path` begins with a slash; `manner` is how its site behaves. A page that is not read says nothing of use."""

    host: str
    path: str
    title: str
    paragraphs: tuple[str, ...]
    manner: Manner = "quick"
    elsewhere: str = ""
    """The address that search engines give for it instead of its own."""

    @property
    def html(self) -> str:
        text = "".join(f"<p>{escape(paragraph, quote=False)}</p>\n" for paragraph in self.paragraphs)
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(self.title)}</title></head>'
            f'<body><nav><a href="/">Start</a></nav><main><article><h1>{escape(self.title)}</h1>\n{text}</article>'
            "</main><footer><p>All rights reserved.</p></footer></body></html>"
        )


def pages_of(topic: Topic, domain: str) -> list[WorldPage]:
    """On a host of its own: two pages that say something, one that is slow, one that is gone, one that is closed."""
    host, disputed = f"{topic.name.lower()}.{domain}", topic.disputed
    cost, visitors, people = topic.on_the_web

    def page(path: str, title: str, said: Sequence[str], manner: Manner = "quick") -> WorldPage:
        return WorldPage(host, path, title, filled(said, f"{host}{path}"), manner)

    return [
        page("/history", topic.title, [cost.sentence, disputed.sentence]),
        page("/visitors", f"{topic.title} today", [visitors.sentence]),
        page("/work", f"Working at the {topic.name} {topic.kind}", [people.sentence], "slow"),
        page("/shop", f"{topic.title}: the shop", [], "gone"),
        page("/members", f"{topic.title}: for members", [], "closed"),
    ]


def write_documents(topics: Iterable[Topic], folder: Path) -> None:
    """A file a topic, in Markdown."""
    folder.mkdir(parents=True, exist_ok=True)
    for topic in topics:
        said = [*(fact.sentence for fact in topic.in_documents), topic.disputed.elsewhere]
        text = "\n\n".join(filled(said, topic.name))
        (folder / f"{topic.name.lower()}.md").write_text(f"# {topic.title}\n\n{text}\n", encoding="utf-8")


def filled(said: Sequence[str], seed: str) -> tuple[str, ...]:
    """Each sentence in a paragraph of its own, between others that say nothing of any topic."""
    chance = Random(seed)
    around = chance.sample(FILLING, k=len(FILLING))
    paragraphs = [f"{sentence} {around[number % len(around)]}" for number, sentence in enumerate(said)]
    return (*paragraphs, " ".join(around[len(said) : len(said) + 3]))
