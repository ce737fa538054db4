"""How values become payloads: the data converter that a phase needs on the client, the worker and the replayer.

A phase takes and gives pydantic models, and a `Paused` in place of its result where it waits. Temporal's default
payload converter encodes a model only where plain JSON can hold its fields, and does not tell a result from a `Paused`.
The activity of a phase whose result cannot be encoded is tried again for ever, after everything has been paid.
"""

import warnings
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter, DefaultPayloadConverter

from ._messages import Paused, Question

PAYLOAD_CONVERTER_ADVICE = (
    "Use `temporalio.contrib.pydantic.PydanticPayloadConverter`, or a subclass of it, as the `payload_converter_class` "
    "of the client's data converter. Its codec, failure converter and external storage may be any."
)


class Sample(BaseModel):
    """A result as phases have them: what only a payload converter for pydantic gives back as itself."""

    took: timedelta
    usd: Decimal
    seen: frozenset[str]


SAMPLE_RESULT = Sample(took=timedelta(seconds=1.5), usd=Decimal("0.10"), seen=frozenset({"a"}))
SAMPLE_PAUSED = Paused(questions=[Question(id="a", value={"b": [1, None]})], checkpoint="c")
SAMPLE_HEARTBEAT_DETAILS = ({"step": 1}, b"\x00\xff")


def with_pydantic_converter(converter: DataConverter) -> DataConverter:
    """`converter` with pydantic's payload converter in place of Temporal's default one; everything else stays.

    `ValueError` for another payload converter that does not give back what a phase takes and gives.
    """
    if converter.payload_converter_class is DefaultPayloadConverter:
        return replace(converter, payload_converter_class=PydanticPayloadConverter)
    if reason := incompatibility_of(converter):
        raise ValueError(
            f"DurablePlugin cannot work with this client's payload converter: {reason}. {PAYLOAD_CONVERTER_ADVICE}"
        )
    return converter


def require_pydantic_converter(converter: DataConverter) -> None:
    """`ValueError` where a worker's client has a data converter with which no phase can work."""
    if converter.payload_converter_class is DefaultPayloadConverter:
        raise ValueError(
            "This worker's client has Temporal's default data converter, with which the results of durable phases "
            "cannot be sent. Give the plugin to the client instead of the worker, which inherits it: "
            "`Client.connect(..., plugins=[DurablePlugin()])`. Or connect the client with "
            "`data_converter=temporalio.contrib.pydantic.pydantic_data_converter`."
        )
    with_pydantic_converter(converter)


def incompatibility_of(converter: DataConverter) -> str:
    """Why the payload converter cannot carry what a phase takes and gives; empty where it can."""
    hint: Any = Sample | Paused
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an unfit one warns of what is refused here
            for value, kind in (
                (SAMPLE_RESULT, hint),
                (SAMPLE_PAUSED, hint),
                (SAMPLE_HEARTBEAT_DETAILS[0], None),
                (SAMPLE_HEARTBEAT_DETAILS[1], None),
            ):
                payloads = converter.payload_converter.to_payloads([value])
                came_back = converter.payload_converter.from_payloads(payloads, None if kind is None else [kind])
                if came_back != [value]:
                    return f"it gives back {came_back[0]!r} for {value!r}"
    except Exception as error:  # noqa: BLE001 - somebody else's code: whatever it raises says that it cannot
        return f"{converter.payload_converter_class.__qualname__} raised {type(error).__name__}: {error}"
    return ""
