"""The pages that people read, and the blocks of code on them."""

import json
import re
import tomllib
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "durable" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
)
LANGUAGES = frozenset({"", "sh", "python", "text", "json", "toml", "yaml"})
"""What may stand behind the three backticks: without a language it is a drawing, or what is typed in a terminal."""
FENCED = re.compile(r"^(?P<fence>```+)(?P<language>.*)\n(?P<code>(?s:.*?))^(?P=fence)$", re.MULTILINE)
FILE_NAME = re.compile(r"# (\w+\.py)\n")


@dataclass(frozen=True)
class Block:
    """A block of code; `number` counts from 1 on its page. `output` is the block `text` after it: what it prints."""

    page: Path
    number: int
    language: str
    code: str
    output: str | None = None

    @property
    def name(self) -> str:
        """By which a failing test names it: `docs/graphs.md-1`."""
        page = self.page.relative_to(ROOT) if self.page.is_relative_to(ROOT) else self.page.name
        return f"{page}-{self.number}"

    @property
    def is_module(self) -> bool:
        """It begins with `# name.py`, and is a file of that name which something else on its page uses."""
        return FILE_NAME.match(self.code) is not None

    @property
    def file_name(self) -> str:
        return found[1] if (found := FILE_NAME.match(self.code)) else f"block_{self.number}.py"

    @property
    def module(self) -> str:
        return self.file_name.removesuffix(".py")


def blocks(page: Path) -> list[Block]:
    """All blocks of the page, in their order."""
    found = list(FENCED.finditer(page.read_text(encoding="utf-8")))
    made = list[Block]()
    for number, (match, after) in enumerate(zip_longest(found, found[1:]), 1):
        output = after["code"] if after and after["language"] == "text" else None
        made.append(Block(page, number, match["language"], match["code"], output))
    return made


def unfound(page: Path) -> list[str]:
    """The lines of a page that look like a fence of code, and belong to no block that is found."""
    rest = FENCED.sub("", page.read_text(encoding="utf-8"))
    return [line for line in rest.splitlines() if line.lstrip().startswith(("```", "~~~"))]


def all_blocks(*languages: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page) if block.language in languages]


@dataclass(frozen=True)
class Registered:
    """A module of a page that Outlast finds by itself: the page has the lines of `pyproject.toml` that register it."""

    module: Block
    group: str
    name: str
    value: str


def registrations() -> list[Registered]:
    """Of all pages. `ValueError` where a page registers a module that it does not show."""
    found = list[Registered]()
    for page in PAGES:
        modules = {block.module: block for block in blocks(page) if block.language == "python" and block.is_module}
        for block in blocks(page):
            if block.language == "toml":
                for group, names in tomllib.loads(block.code)["project"]["entry-points"].items():
                    for name, value in names.items():
                        if (module := value.partition(":")[0]) not in modules:
                            raise ValueError(f"{block.name} registers {module}, which its page does not show.")
                        found.append(Registered(modules[module], group, name, value))
    return found


def workers() -> list[Block]:
    """The modules that their page names in OUTLAST_WORKER."""
    return [
        block
        for block in all_blocks("python")
        if block.is_module and f"OUTLAST_WORKER={block.file_name}" in block.page.read_text(encoding="utf-8")
    ]


def served() -> list[Block]:
    """The modules with a graph that a `langgraph.json` of their page names."""
    found = list[Block]()
    for page in PAGES:
        on_page = blocks(page)
        for block in on_page:
            if block.language == "json" and block.code.startswith('{"graphs":'):
                places: dict[str, str] = json.loads(block.code)["graphs"]
                files = {place.partition(":")[0].removeprefix("./") for place in places.values()}
                found += [each for each in on_page if each.is_module and each.file_name in files]
    return found
