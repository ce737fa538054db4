"""How values become payloads: the data converter that a phase needs on the client, the worker and the replayer.

A phase accepts and returns pydantic models, and returns a `Paused` in place of its result when it stops. Temporal's
default payload converter encodes a model only if plain JSON can hold its fields, and cannot distinguish a result from
a `Paused`. An activity whose result cannot be encoded is retried for ever, after everything has been paid.
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
    "of the client's data converter. Its codec, failure converter and external storage can stay as they are."
)


class Sample(BaseModel):
    """A result with fields that come back unchanged only from a payload converter for pydantic."""

    took: timedelta
    usd: Decimal
    seen: frozenset[str]


SAMPLE_RESULT = Sample(took=timedelta(seconds=1.5), usd=Decimal("0.10"), seen=frozenset({"a"}))
SAMPLE_PAUSED = Paused(questions=[Question(id="a", value={"b": [1, None]})], checkpoint="c")
SAMPLE_HEARTBEAT_DETAILS = ({"step": 1}, b"\x00\xff")


def with_pydantic_converter(converter: DataConverter) -> DataConverter:
    """Return `converter` with pydantic's payload converter in place of Temporal's default one, otherwise unchanged.

    Raise `ValueError` for another payload converter that would change the values of phases.
    """
    if converter.payload_converter_class is DefaultPayloadConverter:
        return replace(converter, payload_converter_class=PydanticPayloadConverter)
    if reason := incompatibility_of(converter):
        raise ValueError(
            f"DurablePlugin cannot work with this client's payload converter: {reason}. {PAYLOAD_CONVERTER_ADVICE}"
        )
    return converter


def require_pydantic_converter(converter: DataConverter) -> None:
    """Raise `ValueError` if a worker's client has a data converter that cannot encode the values of phases."""
    if converter.payload_converter_class is DefaultPayloadConverter:
        raise ValueError(
            "This worker's client has Temporal's default data converter, which cannot encode the results of durable "
            "phases. Give the plugin to the client instead of the worker, which inherits it: "
            "`Client.connect(..., plugins=[DurablePlugin()])`. Or connect the client with "
            "`data_converter=temporalio.contrib.pydantic.pydantic_data_converter`."
        )
    with_pydantic_converter(converter)


def incompatibility_of(converter: DataConverter) -> str:
    """Return why the payload converter cannot encode and decode the values of phases; "" if it can."""
    hint: Any = Sample | Paused
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an incompatible converter would warn about what is refused here
            for value, kind in (
                (SAMPLE_RESULT, hint),
                (SAMPLE_PAUSED, hint),
                (SAMPLE_HEARTBEAT_DETAILS[0], None),
                (SAMPLE_HEARTBEAT_DETAILS[1], None),
            ):
                payloads = converter.payload_converter.to_payloads([value])
                decoded = converter.payload_converter.from_payloads(payloads, None if kind is None else [kind])
                if decoded != [value]:
                    return f"it returns {decoded[0]!r} for {value!r}"
    except Exception as error:  # noqa: BLE001 - any error of the user's converter means that it is incompatible
        return f"{converter.payload_converter_class.__qualname__} raised {type(error).__name__}: {error}"
    return ""
