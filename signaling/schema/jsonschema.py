"""JSON Schema (2020-12) of what a client says and of what a server says, made from the message types.

A schema says what a sender may write: a server is more lenient than the client's schema in nothing
but fields that it ignores.
"""

import enum
import inspect
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import inspect as types

from signaling.messages import ClientMessage, ServerMessage
from signaling.schema.fields import FIELDS

Schema: TypeAlias = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
DEFINITIONS: Final = "#/$defs/"

_PRINTABLE = r"^[^\u0000-\u001f\u007f]+(?!\n)$"
"""The same in every dialect of regular expressions: in some of them `$` is also before a newline at the end."""


class Side(enum.Enum):
    """Who says it."""

    CLIENT = "client"
    SERVER = "server"

    @property
    def kinds(self) -> tuple[type[msgspec.Struct], ...]:
        """The message types."""
        union = ClientMessage if self is Side.CLIENT else ServerMessage
        kinds: tuple[type[msgspec.Struct], ...] = union.__args__
        return kinds


NEVER: Final = {"Signal": ("from",), "IceRequest": ("ice", "ice_ttl_s")}
"""Fields that a client does not write, so that no frame could be taken for one of the other side's."""


def tag_of(kind: type[msgspec.Struct]) -> str:
    """The value of `t`."""
    return str(kind.__struct_config__.tag)


def sentence(thing: type) -> str:
    """The first paragraph of a type's docstring."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def document(side: Side) -> Schema:
    """The schema of a frame: one message, or an array of messages.

    Each message is valid against one definition, and only one: `t` tells them apart.
    """
    names = [kind.__name__ for kind in side.kinds]
    message = {"oneOf": [{"$ref": DEFINITIONS + name} for name in names]}
    frame = [
        {"$ref": f"{DEFINITIONS}Message"},
        {"type": "array", "items": {"$ref": f"{DEFINITIONS}Message"}},
    ]
    return {
        "$schema": DIALECT,
        "title": f"hairpin.v1: a frame that a {side.value} sends",
        "anyOf": frame,
        "$defs": {"Message": message, **definitions(side)},
    }


def definitions(side: Side, *, refer: str = DEFINITIONS) -> dict[str, Schema]:
    """A schema for each message type of one side and for what they are made of, by name.

    Args:
        refer: What stands before a name in a `$ref`.
    """
    found: dict[str, Schema] = {}
    writer = _Writer(side, refer, found)
    for kind in side.kinds:
        writer.write(types.type_info(kind))
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes types as schemas; structs and enums become definitions of their own."""

    side: Side
    refer: str
    found: dict[str, Schema]

    def write(self, kind: types.Type) -> Schema:
        match kind:
            case types.StructType():
                return self._define(kind.cls, lambda: self._struct(kind))
            case types.EnumType():
                return self._define(kind.cls, lambda: _enum(kind.cls))
            case types.UnionType():
                return self._union(kind)
            case types.VarTupleType():
                bounds = {"minItems": kind.min_length, "maxItems": kind.max_length}
                return {"type": "array", "items": self.write(kind.item_type), **_given(bounds)}
            case types.DictType(value_type=types.AnyType()):
                return {"type": "object"}
            case types.DictType():
                return self._mapping(kind)
            case types.Metadata():
                return self.write(kind.type)
            case _:
                return _scalar(kind)

    def _define(self, cls: type, write: Any) -> Schema:
        name = cls.__name__
        if name not in self.found:
            self.found[name] = {}
            self.found[name] = write()
        return {"$ref": self.refer + name}

    def _struct(self, kind: types.StructType) -> Schema:
        properties: dict[str, Schema] = {}
        required = []
        if kind.tag_field is not None:
            properties[kind.tag_field] = {"const": kind.tag, "description": FIELDS["t"]}
            required.append(kind.tag_field)
        for field in kind.fields:
            name = field.encode_name
            properties[name] = self.write(field.type) | {"description": FIELDS[name]}
            if field.required:
                required.append(name)
        schema: Schema = {"description": sentence(kind.cls), "type": "object"}
        schema |= {"properties": properties, "required": required}
        if self.side is Side.CLIENT and (never := NEVER.get(kind.cls.__name__)):
            schema["not"] = {"anyOf": [{"required": [name]} for name in never]}
        return schema

    def _mapping(self, kind: types.DictType) -> Schema:
        return {
            "type": "object",
            **_given({"maxProperties": kind.max_length}),
            "propertyNames": self.write(kind.key_type),
            "additionalProperties": self.write(kind.value_type),
        }

    def _union(self, kind: types.UnionType) -> Schema:
        """What is optional may be `null` from a client; a server leaves it out."""
        nothing = any(isinstance(each, types.NoneType) for each in kind.types)
        choices = [self.write(each) for each in kind.types if not isinstance(each, types.NoneType)]
        if nothing and self.side is Side.CLIENT:
            choices.append({"type": "null"})
        return choices[0] if len(choices) == 1 else {"anyOf": choices}


def _enum(cls: type[enum.Enum]) -> Schema:
    return {"description": sentence(cls), "enum": [each.value for each in cls]}


def _scalar(kind: types.Type) -> Schema:
    match kind:
        case types.StrType():
            pattern = None if kind.pattern is None else _PRINTABLE
            bounds = {"minLength": kind.min_length, "maxLength": kind.max_length}
            return {"type": "string", **_given(bounds), **_given({"pattern": pattern})}
        case types.IntType():
            return {"type": "integer", **_given({"minimum": kind.ge, "maximum": kind.le})}
        case types.FloatType():
            return {"type": "number", **_given({"minimum": kind.ge, "maximum": kind.le})}
        case types.BoolType():
            return {"type": "boolean"}
        case types.AnyType() | types.RawType():
            return {}
        case _:
            raise TypeError(f"no schema is known for {kind}")


def _given(values: dict[str, Any]) -> Schema:
    return {name: value for name, value in values.items() if value is not None}
