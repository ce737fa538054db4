"""What a failed model call means: is another try worth it, and if not, who can do something?

Provider clients raise their own errors, of many kinds; here they become ours. They are known by HTTP status, by
LangChain's common classes, and by what providers write where both mislead: an exhausted quota comes as 429, a prompt
that is too long as 400, an error sometimes as 200.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, cast

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAuthenticationError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelRefusalError,
)

from outlast.evidence.errors import NeedsOperator, OutlastError, Permanent, Transient
from outlast.evidence.text import one_line
from outlast.tools.redacting import redact, redact_error
from outlast.tools.retrying import parse_retry_after

QUOTA = re.compile(
    r"insufficient_quota|exceeded your current quota|credit balance|out of credits|insufficient (?:credits|funds"
    r"|balance)|spend(?:ing)? limit|payment required|billing_not_active|account is not active|billing_hard_limit"
    r"|billing hard limit|specified api usage limits|key limit exceeded",
    re.IGNORECASE,
)
CONTEXT_TOO_LONG_PATTERN = re.compile(
    r"context[ _](?:length|window|size|limit)|maximum context|maximum prompt length|prompt is too long"
    r"|too many (?:input )?tokens|input is too long",
    re.IGNORECASE,
)
REQUEST_TOO_LARGE_PATTERN = re.compile(r"request too large", re.IGNORECASE)
"""For the account's tokens a minute, as OpenAI's 429 says it: no minute lets it through."""
BAD_KEY = re.compile(r"api key (?:not valid|expired)|api_key_invalid|(?:incorrect|invalid) api key", re.IGNORECASE)
"""Google and xAI say it by 400."""
CONTENT_FILTER_PATTERN = re.compile(
    r"content management policy|content filtering policy|(?:prompt|input) was flagged"
    r"|\[(?:content_filter|content_policy_violation|invalid_prompt)\]",
    re.IGNORECASE,
)
"""By a provider's filter; the codes stand as `provider_message` adds them."""
RETRY_IN = re.compile(r"retry in (\d+(?:\.\d+)?) ?s", re.IGNORECASE)
"""Google says a minute's limit in the words of a quota, and when to come back in the message alone."""
LASTING_LIMIT_PATTERN = re.compile(r"per ?day|limit: 0\b", re.IGNORECASE)
"""It names a few seconds here too, but they change nothing."""
HTML = re.compile(r"<!doctype html|<html", re.IGNORECASE)
CONTENT_FILTER_ERRORS = frozenset({"ContentFilterFinishReasonError"})
CONNECTION_ERRORS = frozenset({"TransportError", "APIConnectionError", "ConnectError"})
NOT_JSON_MESSAGE = "'str' object has no attribute"
"""What comes of a page that is not JSON at all: the client gives it back as text, and LangChain looks for fields."""
MALFORMED_ANSWER_ERRORS = (ValueError, TypeError, LookupError, AttributeError)
"""What clients raise, bare, when a 200 has something else in it than they expect."""
STATUS_BY_ERROR: dict[type[ModelError], int] = {
    ModelAuthenticationError: 401,
    ModelPermissionDeniedError: 403,
    ModelNotFoundError: 404,
    ModelInvalidRequestError: 400,
    ModelRateLimitError: 429,
}
STATUS_MESSAGES = {
    401: ("The provider refuses the key for the model {}", "Set a valid key."),
    403: ("The key may not use the model {}", "Give it the right, or take another."),
    404: ("There is no model {} at its address", "Check its name and the base URL."),
}
MAX_MESSAGE_CHARACTERS = 300
"""Of what a provider said; some send whole pages."""


class NotAccepted(Permanent):
    """The server does not take a request of this form (400, 422, 501): another form may do."""


class ContextTooLong(Permanent):
    """What was asked does not fit into the model's context: with less of it, it may."""


class Refused(Permanent):
    """The model, or its provider's filter, does not answer this; it may answer something else."""


class Malformed(Transient):
    """The server answered 200 with something that is no answer."""


def as_error(error: Exception, model: str, secrets: Sequence[str] = ()) -> BaseException:
    """`error` of a call to `model` as one of ours, without `secrets`; what is none of the call stays."""
    if isinstance(error, OutlastError):
        return error
    full_text = redact(provider_message(error), secrets)
    excerpt = one_line(full_text, MAX_MESSAGE_CHARACTERS).rstrip(". ")
    status = http_status_of(error)
    return (
        classify_by_text(error, status, full_text, excerpt, model)
        or classify_by_status(error, status, full_text, excerpt, model)
        or classify_by_type(error, excerpt, model)
        or redact_error(error, secrets)
    )


def classify_by_text(
    error: Exception, status: int | None, full_text: str, excerpt: str, model: str
) -> OutlastError | None:
    """What its words say of it, where its status says something else."""
    if status == 402 or (status in {None, 400, 403, 429} and QUOTA.search(full_text) and not wait_in_text(full_text)):
        return NeedsOperator(
            f"The account behind the model {model} has nothing left to spend: {excerpt}.",
            "Add credit or raise its limit at the provider.",
        )
    too_long = (status in {400, 422, 500} and CONTEXT_TOO_LONG_PATTERN.search(full_text)) or (
        status == 429 and REQUEST_TOO_LARGE_PATTERN.search(full_text)
    )
    if isinstance(error, ContextOverflowError) or status == 413 or too_long:
        return ContextTooLong(f"The prompt is longer than the model {model} takes: {excerpt}.")
    if status == 400 and BAD_KEY.search(full_text):
        return as_permanent(401, status, excerpt, model)
    if status in {400, 403, 422} and CONTENT_FILTER_PATTERN.search(full_text):
        return Refused(f"The model {model} refuses to answer: {excerpt}.")
    return None


def classify_by_status(
    error: Exception, status: int | None, full_text: str, excerpt: str, model: str
) -> OutlastError | None:
    if status is None:
        return None
    if status in {408, 409, 425, 429} or (status >= 500 and status != 501):
        wait = parse_retry_after(headers_of(error)) or wait_in_text(full_text)
        return Transient(f"The model {model} is not available now ({status}): {excerpt}.", wait)
    if status in {400, 422, 501}:
        return NotAccepted(f"The server of the model {model} refuses the request ({status}): {excerpt}.")
    return as_permanent(status, status, excerpt, model)


def as_permanent(meant: int, status: int, excerpt: str, model: str) -> Permanent:
    """What `status` says, which is usually said by `meant`."""
    what, fix = STATUS_MESSAGES.get(meant, ("The server of the model {} refuses", "Check the base URL."))
    return Permanent(f"{what.format(model)} ({status}): {excerpt}. {fix}")


def classify_by_type(error: Exception, excerpt: str, model: str) -> OutlastError | None:
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, TimeoutError) or "APITimeoutError" in kinds:
        return Transient(f"The model {model} did not answer in time.")
    if (
        isinstance(error, OSError)
        or kinds & CONNECTION_ERRORS
        or (isinstance(error, ModelError) and error.is_retryable)
    ):
        return Transient(f"The model {model} cannot be reached: {excerpt}.")
    if isinstance(error, ModelRefusalError) or kinds & CONTENT_FILTER_ERRORS:
        return Refused(f"The model {model} refuses to answer: {excerpt}.")
    return (
        classify_bad_answer(excerpt, model)
        if isinstance(error, MALFORMED_ANSWER_ERRORS) or "APIError" in kinds
        else None
    )


def classify_bad_answer(excerpt: str, model: str) -> OutlastError:
    """The server answered 200, and the client could make nothing of it."""
    if HTML.search(excerpt) or NOT_JSON_MESSAGE in excerpt:
        return Permanent(f"What answers for the model {model} is a web page and no model server. Check the base URL.")
    return Malformed(f"The model {model} sent an answer that is none: {excerpt}.")


def http_status_of(error: BaseException) -> int | None:
    """The HTTP status behind an error; also one that came inside a 200, as gateways do it."""
    for each in walk_causes(error):
        given: Any = each.args[0] if each.args else None
        inside = cast("dict[str, Any]", given).get("code") if isinstance(given, dict) else None
        answered = getattr(
            getattr(each, "response", None), "status_code", None
        )  # httpx's own, as some clients leave it
        for status in (getattr(each, "status_code", None), getattr(each, "code", None), inside, answered):
            if isinstance(status, int) and 400 <= status <= 599:
                return status
    return next((status for kind, status in STATUS_BY_ERROR.items() if isinstance(error, kind)), None)


def headers_of(error: BaseException) -> Any:
    found: list[Any] = [getattr(getattr(each, "response", None), "headers", None) for each in walk_causes(error)]
    return next((headers for headers in found if headers), cast("dict[str, str]", {}))


def walk_causes(error: BaseException) -> Iterator[BaseException]:
    """It, and what it was made of: some of LangChain's packages wrap their client's error and keep little of it."""
    yield error
    if error.__cause__:
        yield from walk_causes(error.__cause__)


def wait_in_text(full_text: str) -> timedelta | None:
    """How long until a limit of a minute lets the next call through, where the message says it and no header."""
    soon = None if LASTING_LIMIT_PATTERN.search(full_text) else RETRY_IN.search(full_text)
    return parse_retry_after({"Retry-After": soon[1]}) if soon else None


def provider_message(error: Exception) -> str:
    """What the provider said, without the client's wrapping where it can be had."""
    body = getattr(error, "body", None)
    if isinstance(body, dict) and isinstance(message := cast("dict[str, Any]", body).get("message"), str):
        code = cast("dict[str, Any]", body).get("code")
        return f"{message} [{code}]" if isinstance(code, str) and code not in message else message
    return str(error) or type(error).__name__
