"""TypeScript declarations of every message, made from the JSON Schemas."""

import json
from typing import Any, Final

from signaling.schema.jsonschema import DEFINITIONS, Schema, Side, definitions, tag_of

_OPENING: Final = (
    "// The messages of hairpin.v1, made from the server's own types by tools/write-protocol.\n"
)
_RENAMED: Final = {"Error": "ErrorMessage"}
"""What would hide a name that every program has."""
_UNIONS: Final = {Side.CLIENT: "ClientMessage", Side.SERVER: "ServerMessage"}


def declarations() -> str:
    """The text of `protocol.d.ts`."""
    known: dict[str, Schema] = {}
    for side in Side:
        known |= definitions(side)
    parts = [_declaration(name, schema) for name, schema in sorted(known.items())]
    return "\n".join([_OPENING, *parts, *map(_union, Side)])


def _union(side: Side) -> str:
    names = " | ".join(_name(kind.__name__) for kind in side.kinds)
    tags = " | ".join(json.dumps(tag_of(kind)) for kind in side.kinds)
    union = _UNIONS[side]
    said = f"/** Whatever a {side.value} says. */\nexport type {union} = {names};\n"
    return f"{said}\nexport type {union}Type = {tags};\n"


def _declaration(name: str, schema: Schema) -> str:
    head = f"/** {schema['description']} */\nexport "
    if "enum" in schema:
        return f"{head}type {_name(name)} = {_type(schema)};\n"
    required = schema["required"]
    lines = [
        f"  /** {field['description']} */\n  {key}{'' if key in required else '?'}: {_type(field)};\n"
        for key, field in schema["properties"].items()
    ]
    return f"{head}interface {_name(name)} {{\n{''.join(lines)}}}\n"


def _type(schema: Schema) -> str:
    match schema:
        case {"$ref": reference}:
            return _name(reference.removeprefix(DEFINITIONS))
        case {"anyOf": choices}:
            return " | ".join(map(_type, choices))
        case {"const": value}:
            return json.dumps(value)
        case {"enum": values}:
            return " | ".join(map(json.dumps, values))
        case {"type": "array", "items": items}:
            return f"Array<{_type(items)}>"
        case {"type": "object", "additionalProperties": values}:
            return f"Record<string, {_type(values)}>"
        case {"type": name}:
            return _SCALARS[name]
        case _:
            return "unknown"


_SCALARS: Final[dict[Any, str]] = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "object": "Record<string, unknown>",
}


def _name(name: str) -> str:
    return _RENAMED.get(name, name)
