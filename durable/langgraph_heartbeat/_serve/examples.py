"""An example of a run of a graph: the smallest input that the graph takes, for people to paste and change."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from .schemas import Schema, Schemas, choices_of, is_message, properties_of, resolved

EXAMPLE_MESSAGE = {"role": "user", "content": "Hello"}
MAX_DEPTH = 4
"""How deep examples are nested: a schema may contain itself."""


def example_request(schemas: Schemas, request: type[BaseModel]) -> dict[str, Any]:
    """Return a request that the model of requests accepts, or the likeliest one if it accepts none."""
    inputs = [*examples_of(schemas.input)]
    contexts: list[Any] = [None, *examples_of(schemas.context)]
    made = [
        {"input": each, **({} if context is None else {"context": context})} for context in contexts for each in inputs
    ]
    return next((each for each in made if is_accepted(each, request)), made[0])


def is_accepted(example: Any, request: type[BaseModel]) -> bool:
    try:
        request.model_validate(example)
    except ValidationError:
        return False
    return True


def examples_of(schema: Schema | None) -> Iterator[Any]:
    """Yield values for a schema, the smallest first.

    Most fields of a state are written by the graph itself. So they begin with one field that a person would fill in.
    """
    if schema is None:
        return
    fields = properties_of(schema)
    if not fields:
        yield example_value(schema, schema, MAX_DEPTH)
        return
    required = [name for name in fields if name in resolved(schema, schema).get("required", ())]
    spoken = [name for name, field in fields.items() if takes_messages(field, schema)][:1]
    for names in (spoken or required[:1] or list(fields)[:1], [*spoken, *required]):
        yield {name: example_value(fields[name], schema, MAX_DEPTH) for name in names}


def takes_messages(schema: Schema, root: Schema) -> bool:
    schema = resolved(schema, root)
    return schema.get("type") == "array" and is_message(schema.get("items", {}), root)


def example_value(schema: Schema, root: Schema, depth: int) -> Any:
    if is_message(schema, root):
        return EXAMPLE_MESSAGE
    schema = resolved(schema, root)
    if (values := [schema.get("default"), schema.get("const"), *schema.get("enum", ())]) and any(values):
        return next(value for value in values if value)
    if choices := choices_of(schema):
        return example_value(choices[0], root, depth)
    if schema.get("type") == "array":
        return [example_value(schema.get("items", {}), root, depth - 1)] if depth else []
    if schema.get("type") == "object":
        fields = properties_of(schema)
        required = [name for name in schema.get("required", ()) if depth and name in fields]
        return {name: example_value(fields[name], root, depth - 1) for name in required}
    number = max(1, schema.get("minimum", 1))
    return {"integer": number, "number": number, "boolean": False, "null": None}.get(schema.get("type", ""), "...")
