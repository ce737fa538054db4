"""A report as Markdown, for people.

Whatever came from a document, a question or a model is data: it is escaped so that it can become no markup, no link, no
image and no HTML, whichever Markdown reader shows the page.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from evidence.report import Claim, Report, RunRecord, Usage, Verdict
from evidence.sources import Quote

MOST_LISTED = 20

SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|!~&$]|(?<=www)\.|:(?=//)")  # the last two: bare addresses become links on GitHub
OPENS_A_BLOCK = re.compile(r"([-+=:]|\d+(?=[.)]))")
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")  # controls; what turns text around

NOTES = {
    Verdict.SUPPORTED: "",
    Verdict.LOCATED: "quoted, but nobody judged whether the quotes say this",
    Verdict.UNSUPPORTED: "not supported by its quotes",
    Verdict.UNVERIFIED: "not checked",
}


def render_markdown(report: Report, place_of: Callable[[Quote], str]) -> str:
    """The whole page. `place_of(quote)` gives the words after the file's name, such as `"finally" clause, line 88`."""
    numbers = numbered(report.claims())
    parts = [
        f"# {escaped(report.question)}",
        f"*{escaped(report.mode)}*",
        *not_answered(report),
        *sections(report, numbers),
        *places(report, numbers, place_of),
        *coverage(report),
        *run(report.run, report.usage),
    ]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """`text` on one line, as Markdown that reads as exactly these characters, wherever it stands in a line."""
    line = UNSEEN.sub("\ufffd", " ".join(text.split()))
    line = SPECIAL.sub(r"\\\g<0>", line)
    opening = OPENS_A_BLOCK.match(line)
    if opening is None:
        return line
    at = opening.start() if opening.group()[0] in "-+=:" else opening.end()  # `\- x`, but `1\. x`
    return f"{line[:at]}\\{line[at:]}"


def numbered(claims: Iterable[Claim]) -> dict[Quote, int]:
    """A number for every span that is quoted, from 1, in the order of the report."""
    quotes = dict.fromkeys(quote for claim in claims for quote in claim.quotes)
    return {quote: number for number, quote in enumerate(quotes, 1)}


def not_answered(report: Report) -> Iterator[str]:
    if report.answered:
        return
    yield "**These documents do not answer this.**"
    yield f"Searched: {documents(report)}. Searched for:" if report.coverage.searched else "Nothing was searched."
    yield from listed(report.coverage.searched)


def sections(report: Report, numbers: dict[Quote, int]) -> Iterator[str]:
    extractive = report.mode.startswith("extractive")
    for section in report.sections:
        yield f"## {escaped(section.heading)}"
        lines = [f"- {claim_line(claim, numbers, extractive=extractive)}" for claim in section.claims]
        if lines:
            yield "\n".join(lines)


def claim_line(claim: Claim, numbers: dict[Quote, int], *, extractive: bool) -> str:
    citations = "".join(f"[{number}]" for number in dict.fromkeys(numbers[quote] for quote in claim.quotes))
    # A sentence that is its quote needs nobody to judge what the quote says.
    note = "" if extractive and claim.verdict is Verdict.LOCATED else NOTES[claim.verdict]
    return " ".join(part for part in (escaped(claim.text), citations, note and f"*({note})*") if part)


def places(report: Report, numbers: dict[Quote, int], place_of: Callable[[Quote], str]) -> Iterator[str]:
    """Every cited span with its words, so that a reader can hold them against the document."""
    if not numbers:
        return
    names: dict[str, list[str]] = {}
    for source in report.sources:
        names.setdefault(source.snapshot, []).append(source.uri)
    yield "## Sources and places"
    for quote, number in numbers.items():
        first, *copies = names.get(quote.snapshot, ["a document that is not among the sources"])
        also = f" (the same text: {', '.join(copies)})" if copies else ""
        where = ", ".join(part for part in (f"{first}{also}", place_of(quote)) if part)
        marker = f"{number}. "
        yield f"{marker}{escaped(where)}\n\n{' ' * len(marker)}> {escaped(quote.text)}"


def coverage(report: Report) -> Iterator[str]:
    looked = report.coverage
    yield "## Coverage"
    facts = [
        f"- Searched: {documents(report)}; read: {looked.read}; not taken in: {len(looked.skipped)}",
        f"- Claims left out because they did not stand when checked: {looked.dropped}",
        f"- Collection: {escaped(looked.collection)}",
    ]
    yield "\n".join(facts)
    if looked.skipped:
        yield "Not taken in:"
        yield from listed(f"{skipped.uri}: {skipped.reason}" for skipped in looked.skipped)
    if looked.unanswered:
        yield "Not answered by these documents:"
        yield from listed(looked.unanswered)
    if looked.searched and report.answered:
        yield "Searched for:"
        yield from listed(looked.searched)


def run(record: RunRecord, usage: Usage) -> Iterator[str]:
    yield "## Run"
    seconds = ", ".join(f"{phase} {taken:.1f} s" for phase, taken in record.seconds.items())
    facts = [
        f"- Run {escaped(record.id)}, workflow {escaped(record.workflow)}",
        f"- Started {moment(record.started)}, published {moment(record.published)}",
        *([f"- Time in phases: {escaped(seconds)}"] if seconds else []),
        f"- Model calls {usage.calls}, tokens {usage.tokens}, cost {usage.usd:.4f} USD",
    ]
    yield "\n".join(facts)
    yield "Check every quote against the stored documents: `outlast verify report.json`"


def documents(report: Report) -> str:
    count = report.coverage.documents
    return "1 document" if count == 1 else f"{count} documents"


def moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if time.tzinfo else f"{time:%Y-%m-%d %H:%M:%S}"


def listed(texts: Iterable[str]) -> list[str]:
    """A list of at most MOST_LISTED texts and the number of the others, as one part of the page; none without texts."""
    lines = [f"- {escaped(text)}" for text in texts]
    more = [f"- and {len(lines) - MOST_LISTED} more"] if len(lines) > MOST_LISTED else []
    return ["\n".join([*lines[:MOST_LISTED], *more])] if lines else []
