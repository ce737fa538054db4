"""Which words of another extractor's text neither our text nor our ledger nor a known error of it explains."""

import fnmatch
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from outlast.evidence.losses import Loss, LossKind
from outlast.tools.documents.document import Document, Unreadable
from outlast.tools.documents.reading import read_document

ERRORS = Path(__file__).parent / "errors.tsv"
EAST_ASIAN = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{EAST_ASIAN}]|[^\W_{EAST_ASIAN}]+")
"""Scripts without spaces between words are compared by characters: where extractors put spaces, differs."""
PAGE_NUMBER = re.compile(r"\d+|[ivxlc]+|[^\W\d_]")
"""Only the number of a page is nowhere else: a line repeated on every page is kept once, and the headings that a
PDF's contents list stand above their parts. A single letter stands above the entries of an index."""
ENCRYPTED = "encrypted"
"""Files that are refused for this reason are listed with it. LibreOffice tries the password that Excel tries."""
LINE_END = re.compile(r"(\S+)\n\s*(\S+)")
HYPHENATED = re.compile(r"[^\W_]+(?:[-\u2010\u2011][^\W_]+)+")
RAISED = re.compile(r"([^\W_]*)(?:[\^_]\(?| ?\[)([^\W_]+)[)\]]? ?([^\W_]*)")
BROKEN_LINE = "a word that the other extractor leaves broken at the end of a line"
EXACT_FRACTION = re.compile(r"\d+\.(\d{10,})")
ROUNDED = "decimals beyond those that a cell shows: LibreOffice exports up to 15 digits of a number without a format"
CUT_OFF = "a word whose last letters are printed beyond the edge of the page, which the other extractor cuts off"
MIN_LETTERS_BEFORE = 12
LOST_HYPHEN = "two words joined at the end of a line: the other extractor took their hyphen for a word break"
GLUED_MARK = "a raised or lowered mark that the other extractor glues to the word beside it"


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
    ours: int
    """The number of distinct words of our text."""
    ledger: dict[str, int]
    """The number of words in our ledger by their kinds."""
    missing: list[str]
    """The words that nothing accounts for, in their order."""
    in_ledger: int = 0
    """How many of the other extractor's words are not in our text, and are among those of our ledger."""
    excused: dict[str, int] = field(default_factory=dict[str, int])
    """How many words each reason explains."""
    unreadable: str = ""


def known_errors() -> list[KnownError]:
    lines = [line for line in ERRORS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = [line.split("\t") for line in lines]
    return [KnownError(files, re.compile(words), reason) for files, words, reason in rows]


def compare(name: str, file: Path, other_text: str, errors: Sequence[KnownError]) -> FileResult:
    kind = file.suffix.lower().lstrip(".")
    theirs = split_words(other_text)
    try:
        document = read_document(file.name, file.read_bytes())
    except Unreadable as refusal:
        if ENCRYPTED in str(refusal):
            return FileResult(name, kind, len(theirs), 0, {}, [], len(theirs), unreadable=str(refusal))
        reasons = {word: _reason_of(name, word, errors) for word in theirs}
        left, excused = [word for word in theirs if not reasons[word]], Counter(filter(None, reasons.values()))
        return FileResult(name, kind, len(theirs), 0, {}, left, 0, dict(excused), unreadable=str(refusal))
    documents = [document, *_inside(document)]
    texts = [f"{each.title}\n{each.text}" for each in documents]
    if kind == "rst":
        texts += [re.sub(r"[*`]", "", text) for text in texts]  # the marks of light markup stay, also inside words
    ours = {word for text in texts for word in split_words(text)}
    layout = dict.fromkeys(broken_words(other_text, ours), BROKEN_LINE)
    for each in documents:
        layout.update(joined_words(each.text))
    layout |= dict.fromkeys(cut_words(other_text, documents, theirs.keys() - ours - layout.keys()), CUT_OFF)
    layout |= dict.fromkeys(rounded_decimals(other_text, texts) if kind == "xlsx" else (), ROUNDED)
    excused: Counter[str] = Counter()
    missing: list[str] = []
    for word in theirs:
        if word in ours:
            continue
        reason = layout.get(word) or _reason_of(name, word, errors)
        if reason:
            excused[reason] += 1
        else:
            missing.append(word)
    losses = [loss for each in documents for loss in each.losses]
    left = _not_in_ledger(missing, losses, kind)
    ledger: Counter[str] = Counter()
    for loss in losses:
        ledger[loss.kind.value] += loss.words or 0
    return FileResult(name, kind, len(theirs), len(ours), dict(ledger), left, len(missing) - len(left), dict(excused))


def _inside(document: Document) -> Iterator[Document]:
    for child in document.children:
        if isinstance(child.outcome, Document):
            yield child.outcome
            yield from _inside(child.outcome)


def _not_in_ledger(missing: Sequence[str], losses: Sequence[Loss], kind: str) -> list[str]:
    """Return the words beyond those of the ledger. What is said elsewhere too can explain only numbers of pages."""
    said_elsewhere = {LossKind.REPEATED} | ({LossKind.NAVIGATION} if kind == "pdf" else set[LossKind]())
    repeated = sum(loss.words or 0 for loss in losses if loss.kind in said_elsewhere)
    others = sum(loss.words or 0 for loss in losses if loss.kind not in said_elsewhere | {LossKind.MARKUP})
    left = [word for word in missing if not PAGE_NUMBER.fullmatch(word)]
    numbers = [word for word in missing if PAGE_NUMBER.fullmatch(word)]
    return [*numbers[repeated:], *left][others:]


def _reason_of(file: str, word: str, errors: Sequence[KnownError]) -> str:
    return next(
        (error.reason for error in errors if fnmatch.fnmatch(file, error.files) and error.words.fullmatch(word)), ""
    )


def broken_words(text: str, ours: set[str]) -> Iterator[str]:
    """Yield the parts of words that are broken at a line's end, with or without a hyphen, if our text has the whole.

    A page and a cell of a table may be too narrow for an address or a long name.
    """
    for match in LINE_END.finditer(text):
        first, second = match.group(1).rstrip("-\u00ad\u2010"), match.group(2)
        before, after, whole = (list(split_words(each)) for each in (first, second, first + second))
        joined = set(whole) - {*before, *after}
        if joined and joined <= ours:
            yield from {before[-1], after[0]} if before and after else ()


def cut_words(text: str, documents: Sequence[Document], missing: Set[str]) -> Iterator[str]:
    """Yield the words at the ends of lines of which our text has more letters, after the same words."""
    folded = [fold(each.text) for each in documents] if missing else []
    for line in text.splitlines() if missing else ():
        words = WORD.findall(fold(line))
        before = "".join(words)[-MIN_LETTERS_BEFORE:]
        if words and words[-1] in missing and len(before) == MIN_LETTERS_BEFORE:
            longer = re.compile(r"[\W_]*".join(before) + r"(?=[^\W_])")
            if any(longer.search(each) for each in folded):
                yield words[-1]


def rounded_decimals(text: str, ours: Iterable[str]) -> Iterator[str]:
    """Yield the decimals of fractions that our text has rounded to the nine or ten digits that a cell shows."""
    numbers = {number for each in ours for number in re.findall(r"\d+\.\d+", each)}
    for match in EXACT_FRACTION.finditer(text):
        if {f"{float(match.group()):.{digits}g}" for digits in (9, 10)} & numbers:
            yield match.group(1)


def joined_words(text: str) -> Iterator[tuple[str, str]]:
    """Yield the words that another extractor makes by joining words of our text, each with the reason."""
    for match in HYPHENATED.finditer(text):
        parts = list(split_words(match.group()))
        for start in range(len(parts)):
            for end in range(start + 2, len(parts) + 1):
                yield "".join(parts[start:end]), LOST_HYPHEN
    for match in RAISED.finditer(text):
        before, mark, after = (_joined(part) for part in match.groups())
        for word in (before + mark, mark + after, before + mark + after):
            yield word, GLUED_MARK


def _joined(text: str) -> str:
    return "".join(split_words(text))


def split_words(text: str) -> dict[str, None]:
    """Return the distinct words of a text in order, without case, accents and compatibility forms."""
    return dict.fromkeys(WORD.findall(fold(text)))


def fold(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.replace("\u00ad", "")).casefold()
    return "".join(character for character in folded if not unicodedata.combining(character))
