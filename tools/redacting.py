"""Secrets out of what people and logs see: known ones by their value, unknown ones by how they look."""

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

REDACTION_MARK = "[hidden]"
MIN_SECRET_CHARACTERS = 8
"""A shorter value is a word like `none` that a local server takes for a key: hiding it would garble the text."""

SECRET_PATTERNS = (
    # what stands where credentials stand
    (re.compile(r"//[^/\s@\"']+@"), f"//{REDACTION_MARK}@"),
    (re.compile(r"((?i:authorization)\W{1,5}(?i:bearer|basic))\s+(?!\[)[^\s\"']+"), rf"\1 {REDACTION_MARK}"),
    (re.compile(r"\b((?i:bearer|basic))\s+(?=\S*\d|\S*[a-z][A-Z]|\S{16})[\w.~+/=*-]{6,}"), rf"\1 {REDACTION_MARK}"),
    (
        re.compile(
            r"((?:authorization|api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret|password|passwd)"
            r"[\"']?\s*[:=]\s*(?:b(?=[\"']))?[\"']?)(?!\[hidden\]|bearer\b|basic\b)[^\s\"'&,;)}\]]+",
            re.IGNORECASE,
        ),
        rf"\1{REDACTION_MARK}",
    ),
    # what providers make their keys look like; some echo one half covered with asterisks
    (re.compile(r"\b(?:sk|pk|rk|tvly|gsk|xai|nvapi)-[\w*-]{6,}"), REDACTION_MARK),
    (re.compile(r"\b(?:hf|ghp|gho|ghs|github_pat)_\w{10,}"), REDACTION_MARK),
    (re.compile(r"\b(?:AIza[\w-]{20,}|AKIA[A-Z0-9]{12,})"), REDACTION_MARK),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), REDACTION_MARK),
)


class Redacted(Exception):
    """Stands for an exception of a library whose text held a secret: its kind, and its text without it."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with `[hidden]` instead of each of the secrets, in any encoding, and of all that looks like one."""
    for form in sorted({form for secret in secrets for form in _encodings_of(secret)}, key=len, reverse=True):
        text = text.replace(form, REDACTION_MARK)
    for pattern, replacement in SECRET_PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _encodings_of(secret: str) -> Iterator[str]:
    if len(secret) >= MIN_SECRET_CHARACTERS:
        encoded = base64.b64encode(secret.encode()).decode()
        yield from (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1])
        yield from (encoded, encoded.rstrip("="))


def redact_error(error: BaseException, secrets: Iterable[str] = ()) -> BaseException:
    """The exception itself, or what may be shown in its place, where it or one that it came from tells a secret.

    For `raise ... from redacted(error, secrets)`: a traceback shows the whole chain. What is raised while an exception
    is handled keeps that one as its context, though: raise after the `except` where nothing at all may be kept.
    """
    known = tuple(secrets)
    if all(redact(text, known) == text for one in _walk_errors(error) for text in _texts_of(one)):
        return error
    first = last = _stand_in(error, known)
    seen = {id(error)}
    below = _cause_of(error)
    while below is not None and id(below) not in seen:
        seen.add(id(below))
        last.__cause__ = _stand_in(below, known)
        last, below = last.__cause__, _cause_of(below)
    return first


def _stand_in(error: BaseException, known: tuple[str, ...]) -> Redacted:
    texts = (redact(f"{type(one).__name__}: {one}", known) for one in (error, *_errors_in_group(error)))
    return Redacted("; ".join(texts)).with_traceback(error.__traceback__)


def _walk_errors(error: BaseException) -> Iterator[BaseException]:
    """The exception, those that it came from, and those of groups, each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*_errors_in_group(one), *([below] if (below := _cause_of(one)) else [])]


def _cause_of(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _errors_in_group(error: BaseException) -> tuple[BaseException, ...]:
    return error.exceptions if isinstance(error, BaseExceptionGroup) else ()  # pyright: ignore[reportUnknownVariableType]


def _texts_of(error: BaseException) -> tuple[str, ...]:
    notes: list[str] = getattr(error, "__notes__", [])
    return (str(error), *(str(argument) for argument in error.args), *notes)
