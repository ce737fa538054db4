"""Secrets out of what people and logs see: known ones by their value, unknown ones by how they look."""

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"
SHORTEST = 8
"""A shorter value is a word like `none` that a local server takes for a key: hiding it would garble the text."""

LOOKS = (
    # what stands where credentials stand
    (re.compile(r"//[^/\s@\"']+@"), f"//{HIDDEN}@"),
    (re.compile(r"((?i:authorization)\W{1,5}(?i:bearer|basic))\s+(?!\[)[^\s\"']+"), rf"\1 {HIDDEN}"),
    (re.compile(r"\b((?i:bearer|basic))\s+(?=\S*\d|\S*[a-z][A-Z]|\S{16})[\w.~+/=*-]{6,}"), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"((?:authorization|api[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret|password|passwd)"
            r"[\"']?\s*[:=]\s*(?:b(?=[\"']))?[\"']?)(?!\[hidden\]|bearer\b|basic\b)[^\s\"'&,;)}\]]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    # what providers make their keys look like; some echo one half covered with asterisks
    (re.compile(r"\b(?:sk|pk|rk|tvly|gsk|xai|nvapi)-[\w*-]{6,}"), HIDDEN),
    (re.compile(r"\b(?:hf|ghp|gho|ghs|github_pat)_\w{10,}"), HIDDEN),
    (re.compile(r"\b(?:AIza[\w-]{20,}|AKIA[A-Z0-9]{12,})"), HIDDEN),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), HIDDEN),
)


class Redacted(Exception):
    """Stands for an exception of a library whose text held a secret: its kind, and its text without it."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with `[hidden]` instead of each of the secrets, in any encoding, and of all that looks like one."""
    for form in sorted({form for secret in secrets for form in _forms(secret)}, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    for look, replacement in LOOKS:
        text = look.sub(replacement, text)
    return text


def _forms(secret: str) -> Iterator[str]:
    if len(secret) >= SHORTEST:
        encoded = base64.b64encode(secret.encode()).decode()
        yield from (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1])
        yield from (encoded, encoded.rstrip("="))


def redacted(error: BaseException, secrets: Iterable[str] = ()) -> BaseException:
    """The exception itself, or what may be shown in its place, where it or one that it came from tells a secret.

    For `raise ... from redacted(error, secrets)`: a traceback shows the whole chain. What is raised while an exception
    is handled keeps that one as its context, though: raise after the `except` where nothing at all may be kept.
    """
    known = tuple(secrets)
    if all(redact(text, known) == text for one in _all(error) for text in _shown(one)):
        return error
    first = last = _stand_in(error, known)
    seen = {id(error)}
    below = _below(error)
    while below is not None and id(below) not in seen:
        seen.add(id(below))
        last.__cause__ = _stand_in(below, known)
        last, below = last.__cause__, _below(below)
    return first


def _stand_in(error: BaseException, known: tuple[str, ...]) -> Redacted:
    texts = (redact(f"{type(one).__name__}: {one}", known) for one in (error, *_members(error)))
    return Redacted("; ".join(texts)).with_traceback(error.__traceback__)


def _all(error: BaseException) -> Iterator[BaseException]:
    """The exception, those that it came from, and those of groups, each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*_members(one), *([below] if (below := _below(one)) else [])]


def _below(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _members(error: BaseException) -> tuple[BaseException, ...]:
    return error.exceptions if isinstance(error, BaseExceptionGroup) else ()  # pyright: ignore[reportUnknownVariableType]


def _shown(error: BaseException) -> tuple[str, ...]:
    notes: list[str] = getattr(error, "__notes__", [])
    return (str(error), *(str(argument) for argument in error.args), *notes)
