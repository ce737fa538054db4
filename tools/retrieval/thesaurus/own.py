"""A folder's own synonyms: words that mean the same in its documents, in a file that lies among them."""

from pathlib import Path

from outlast.evidence.errors import Permanent
from outlast.tools.retrieval.thesaurus.synonyms import SynonymGroup, parse_groups

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
