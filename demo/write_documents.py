"""Write the Python language reference that every Python carries (`pydoc_data.topics`) as a folder of text files."""

import sys
from collections.abc import Iterable
from pathlib import Path
from pydoc_data.topics import topics


def write_documents(folder: Path, wanted: Iterable[str] = topics) -> None:
    """One file a topic; files that already say the same are left alone, so that they need not be read again."""
    folder.mkdir(parents=True, exist_ok=True)
    for topic in wanted:
        text = topics[topic]
        file = folder / f"{topic}.txt"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_documents(Path(sys.argv[1]))
