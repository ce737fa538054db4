"""The data converter for values and failures: client, worker, replayer and tests use the same one."""

from dataclasses import replace

from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DefaultFailureConverter, PayloadConverter
from temporalio.exceptions import ApplicationError

from outlast.evidence.text import safe_paragraphs


class SafeFailureConverter(DefaultFailureConverter):
    """Removes from messages and stack traces whatever a terminal or a browser would interpret as a command.

    Every failure of an activity, a workflow or an update passes through here, with its chain of causes. Their messages
    may contain text of web pages, models and libraries.
    """

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        try:
            super().to_failure(exception, payload_converter, failure)
        except UnicodeEncodeError:  # half a surrogate pair: no message can hold it
            failure.Clear()
            super().to_failure(as_encodable_failure(exception), payload_converter, failure)
        failure.message, failure.stack_trace = safe_paragraphs(failure.message), safe_paragraphs(failure.stack_trace)


def as_encodable_failure(exception: BaseException) -> ApplicationError:
    """Return the same failure with a message that can be encoded, and without the chain of its causes."""
    if isinstance(exception, ApplicationError):
        kind, delay, details = exception.type, exception.next_retry_delay, exception.details
        final = exception.non_retryable
    else:
        kind, delay, details, final = type(exception).__name__, None, (), False
    message = exception.message if isinstance(exception, ApplicationError) else str(exception)
    failure = ApplicationError(
        safe_paragraphs(message), *details, type=kind, non_retryable=final, next_retry_delay=delay
    )
    failure.__suppress_context__ = True
    return failure


DATA_CONVERTER = replace(pydantic_data_converter, failure_converter_class=SafeFailureConverter)
"""Encodes values, including pydantic models, as JSON."""
