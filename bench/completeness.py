"""Count the words that another extractor finds in real files, and that are neither in our text nor in our ledger.

`make completeness`, or `python -m bench.completeness [--corpus DIR]`. PDFs are also read by Poppler's `pdftotext`, the
other formats by Pandoc: both are unpacked from Debian packages. A word counts once a file, without case and accents. Of
the words that only the other extractor has, as many are accounted for as our ledger says that words were left out; of
what is repeated on every page, and of the contents of a PDF, only numbers of pages. What
the other extractor reads wrongly is listed in `completeness_errors.tsv` with the reason. The files with the most words
are printed first. The exit code is 1 if any word is left.
"""

import argparse
import fnmatch
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.eval.__main__ import HOME
from bench.eval.corpora import NAMES, fetch, unpack
from outlast.evidence.losses import LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import read_document

RESULTS = Path(__file__).parent / "results" / "completeness.json"
ERRORS = Path(__file__).parent / "completeness_errors.tsv"
EXTRACTOR_PACKAGES = ("poppler-utils", "libpoppler126", "pandoc", "pandoc-data", "liblua5.3-0")
PANDOC_FORMATS = {
    ".html": "html",
    ".htm": "html",
    ".docx": "docx",
    ".odt": "odt",
    ".epub": "epub",
    ".rtf": "rtf",
    ".md": "markdown",
    ".rst": "rst",
    ".ipynb": "ipynb",
    ".tex": "latex",
    ".org": "org",
}
FILES_OF_A_KIND = 60
"""How many files of a kind are read, evenly spread over all of them."""
MAX_PRINTED_FILES, MAX_PRINTED_WORDS = 15, 12
EXTRACTOR_SECONDS = 300

WORD = re.compile(r"[^\W_]+")
PAGE_NUMBER = re.compile(r"\d+|[ivxlc]+")
"""Only the number of a page is nowhere else: a line repeated on every page is kept once, and the headings that a
PDF's contents list stand above their parts."""
LINE_END_HYPHEN = re.compile(r"(\w+)[-\u00ad\u2010]\n\s*(\w+)")


@dataclass(frozen=True)
class KnownError:
    """Words that the other extractor reads wrongly, as a pattern, in the files of a pattern, with the reason."""

    files: str
    words: re.Pattern[str]
    reason: str


@dataclass(frozen=True)
class FileResult:
    file: str
    kind: str
    words: int
    """The number of distinct words that the other extractor finds."""
    ledger: int
    """The number of words in our ledger."""
    missing: list[str]
    """The words that nothing accounts for, in their order."""
    excused: Counter[str] = field(default_factory=Counter[str])
    """How many words each reason explains."""
    unreadable: str = ""


def known_errors() -> list[KnownError]:
    lines = [line for line in ERRORS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    return [KnownError(files, re.compile(words), reason) for files, words, reason in rows]


def compare(file: Path, other_text: str, errors: Sequence[KnownError]) -> FileResult:
    kind = file.suffix.lower().lstrip(".")
    theirs = split_words(other_text)
    try:
        document = read_document(file.name, file.read_bytes())
    except Unreadable as refusal:
        return FileResult(file.name, kind, len(theirs), 0, list(theirs), unreadable=str(refusal))
    inside = [child.outcome for child in document.children if isinstance(child.outcome, Document)]
    texts = [document.text, *(child.text for child in inside)]
    ours = {word for text in (*texts, document.title) for word in split_words(text)}
    excused: Counter[str] = Counter()
    missing: list[str] = []
    pieces = set(broken_pieces(other_text, ours))
    for word in theirs:
        if word in ours:
            continue
        reason = reason_of(file.name, word, pieces, errors)
        if reason:
            excused[reason] += 1
        else:
            missing.append(word)
    losses = [loss for each in (document, *inside) for loss in each.losses]
    said_elsewhere = {LossKind.REPEATED} | ({LossKind.NAVIGATION} if kind == "pdf" else set[LossKind]())
    repeated = sum(loss.words or 0 for loss in losses if loss.kind in said_elsewhere)
    others = sum(loss.words or 0 for loss in losses if loss.kind not in said_elsewhere)
    left = [word for word in missing if not PAGE_NUMBER.fullmatch(word)]
    numbers = [word for word in missing if PAGE_NUMBER.fullmatch(word)]
    return FileResult(file.name, kind, len(theirs), repeated + others, [*numbers[repeated:], *left][others:], excused)


def reason_of(file: str, word: str, pieces: set[str], errors: Sequence[KnownError]) -> str:
    if word in pieces:
        return "a piece of a word that the other extractor leaves broken at the end of a line"
    return next(
        (error.reason for error in errors if fnmatch.fnmatch(file, error.files) and error.words.fullmatch(word)), ""
    )


def broken_pieces(text: str, ours: set[str]) -> Iterator[str]:
    """Yield the pieces of words that are broken by a hyphen at a line's end, where our text has the whole word."""
    for match in LINE_END_HYPHEN.finditer(text):
        pieces = [piece for half in match.groups() for piece in split_words(half)]
        if set(split_words("".join(match.groups()))) <= ours:
            yield from pieces


def split_words(text: str) -> dict[str, None]:
    """Return the distinct words of a text in order, without case, accents and compatibility forms."""
    folded = unicodedata.normalize("NFKD", text.replace("\u00ad", "")).casefold()
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    return dict.fromkeys(WORD.findall(plain))


class OtherExtractors:
    """Poppler and Pandoc, from a folder into which their packages were unpacked."""

    def __init__(self, root: Path) -> None:
        self._bin = root / "usr/bin"
        libraries = [*(root / "usr/lib").glob("*-linux-gnu"), Path(os.environ.get("LD_LIBRARY_PATH", "/nowhere"))]
        self._environment = os.environ | {
            "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
            "pandoc_datadir": str(root / "usr/share/pandoc/data"),
        }
        self._data = root / "usr/share/pandoc/data"

    def read(self, file: Path) -> str | None:
        """Return the text of a file, or None if these extractors do not read its format, or fail."""
        suffix = file.suffix.lower()
        if suffix == ".pdf":
            return self._run([self._bin / "pdftotext", "-enc", "UTF-8", file, "-"])
        if suffix in PANDOC_FORMATS:
            form = PANDOC_FORMATS[suffix]
            return self._run(
                [self._bin / "pandoc", f"--data-dir={self._data}", "-f", form, "-t", "plain", "--wrap=none", file]
            )
        return None

    def _run(self, command: Sequence[str | Path]) -> str | None:
        done = subprocess.run(
            [str(part) for part in command],
            env=self._environment,
            capture_output=True,
            check=False,
            timeout=EXTRACTOR_SECONDS,
        )
        return done.stdout.decode(errors="replace") if done.returncode == 0 else None


def choose_files(folders: Iterable[Path]) -> list[Path]:
    """Return files of every kind that another extractor reads, evenly spread over the sorted names."""
    by_kind: dict[str, list[Path]] = {}
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and (file.suffix.lower() == ".pdf" or file.suffix.lower() in PANDOC_FORMATS):
                by_kind.setdefault(file.suffix.lower(), []).append(file)
    return [file for files in by_kind.values() for file in files[:: max(1, len(files) // FILES_OF_A_KIND)]]


def summary(results: Sequence[FileResult]) -> str:
    lines = ["kind    files    words  ledger  excused  missing"]
    for kind in sorted({result.kind for result in results}):
        of_kind = [result for result in results if result.kind == kind]
        lines.append(
            f"{kind:<6} {len(of_kind):>6} {sum(each.words for each in of_kind):>8} "
            f"{sum(each.ledger for each in of_kind):>7} {sum(each.excused.total() for each in of_kind):>8} "
            f"{sum(len(each.missing) for each in of_kind):>8}"
        )
    worst = sorted(results, key=lambda result: -len(result.missing))
    lines += ["", "worst files first:"]
    for result in worst[:MAX_PRINTED_FILES]:
        if result.missing:
            shown = " ".join(result.missing[:MAX_PRINTED_WORDS])
            lines.append(f"{len(result.missing):>6} of {result.words:>6}  {result.file}: {result.unreadable or shown}")
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.completeness", description="Count the words that are lost.")
    options.add_argument("--corpus", type=Path, action="append", default=[], metavar="DIR", help="read these files")
    options.add_argument("--tools", type=Path, default=HOME / "extractors", help="folder for the other extractors")
    arguments = options.parse_args()
    if not arguments.tools.is_dir():
        arguments.tools.mkdir(parents=True)
        with TemporaryDirectory() as folder:
            unpack(EXTRACTOR_PACKAGES, Path(folder))
            (Path(folder) / "usr").rename(arguments.tools / "usr")
    extractors, errors = OtherExtractors(arguments.tools.resolve()), known_errors()
    folders = arguments.corpus or list(fetch(NAMES, HOME / "corpora").values())
    results: list[FileResult] = []
    for file in choose_files(folders):
        text = extractors.read(file)
        if text is not None:
            results.append(compare(file, text, errors))
    print(summary(results))
    if not arguments.corpus:
        kept = [asdict(result) | {"missing": len(result.missing)} for result in results]
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    sys.exit(1 if any(result.missing for result in results) else 0)


if __name__ == "__main__":
    main()
