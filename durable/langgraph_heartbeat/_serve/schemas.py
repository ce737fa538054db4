"""What a run of a graph takes and returns, as JSON schemas and as lines for people.

They are the schemas of the models by which `durable` checks requests and reads results, so they say what is accepted
here: a message in every form, and a state without the fields that the graph writes itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from inspect import isclass
from typing import Any, cast

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from langgraph_heartbeat._durable import DurableGraph

Schema = Mapping[str, Any]
MESSAGE = "Message"
"""The title of the schema of a chat message in any form (`chat_messages.py`)."""
MAX_DEFAULT_CHARACTERS = 40


@dataclass(frozen=True)
class Schemas:
    """The JSON schemas of a graph; `context` is None if its runs have none."""

    input: Schema
    output: Schema
    context: Schema | None

    @classmethod
    def of(cls, graph: DurableGraph) -> "Schemas":
        request = graph.request.model_json_schema(schema_generator=TolerantSchemas)
        output = graph.result.model_json_schema(schema_generator=TolerantSchemas)
        definitions = {"$defs": request["$defs"]} if "$defs" in request else {}
        found = {name: resolved(request["properties"][name], request) for name in ("input", "context")}
        schemas = {"input": getattr(getattr(graph.graph, "builder", None), "input_schema", None)}
        schemas["context"] = graph.graph.context_schema
        parts = {name: {**described(field, schemas[name]), **definitions} for name, field in found.items()}
        return cls(parts["input"], output, parts["context"] if graph.graph.context_schema is not None else None)


def described(schema: Schema, written: Any) -> Schema:
    """Return a schema with the defaults and descriptions of the dataclass that it was derived from, if it was."""
    if not isclass(written) or not is_dataclass(written) or not (properties := properties_of(schema)):
        return schema
    made: dict[str, Schema] = dict(properties)
    for each in fields(written):
        if each.name in made:
            default = {"default": each.default} if isinstance(each.default, str | int | float) else {}
            description = each.metadata.get("description")
            made[each.name] = {**made[each.name], **default, **({"description": description} if description else {})}
    return {**schema, "properties": made}


class TolerantSchemas(GenerateJsonSchema):
    """Makes a schema that accepts anything where JSON schema cannot express a type of the user's."""

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        return {"description": f"JSON schema cannot express this type: {schema.get('cls', error_info)}."}


def field_lines(schema: Schema) -> Iterator[str]:
    """Yield a line for each field: its name, its type, and its default or that it is required."""
    properties = properties_of(schema)
    if not properties:
        yield type_name(schema, schema)
        return
    required = schema.get("required", ())
    for name, field in properties.items():
        yield f"{name}: {type_name(field, schema)}{remark(field, required=name in required)}"


def remark(field: Schema, *, required: bool) -> str:
    if field.get("default") is not None:
        shown = " ".join(str(field["default"]).split())
        return f" = {shown if len(shown) <= MAX_DEFAULT_CHARACTERS else shown[:MAX_DEFAULT_CHARACTERS] + '...'}"
    return " (required)" if required else ""


def properties_of(schema: Schema) -> Mapping[str, Schema]:
    return cast("Mapping[str, Schema]", resolved(schema, schema).get("properties") or {})


def resolved(schema: Schema, root: Schema) -> Schema:
    """Follow a reference to a definition of the same document."""
    while reference := schema.get("$ref"):
        schema = root.get("$defs", {}).get(str(reference).rpartition("/")[2], {})
    return schema


def choices_of(schema: Schema) -> list[Schema]:
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())]


def is_message(schema: Schema, root: Schema) -> bool:
    """Return whether a schema is that of a chat message, or of a choice of them."""
    schema = resolved(schema, root)
    return schema.get("title") == MESSAGE or any(is_message(each, root) for each in choices_of(schema))


def type_name(schema: Schema, root: Schema) -> str:
    """Return the type of a field in a few words."""
    if is_message(schema, root):
        return "message"
    schema = resolved(schema, root)
    if choices := choices_of(schema):
        return " or ".join(dict.fromkeys(type_name(each, root) for each in choices))
    if values := schema.get("enum", [schema["const"]] if "const" in schema else None):
        return " or ".join(repr(value) for value in values)
    kind = schema.get("type", "any value")
    if kind == "array":
        return f"list of {type_name(schema.get('items', {}), root)}"
    return str(schema.get("title") if kind == "object" and schema.get("properties") else kind)
