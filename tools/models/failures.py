"""Classify the failures of model calls: can another attempt help, and if not, who can fix it?

Providers' clients raise errors of many types; this module translates them into errors of Outlast. It classifies them by
HTTP status, by LangChain's common classes, and by the provider's text where both mislead: an exhausted quota comes as
429, a prompt that is too long as 400, an error sometimes as 200.
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
"""OpenAI's 429 for a request that alone exceeds the account's tokens per minute: waiting does not help."""
BAD_KEY = re.compile(r"api key (?:not valid|expired)|api_key_invalid|(?:incorrect|invalid) api key", re.IGNORECASE)
"""Google and xAI report a bad key with status 400."""
CONTENT_FILTER_PATTERN = re.compile(
    r"content management policy|content filtering policy|(?:prompt|input) was flagged"
    r"|\[(?:content_filter|content_policy_violation|invalid_prompt)\]",
    re.IGNORECASE,
)
"""Texts of a provider's content filter; the codes have the form in which `provider_message` adds them."""
RETRY_IN = re.compile(r"retry in (\d+(?:\.\d+)?) ?s", re.IGNORECASE)
"""Google reports a limit per minute in the words of a quota, and says only in the message when to come back."""
LASTING_LIMIT_PATTERN = re.compile(r"per ?day|limit: 0\b", re.IGNORECASE)
"""Google's limits that do not pass within a minute. Their messages name some seconds too, but waiting does not help."""
HTML = re.compile(r"<!doctype html|<html", re.IGNORECASE)
CONTENT_FILTER_ERRORS = frozenset({"ContentFilterFinishReasonError"})
CONNECTION_ERRORS = frozenset({"TransportError", "APIConnectionError", "ConnectError"})
NOT_JSON_MESSAGE = "'str' object has no attribute"
"""The error for an answer that is not JSON: the client returns it as a string, in which LangChain looks for fields."""
MALFORMED_ANSWER_ERRORS = (ValueError, TypeError, LookupError, AttributeError)
"""Errors that clients raise without a class of their own when a 200 has unexpected content."""
STATUS_BY_ERROR: dict[type[ModelError], int] = {
    ModelAuthenticationError: 401,
    ModelPermissionDeniedError: 403,
    ModelNotFoundError: 404,
    ModelInvalidRequestError: 400,
    ModelRateLimitError: 429,
}
STATUS_MESSAGES = {
    401: ("The provider refuses the key for the model {}", "Set a valid key."),
    403: ("The key may not use the model {}", "Give the key that permission, or use another key."),
    404: ("There is no model {} at its address", "Check its name and the base URL."),
}
MAX_MESSAGE_CHARACTERS = 300
"""The length to which a provider's message is cut; some providers send whole pages."""


class NotAccepted(Permanent):
    """The server does not accept a request of this form (400, 422, 501); it may accept another form."""


class ContextTooLong(Permanent):
    """The prompt does not fit into the model's context; a shorter prompt may."""


class Refused(Permanent):
    """The model or its provider's filter refuses to answer this prompt; it may answer another one."""


class Malformed(Transient):
    """The server answered 200 with content that is not an answer of a model."""


def as_error(error: Exception, model: str, secrets: Sequence[str] = ()) -> BaseException:
    """Translate `error` of a call to `model` into an error of Outlast, without `secrets`.

    An error that did not come from the call keeps its type; only secrets are removed from it.
    """
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
    """Classify an error by the provider's text, for the cases in which its status misleads."""
    if status == 402 or (status in {None, 400, 403, 429} and QUOTA.search(full_text) and not wait_in_text(full_text)):
        return NeedsOperator(
            f"The account behind the model {model} has nothing left to spend: {excerpt}.",
            "Add credit or raise its limit at the provider.",
        )
    is_too_long = (status in {400, 422, 500} and CONTEXT_TOO_LONG_PATTERN.search(full_text)) or (
        status == 429 and REQUEST_TOO_LARGE_PATTERN.search(full_text)
    )
    if isinstance(error, ContextOverflowError) or status == 413 or is_too_long:
        return ContextTooLong(f"The prompt is longer than the model {model} accepts: {excerpt}.")
    if status == 400 and BAD_KEY.search(full_text):
        return as_permanent(401, status, excerpt, model)
    if status in {400, 403, 422} and CONTENT_FILTER_PATTERN.search(full_text):
        return Refused(f"The model {model} refuses to answer: {excerpt}.")
    return None


def classify_by_status(
    error: Exception, status: int | None, full_text: str, excerpt: str, model: str
) -> OutlastError | None:
    """Classify an error by its HTTP status; None if it has none."""
    if status is None:
        return None
    if status in {408, 409, 425, 429} or (status >= 500 and status != 501):
        wait = parse_retry_after(headers_of(error)) or wait_in_text(full_text)
        return Transient(f"The model {model} is not available now ({status}): {excerpt}.", wait)
    if status in {400, 422, 501}:
        return NotAccepted(f"The server of the model {model} refuses the request ({status}): {excerpt}.")
    return as_permanent(status, status, excerpt, model)


def as_permanent(usual_status: int, status: int, excerpt: str, model: str) -> Permanent:
    """Return the permanent error for `status`. `usual_status` is the status that other providers send in this case."""
    problem, fix = STATUS_MESSAGES.get(
        usual_status, ("The server of the model {} refuses the request", "Check the base URL.")
    )
    return Permanent(f"{problem.format(model)} ({status}): {excerpt}. {fix}")


def classify_by_type(error: Exception, excerpt: str, model: str) -> OutlastError | None:
    """Classify an error by its type, for errors without a status; None if the error did not come from the call."""
    names = {each.__name__ for each in type(error).__mro__}
    if isinstance(error, TimeoutError) or "APITimeoutError" in names:
        return Transient(f"The model {model} did not answer in time.")
    if (
        isinstance(error, OSError)
        or names & CONNECTION_ERRORS
        or (isinstance(error, ModelError) and error.is_retryable)
    ):
        return Transient(f"The model {model} cannot be reached: {excerpt}.")
    if isinstance(error, ModelRefusalError) or names & CONTENT_FILTER_ERRORS:
        return Refused(f"The model {model} refuses to answer: {excerpt}.")
    return (
        classify_bad_answer(excerpt, model)
        if isinstance(error, MALFORMED_ANSWER_ERRORS) or "APIError" in names
        else None
    )


def classify_bad_answer(excerpt: str, model: str) -> OutlastError:
    """Return the error for an answer with status 200 that the client could not read."""
    if HTML.search(excerpt) or NOT_JSON_MESSAGE in excerpt:
        return Permanent(
            f"The address of the model {model} sends a web page: it is not a model server. Check the base URL."
        )
    return Malformed(f"The model {model} sent an answer that cannot be read: {excerpt}.")


def http_status_of(error: BaseException) -> int | None:
    """Return the HTTP status behind an error, or None. Some gateways send it in the body of a 200."""
    for each in walk_causes(error):
        body: Any = each.args[0] if each.args else None
        in_body = cast("dict[str, Any]", body).get("code") if isinstance(body, dict) else None
        of_response = getattr(
            getattr(each, "response", None), "status_code", None
        )  # some clients pass on httpx's own error
        for status in (getattr(each, "status_code", None), getattr(each, "code", None), in_body, of_response):
            if isinstance(status, int) and 400 <= status <= 599:
                return status
    return next((status for error_type, status in STATUS_BY_ERROR.items() if isinstance(error, error_type)), None)


def headers_of(error: BaseException) -> Any:
    """Return the headers of the response behind an error, or an empty mapping."""
    found: list[Any] = [getattr(getattr(each, "response", None), "headers", None) for each in walk_causes(error)]
    return next((headers for headers in found if headers), cast("dict[str, str]", {}))


def walk_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and its causes: some of LangChain's packages wrap their client's error and keep little of it."""
    yield error
    if error.__cause__:
        yield from walk_causes(error.__cause__)


def wait_in_text(full_text: str) -> timedelta | None:
    """Return the time until a limit per minute allows the next call, if the message says it; for absent headers."""
    found = None if LASTING_LIMIT_PATTERN.search(full_text) else RETRY_IN.search(full_text)
    return parse_retry_after({"Retry-After": found[1]}) if found else None


def provider_message(error: Exception) -> str:
    """Return the provider's own message if the error has it, else the text of the client's error."""
    body = getattr(error, "body", None)
    if isinstance(body, dict) and isinstance(message := cast("dict[str, Any]", body).get("message"), str):
        code = cast("dict[str, Any]", body).get("code")
        return f"{message} [{code}]" if isinstance(code, str) and code not in message else message
    return str(error) or type(error).__name__
