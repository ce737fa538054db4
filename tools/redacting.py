"""Remove secrets from texts that people and logs see: known secrets by their value, unknown ones by their form."""

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

REDACTION_MARK = "[hidden]"
MIN_SECRET_CHARACTERS = 8
"""A shorter value is a word like `none` that a local server accepts as a key: hiding it would garble the text."""

SECRET_PATTERNS = (
    # values in the places where credentials are written
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
    # the forms of providers' keys; some providers echo a key half covered with asterisks
    (re.compile(r"\b(?:sk|pk|rk|tvly|gsk|xai|nvapi)-[\w*-]{6,}"), REDACTION_MARK),
    (re.compile(r"\b(?:hf|ghp|gho|ghs|github_pat)_\w{10,}"), REDACTION_MARK),
    (re.compile(r"\b(?:AIza[\w-]{20,}|AKIA[A-Z0-9]{12,})"), REDACTION_MARK),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), REDACTION_MARK),
)


class Redacted(Exception):
    """Replaces an exception of a library whose text held a secret: the type's name, and the text without the secret."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text with `[hidden]` for each of the secrets, in any encoding, and for all that looks like one."""
    encodings = {encoding for secret in secrets for encoding in _encodings_of(secret)}
    for encoding in sorted(encodings, key=len, reverse=True):
        text = text.replace(encoding, REDACTION_MARK)
    for pattern, replacement in SECRET_PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def _encodings_of(secret: str) -> Iterator[str]:
    if len(secret) >= MIN_SECRET_CHARACTERS:
        encoded = base64.b64encode(secret.encode()).decode()
        yield from (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1])
        yield from (encoded, encoded.rstrip("="))


def redact_error(error: BaseException, secrets: Iterable[str] = ()) -> BaseException:
    """Return the exception itself, or its redacted replacement if it or one of its causes contains a secret.

    Use it as `raise ... from redact_error(error, secrets)`: a traceback shows the whole chain of causes. An exception
    that is raised inside an `except` block keeps the handled exception as its context, so where nothing of that may be
    kept, raise after the block.
    """
    values = tuple(secrets)
    if all(redact(text, values) == text for each in _walk_errors(error) for text in _texts_of(each)):
        return error
    first = last = _redacted(error, values)
    seen = {id(error)}
    cause = _cause_of(error)
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        last.__cause__ = _redacted(cause, values)
        last, cause = last.__cause__, _cause_of(cause)
    return first


def _redacted(error: BaseException, secrets: tuple[str, ...]) -> Redacted:
    texts = (redact(f"{type(each).__name__}: {each}", secrets) for each in (error, *_errors_in_group(error)))
    return Redacted("; ".join(texts)).with_traceback(error.__traceback__)


def _walk_errors(error: BaseException) -> Iterator[BaseException]:
    """Yield the exception, its causes and the members of exception groups, each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        current = waiting.pop()
        if id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting += [*_errors_in_group(current), *([cause] if (cause := _cause_of(current)) else [])]


def _cause_of(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _errors_in_group(error: BaseException) -> tuple[BaseException, ...]:
    return error.exceptions if isinstance(error, BaseExceptionGroup) else ()  # pyright: ignore[reportUnknownVariableType]


def _texts_of(error: BaseException) -> tuple[str, ...]:
    notes: list[str] = getattr(error, "__notes__", [])
    return (str(error), *(str(argument) for argument in error.args), *notes)
