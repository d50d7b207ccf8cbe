"""Messages made wrong, one field after another, as their schema has it."""

import functools
from collections.abc import Iterator
from typing import Any

import jsonschema
from referencing import Registry

from signaling.schema import jsonschema as schemas
from signaling.schema.jsonschema import DEFINITIONS, Side, tag_of

OTHERS: dict[str, Any] = {
    "string": "text",
    "integer": 7,
    "number": 0.5,
    "boolean": True,
    "null": None,
    "object": {"a": 1},
    "array": [1],
}


#: Written once for each side: a validator of each of fifty messages needs it while tests are collected.
document = functools.cache(schemas.document)
definitions = functools.cache(schemas.definitions)


def validator(side: Side, name: str | None = None) -> jsonschema.Draft202012Validator:
    """Of a frame, or of one definition."""
    schema = document(side)
    if name is not None:
        schema = {"$defs": schema["$defs"], "$ref": DEFINITIONS + name}
    return jsonschema.Draft202012Validator(schema, registry=Registry())


def mutations(side: Side, message: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a message becomes when one thing about it is wrong, and what that is."""
    known = definitions(side)
    name = next(kind.__name__ for kind in side.kinds if tag_of(kind) == message["t"])
    yield from _of_struct(known, known[name], message, "")


def _of_struct(
    known: dict[str, Any], schema: dict[str, Any], message: dict[str, Any], where: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    for field in schema["required"]:
        if field in message:
            rest = {key: value for key, value in message.items() if key != field}
            yield f"{where}{field} is missing", rest
    for field, wanted in schema["properties"].items():
        for what, value in _wrong(known, wanted, message.get(field), f"{where}{field}"):
            yield what, message | {field: value}


def _wrong(
    known: dict[str, Any], schema: dict[str, Any], value: Any, where: str
) -> Iterator[tuple[str, Any]]:
    schema, optional = _resolve(known, schema)
    if not schema.keys() - {"description"}:
        return  # anything goes
    if "const" in schema:
        schema = {"enum": [schema["const"]]}
    allowed = {"null"} if optional else set()
    allowed |= {schema.get("type", "string")}
    if schema.get("type") == "number":
        allowed.add("integer")
    for kind, other in OTHERS.items():
        if kind not in allowed:
            yield f"{where} is of type {kind}", other
    yield from _out_of_bounds(schema, where)
    if "properties" in schema and isinstance(value, dict):
        yield from _of_struct(known, schema, value, f"{where}.")
    if schema.get("type") == "array":
        for what, item in _wrong(known, schema["items"], None, f"{where}[0]"):
            yield what, [item]


def _resolve(known: dict[str, Any], schema: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    optional = "anyOf" in schema
    if optional:
        schema = schema["anyOf"][0]
    if "$ref" in schema:
        schema = known[schema["$ref"].removeprefix(DEFINITIONS)]
    return schema, optional


def _out_of_bounds(schema: dict[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    if "enum" in schema:
        yield f"{where} is no word that is known", "unheard-of"
        yield f"{where} is in capitals", schema["enum"][0].upper()
    if schema.get("minLength"):
        yield f"{where} is empty", ""
    if "maxLength" in schema:
        yield f"{where} is too long", "x" * (schema["maxLength"] + 1)
    if "pattern" in schema:
        yield f"{where} has a control character", "a\x00b"
        yield f"{where} ends with a newline", "a\n"
    if "maxItems" in schema:
        yield f"{where} has too many items", ["x"] * (schema["maxItems"] + 1)
    if "minimum" in schema:
        yield f"{where} is too small", schema["minimum"] - 1
        yield f"{where} is far too small", -(10**30)
    if "maximum" in schema:
        yield f"{where} is too big", schema["maximum"] + 1
        yield f"{where} is far too big", 10**30
    if schema.get("type") == "integer":
        yield f"{where} has a fraction", 1.5
