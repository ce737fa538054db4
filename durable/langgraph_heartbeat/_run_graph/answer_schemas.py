"""Whether an answer fits the JSON schema of its question, and an example of one that does.

A workflow checks an answer before it takes it, so that the person who answers is told at once. It knows the keywords
that pydantic writes for the classes that people give to `interrupt(response_schema=...)`. Others count as fulfilled,
because the graph itself validates the answer afterwards.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

Schema = Mapping[str, Any]

MAX_DEPTH = 50
"""Of a schema that refers to itself, no more is followed."""
NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
LIMITS: tuple[tuple[str, Callable[[Any, Any], bool], str], ...] = (
    ("minimum", operator.ge, "is less than {limit}"),
    ("maximum", operator.le, "is more than {limit}"),
    ("exclusiveMinimum", operator.gt, "is not more than {limit}"),
    ("exclusiveMaximum", operator.lt, "is not less than {limit}"),
)
KINDS: dict[str, type[Any] | tuple[type[Any], ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
SIZES = (("minLength", "maxLength", str, "characters"), ("minItems", "maxItems", list, "items"))


def mismatch(value: object, schema: Schema) -> str:
    """Return where and why a JSON value does not fit a schema, in one sentence; "" if it fits."""
    return next(mismatches(value, schema, schema, "", MAX_DEPTH), "")


def mismatches(value: object, schema: object, root: Schema, place: str, depth: int) -> Iterator[str]:
    if not isinstance(schema, Mapping) or depth == 0:
        return
    rules = resolved(cast("Schema", schema), root)
    where = f"{place}: " if place else ""
    expected = types_in(rules)
    if expected and not any(is_of(value, each) for each in expected):
        wanted = " or ".join(NAMES.get(each, each) for each in expected)
        yield f"{where}it is {name_of(value)}, and {wanted} is expected"
        return
    for allowed in (
        [rules["enum"]] if isinstance(rules.get("enum"), list) else [[rules["const"]]] if "const" in rules else []
    ):
        if not any(same(value, each) for each in allowed):
            yield f"{where}it is none of {', '.join(map(repr, allowed))}"
    yield from outside_of_limits(value, rules, where)
    yield from in_branches(value, rules, root, place, depth)
    if isinstance(value, dict):
        yield from in_object(cast("dict[str, Any]", value), rules, root, place, depth)
    if isinstance(value, list) and "items" in rules:
        for number, each in enumerate(cast("list[Any]", value)):
            yield from mismatches(each, rules["items"], root, inside(place, number), depth - 1)


def in_object(value: Mapping[str, Any], rules: Schema, root: Schema, place: str, depth: int) -> Iterator[str]:
    properties: Schema = rules.get("properties") or {}
    for name in rules.get("required") or ():
        if name not in value:
            yield f"{inside(place, name)}: it is missing"
    for name, each in value.items():
        if name in properties:
            yield from mismatches(each, properties[name], root, inside(place, name), depth - 1)
        elif rules.get("additionalProperties") is False:
            yield f"{inside(place, name)}: there is no such field; the fields are {', '.join(properties)}"
        else:
            yield from mismatches(each, rules.get("additionalProperties"), root, inside(place, name), depth - 1)


def in_branches(value: object, rules: Schema, root: Schema, place: str, depth: int) -> Iterator[str]:
    for each in rules.get("allOf") or ():
        yield from mismatches(value, each, root, place, depth - 1)
    branches: Sequence[Any] = rules.get("oneOf") or rules.get("anyOf") or ()
    found = [next(mismatches(value, each, root, place, depth - 1), "") for each in branches]
    if not found or "" in found:
        return
    discriminator: Schema = rules.get("discriminator") or {}
    tag: str = discriminator.get("propertyName", "")
    named = [
        reason
        for branch, reason in zip(branches, found, strict=True)
        if isinstance(value, dict) and tag and has_tag(cast("dict[str, Any]", value), tag, resolved(branch, root))
    ]
    yield named[0] if named else " or ".join(dict.fromkeys(found))


def has_tag(value: Mapping[str, Any], tag: str, branch: Schema) -> bool:
    """Return whether a value names this branch of a discriminated union."""
    properties: Schema = branch.get("properties") or {}
    rules: Schema = properties.get(tag, {})
    return tag in value and value[tag] in [rules.get("const"), *(rules.get("enum") or ())]


def outside_of_limits(value: object, rules: Schema, where: str) -> Iterator[str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        for keyword, holds, text in LIMITS:
            if keyword in rules and not holds(value, rules[keyword]):
                yield f"{where}it {text.format(limit=rules[keyword])}"
    for least, most, kind, unit in SIZES:
        if isinstance(value, kind):
            length = len(cast("Sequence[Any]", value))
            if length < rules.get(least, 0):
                yield f"{where}it has fewer than {rules[least]} {unit}"
            if length > rules.get(most, length):
                yield f"{where}it has more than {rules[most]} {unit}"


def resolved(schema: Schema, root: Schema) -> Schema:
    """Return the schema that a `$ref` names, with what stands beside the reference."""
    for _ in range(MAX_DEPTH):
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return schema
        target: Any = root
        for part in reference[2:].split("/"):
            target = cast("Schema", target).get(part, {}) if isinstance(target, Mapping) else {}
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return {}


def types_in(rules: Schema) -> list[str]:
    kind: Any = rules.get("type")
    return [kind] if isinstance(kind, str) else list(kind or ())


def is_of(value: object, kind: str) -> bool:
    """Return whether a JSON value is of this type of JSON schema; of a type that is not known, every value is."""
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    if isinstance(value, bool):
        return kind not in KINDS or kind == "boolean"
    return isinstance(value, KINDS.get(kind, object))


def name_of(value: object) -> str:
    kinds = ("null", "boolean", "integer", "number", "string", "array", "object")
    return next(NAMES[kind] for kind in kinds if is_of(value, kind))


def same(value: object, other: object) -> bool:
    """Return whether two JSON values are equal; for Python, True is 1."""
    return type(value) is type(other) and value == other


def inside(place: str, part: object) -> str:
    return f"{place}.{part}" if place else str(part)


def example_of(schema: object, root: Schema | None = None, depth: int = MAX_DEPTH) -> Any:
    """Return an answer that fits a schema as far as possible, for people to change; a text if nothing is known."""
    if not isinstance(schema, Mapping) or depth == 0:
        return "..."
    root = cast("Schema", schema) if root is None else root
    rules = resolved(cast("Schema", schema), root)
    given = [rules[keyword] for keyword in ("default", "const") if keyword in rules] or rules.get("enum")
    if given:
        return given[0]
    for branches in (rules.get("oneOf"), rules.get("anyOf"), rules.get("allOf")):
        if branches:
            return example_of(branches[0], root, depth - 1)
    return example_of_type(next(iter(types_in(rules)), ""), rules, root, depth)


def example_of_type(kind: str, rules: Schema, root: Schema, depth: int) -> Any:
    if kind == "object":
        properties: Schema = rules.get("properties") or {}
        return {name: example_of(properties.get(name), root, depth - 1) for name in rules.get("required") or ()}
    if kind == "array":
        return [example_of(rules["items"], root, depth - 1)] if "items" in rules else []
    least = rules.get("minimum", 1)
    return {"integer": least, "number": least, "boolean": True, "null": None}.get(kind, "...")
