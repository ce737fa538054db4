"""How values and failures become what Temporal keeps: the same in client, worker, replayer and tests."""

from dataclasses import replace

from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DefaultFailureConverter, PayloadConverter
from temporalio.exceptions import ApplicationError

from outlast.evidence.text import safe_paragraphs


class SafeFailureConverter(DefaultFailureConverter):
    """Failures whose messages and stack traces hold nothing that a terminal or a browser would obey.

    Every failure of an activity, a workflow and an update comes through here, with all that it was raised from: what a
    page, a model or a library said is in messages that nobody of ours has written.
    """

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        try:
            super().to_failure(exception, payload_converter, failure)
        except UnicodeEncodeError:  # half a surrogate pair: no message can hold it
            failure.Clear()
            super().to_failure(as_encodable_failure(exception), payload_converter, failure)
        failure.message, failure.stack_trace = safe_paragraphs(failure.message), safe_paragraphs(failure.stack_trace)


def as_encodable_failure(exception: BaseException) -> ApplicationError:
    """The same failure by itself, without what it was raised from."""
    if isinstance(exception, ApplicationError):
        kind, delay, details = exception.type, exception.next_retry_delay, exception.details
        final = exception.non_retryable
    else:
        kind, delay, details, final = type(exception).__name__, None, (), False
    message = exception.message if isinstance(exception, ApplicationError) else str(exception)
    made = ApplicationError(safe_paragraphs(message), *details, type=kind, non_retryable=final, next_retry_delay=delay)
    made.__suppress_context__ = True
    return made


DATA_CONVERTER = replace(pydantic_data_converter, failure_converter_class=SafeFailureConverter)
"""Values as JSON, pydantic's models too."""
