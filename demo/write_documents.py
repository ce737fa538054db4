"""Write the Python language reference that every Python carries (`pydoc_data.topics`) as a folder of text files."""

import sys
from collections.abc import Iterable
from pathlib import Path
from pydoc_data.topics import topics


def write_documents(folder: Path, names: Iterable[str] = topics) -> None:
    """Write one file per topic. Files with the same text are not written, so that they are not indexed again."""
    folder.mkdir(parents=True, exist_ok=True)
    for topic in names:
        text = topics[topic]
        file = folder / f"{topic}.txt"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_documents(Path(sys.argv[1]))
