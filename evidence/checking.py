"""Check a report again: is each quote where the report says it is, and does each sentence say what its quotes say?

Nothing in the report is trusted. A snapshot's text is right if its SHA-256 is its name; a quote is right if
the text between its offsets is the quote; an extractive sentence is right if it consists of its quotes.
"""

from collections.abc import Callable, Iterator
from typing import cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from outlast.evidence.errors import Permanent
from outlast.evidence.report import Claim, Report
from outlast.evidence.sources import Quote, Value, is_web_address, sha256
from outlast.evidence.text import one_line
from outlast.evidence.wording import collapse_white_space, same_wording

REPORT_SCHEMA_VERSION = 2
"""The newest version of `report.json` that this code reads."""
MAX_EXCERPT_CHARACTERS = 60
"""Maximum length of the texts that a problem shows."""


class CheckResult(Value):
    """How many quotes and claims were checked, and the problems, one line each. A report without problems is valid."""

    quotes: int
    claims: int
    problems: tuple[str, ...]


def check(report: Report, text_of: Callable[[str], str | None]) -> CheckResult:
    """Check `report` against stored texts. `text_of(snapshot)` returns the snapshot's text, or None if it is missing.

    It is called once for each snapshot. Problems come in the order of the report: first the sources, then the claims.
    """
    claims = list(report.claims())
    cited = dict.fromkeys(source.snapshot for source in report.sources)
    quoted = dict.fromkeys(quote.snapshot for claim in claims for quote in claim.quotes)
    texts = {snapshot: text_of(snapshot) for snapshot in cited | quoted}
    uris = {source.snapshot: source.uri for source in report.sources}

    def problems() -> Iterator[str]:
        yield from find_snapshot_problems(texts, uris)
        yield from find_address_problems(report)
        answers = sum(len(section.claims) + len(section.disputes) for section in report.sections)
        if report.answered and not answers:
            yield "The report says that the question is answered, but it makes no claim."
        if answers and not report.answered:
            yield f"The report says that the question is not answered, but it makes claims ({answers})."
        yield from find_citation_problems(report)
        yield from find_dispute_problems(report)
        extractive = report.mode.startswith("extractive")
        for number, section in enumerate(report.sections, 1):
            for position, claim in enumerate(section.all_claims(), 1):
                place = f"Section {number} ({excerpt(section.heading)}), claim {position}"
                yield from (
                    f"{place}{problem}" for problem in find_claim_problems(claim, texts, uris, extractive=extractive)
                )

    return CheckResult(
        quotes=sum(len(claim.quotes) for claim in claims), claims=len(claims), problems=tuple(problems())
    )


def find_snapshot_problems(texts: dict[str, str | None], uris: dict[str, str]) -> Iterator[str]:
    for snapshot, text in texts.items():
        if text is None:
            yield f"The {describe_snapshot(snapshot, uris)} is missing."
        elif not hash_matches(snapshot, text):
            yield f"The {describe_snapshot(snapshot, uris)} was changed: its SHA-256 is not its name."


def find_address_problems(report: Report) -> Iterator[str]:
    """Yield a problem for each fetched source without a web address: these addresses become links in the pages."""
    for source in report.sources:
        if source.fetched is not None and not is_web_address(source.uri):
            yield f"The source {excerpt(source.uri)} has a fetch date, but it is no http or https address."
        if source.final_url and (source.fetched is None or not is_web_address(source.final_url)):
            yield f"The source {excerpt(source.uri)} cannot end at {excerpt(source.final_url)}: that was not fetched."


def find_dispute_problems(report: Report) -> Iterator[str]:
    for number, section in enumerate(report.sections, 1):
        if any(len({collapse_white_space(claim.text) for claim in dispute.claims}) < 2 for dispute in section.disputes):
            yield f"Section {number} ({excerpt(section.heading)}) has a dispute without two sides."


def find_citation_problems(report: Report) -> Iterator[str]:
    """Yield a problem if the citations are not the quotes. Reports made before citations were written have none."""
    cited = [(citation.snapshot, citation.start, citation.end, citation.lead) for citation in report.citations]
    quoted = [
        (quote.snapshot, quote.start, quote.end, tuple((span.start, span.end) for span in quote.lead))
        for quote in report.quotes()
    ]
    if cited and cited != quoted:
        yield f"The report's citations ({len(cited)}) are not its quotes ({len(quoted)}) in the same order."


def find_claim_problems(
    claim: Claim, texts: dict[str, str | None], uris: dict[str, str], *, extractive: bool
) -> Iterator[str]:
    if not claim.quotes:
        yield f": it has no quote: {excerpt(claim.text)}"
    elif extractive and not is_verbatim(claim):
        yield f": it does not consist of its quotes: {excerpt(claim.text)}"
    for number, quote in enumerate(claim.quotes, 1):
        if quote.snapshot not in uris:
            yield f", quote {number}: the {describe_snapshot(quote.snapshot, uris)} is not among the report's sources."
        text = texts[quote.snapshot]
        problem = None if text is None else find_quote_problem(quote, text)
        if problem:
            yield f", quote {number}: {problem} in the {describe_snapshot(quote.snapshot, uris)}: {excerpt(quote.text)}"


def find_quote_problem(quote: Quote, text: str) -> str | None:
    """Return what is wrong with the offsets of a quote in its text, or None if nothing is."""
    read_to = 0
    for span in quote.spans:
        place = f"characters {span.start} to {span.end}"
        if not 0 <= span.start < span.end <= len(text):
            return f"{place} are not a span of the {len(text)} characters"
        if text[span.start : span.end] != span.text:
            return f"{place} are not the quote"
        if span.start < read_to:
            return f"{place} do not follow the span before them"
        read_to = span.end
    return None


def is_verbatim(claim: Claim) -> bool:
    """Does the claim consist of its quotes in their order, or equal one of them, and the others say it in its words?

    White space does not count; between quotes that say the same, neither do case and the stop at the end.
    """
    claim_text = collapse_white_space(claim.text)
    quoted = [quote.shown for quote in claim.quotes]
    if claim_text == " ".join(quoted):
        return True
    return claim_text in quoted and len({same_wording(words) for words in quoted}) == 1


def hash_matches(snapshot: str, text: str) -> bool:
    try:
        return sha256(text) == snapshot
    except UnicodeEncodeError:  # a lone surrogate, which a stored text in UTF-8 cannot contain
        return False


def describe_snapshot(snapshot: str, uris: dict[str, str]) -> str:
    return f"snapshot {excerpt(snapshot, 13)}" + (f" of {excerpt(uris[snapshot])}" if snapshot in uris else "")


def excerpt(text: str, max_characters: int = MAX_EXCERPT_CHARACTERS) -> str:
    """Return the beginning of an untrusted text on one line, for people."""
    return one_line(text, max_characters)


def read_report(content: bytes | str) -> Report:
    """Read a `report.json`. Raises `Permanent` with one line that says what is wrong with the file."""
    try:
        encoded = content if isinstance(content, bytes) else content.encode()
        raw = from_json(encoded, allow_inf_nan=False)
    except ValueError as error:
        raise Permanent(f"This is not a report: it is not JSON ({error}).") from None
    if not isinstance(raw, dict) or "schema" not in raw:
        raise Permanent('This is not a report: it is JSON, but not an object with a "schema".')
    version = cast("dict[str, object]", raw)["schema"]
    if type(version) is not int or version < 1:
        raise Permanent(f'This is not a report: its "schema" is {excerpt(repr(version))}, not a number from 1.')
    if version > REPORT_SCHEMA_VERSION:
        raise Permanent(
            f"This report has schema {version}, which is newer than this Outlast reads ({REPORT_SCHEMA_VERSION}): "
            "use a newer Outlast."
        )
    try:
        return Report.model_validate_json(encoded, strict=True)
    except ValidationError as error:
        first, *others = error.errors(include_url=False)
        more = f" (and {len(others)} more)" if others else ""
        raise Permanent(
            f"This is not a report of schema {version}: {describe_validation_error(first)}{more}."
        ) from None


def describe_validation_error(error: ErrorDetails) -> str:
    """Describe an error, for example `sections.0.claims.3.quotes.0.start: Input should be a valid integer`."""
    place = excerpt(".".join(map(str, error["loc"])), 120)
    if error["type"] == "extra_forbidden":
        return f"{place} is an unknown field"
    return f"{place}: {error['msg']}"
