"""What a phase returns has a form and a size that Temporal can send.

An activity whose result cannot be sent is repeated without end, after everything has been paid.
"""

from typing import TypeVar

from pydantic import BaseModel
from temporalio import activity
from temporalio.exceptions import ApplicationError

from ._messages import Paused, Resume

Outcome = TypeVar("Outcome", bound=BaseModel)

MAX_RESULT_BYTES = 2 * 1024 * 1024
"""Temporal's limit for one payload."""


async def sendable(outcome: Outcome, checkpoint: str) -> Outcome:
    """Return `outcome` if Temporal can send it; otherwise raise a failure that is not retried."""
    converter = activity.client().data_converter
    try:
        payloads = converter.payload_converter.to_payloads([outcome])
    except Exception as error:  # a serializer of the user's class may raise anything
        what, fix = "result", "Give the field a type that JSON can hold, for example a text in place of bytes."
        if isinstance(outcome, Paused):
            what, fix = (
                "question",
                "Call interrupt() with a value that JSON can hold, for example a text in place of bytes.",
            )
        raise bad_result(f"The {what} of the phase cannot be sent as JSON: {error}. {fix}", checkpoint) from error
    if converter.payload_codec:  # it may compress
        payloads = await converter.payload_codec.encode(payloads)
    size_bytes = sum(payload.ByteSize() for payload in payloads)
    if size_bytes > MAX_RESULT_BYTES and converter.external_storage is None:
        raise bad_result(
            f"The result of the phase takes {size_bytes // 1024} KiB, and Temporal takes {MAX_RESULT_BYTES // 1024}. "
            f"Its largest fields: {largest_fields(outcome)}. Return the names of large texts and keep the texts "
            "elsewhere, or give the client's data converter an external storage.",
            checkpoint,
        )
    return outcome


def bad_result(message: str, checkpoint: str) -> ApplicationError:
    return ApplicationError(message, Resume(checkpoint=checkpoint), type="BadResult", non_retryable=True)


def largest_fields(outcome: BaseModel) -> str:
    fields = {name: len(outcome.model_dump_json(include={name})) for name in type(outcome).model_fields}
    largest = sorted(fields.items(), key=lambda each: -each[1])[:3]
    return ", ".join(f"{name} {size_bytes // 1024} KiB" for name, size_bytes in largest)
