"""The AsyncAPI 3.1 document of `hairpin.v1`, from a server's point of view: it receives and it sends.

"Every message MUST be valid against one, and only one" message of the channel: `t` tells them apart, and
where both sides have a type of one name, a field that only one of them writes. `ack` is the same for both.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from signaling import messages as m
from signaling.codes import CloseCode, ErrorCode, Verdict, verdict
from signaling.schema.jsonschema import Schema, Side, definitions, sentence, tag_of

Examples = Mapping[tuple[Side, str], Sequence[Any]]
"""What the documentation shows of each message: by who says it, and by its type."""

_CHANNEL: Final = "#/channels/signaling"
_SCHEMAS: Final = "#/components/schemas/"
_SHARED: Final = {"Acked": "Ack"}
"""Message types that both sides have alike."""

_ANSWERS: Final[dict[type[msgspec.Struct], tuple[type[msgspec.Struct], ...]]] = {
    m.Hello: (m.Welcome, m.Error),
    m.Auth: (m.Ok, m.Error),
    m.Join: (m.Joined, m.Error),
    m.Leave: (m.Ok, m.Error),
    m.Signal: (m.Ok, m.Undelivered, m.Error),
    m.State: (m.Ok, m.Error),
    m.Kick: (m.Ok, m.Error),
    m.Lock: (m.Ok, m.Error),
    m.Stats: (m.Ok, m.Error),
    m.IceRequest: (m.Ice, m.Error),
    m.Ping: (m.Pong, m.Error),
    m.Ack: (),
    m.Bye: (m.Ok,),
    m.EnterQueue: (m.TicketQueued, m.Error),
    m.CancelTicket: (m.Ok, m.Error),
    m.AcceptMatch: (m.Ok, m.Error),
    m.DeclineMatch: (m.Ok, m.Error),
    m.OpenSeats: (m.Ok, m.Error),
    m.QuitMatch: (m.Ok, m.Error),
    m.TellResult: (m.Ok, m.Error),
}

_DESCRIPTION: Final = """\
The signaling protocol of Hairpin: members of a room see who else is there and send each other small messages, mostly
WebRTC descriptions and candidates. Each text frame holds one message, or an array of messages to be handled in their
order; whoever receives takes both. Fields that one does not know are ignored, and so are types that a client does not know.

A client may put an `id` into any request; the answer bears the same. A message from the server without an `id` is an
event. Integers are written without a fraction or an exponent.

Answers with `error` (`code`, `name`): {errors}.

Close codes that say "come back, with back-off": {back}; and those that do not: {away}.
"""


def document(version: str, examples: Examples) -> Schema:
    """Write the whole document."""
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Hairpin signaling",
            "version": version,
            "description": _description(),
            "license": {"name": "BSD-3-Clause"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "local": {
                "host": "127.0.0.1:8080",
                "protocol": "ws",
                "description": "What `hairpin signaling` is without options.",
            },
            "public": {
                "host": "{host}",
                "protocol": "wss",
                "description": "A server with TLS, its own or that of a proxy in front.",
                "variables": {"host": {"description": "Its name, and its port if not 443."}},
            },
        },
        "channels": {"signaling": _channel()},
        "operations": _operations(),
        "components": {"messages": _messages(examples), "schemas": _schemas()},
    }


def key_of(kind: type[msgspec.Struct]) -> str:
    """The name of a message in the channel."""
    return _SHARED.get(kind.__name__, kind.__name__)


def _kinds() -> dict[str, tuple[Side, type[msgspec.Struct]]]:
    found: dict[str, tuple[Side, type[msgspec.Struct]]] = {}
    for side in Side:
        for kind in side.kinds:
            found.setdefault(key_of(kind), (side, kind))
    return found


def _description() -> str:
    errors = ", ".join(f"{code.value} `{code.label}`" for code in ErrorCode)
    closes: dict[Verdict, list[str]] = {each: [] for each in Verdict}
    for code in CloseCode:
        closes[verdict(code)].append(f"{code.value} `{code.name.lower()}`")
    back, away = (", ".join(closes[each]) for each in (Verdict.COME_BACK, Verdict.STAY_AWAY))
    return _DESCRIPTION.format(errors=errors, back=back, away=away)


def _channel() -> Schema:
    header = {"type": "string", "const": m.SUBPROTOCOL}
    headers = {"type": "object", "properties": {"Sec-WebSocket-Protocol": header}}
    headers["required"] = ["Sec-WebSocket-Protocol"]
    return {
        "address": m.PATH,
        "description": "One WebSocket; the subprotocol names the version.",
        "messages": {key: {"$ref": f"#/components/messages/{key}"} for key in _kinds()},
        "bindings": {"ws": {"method": "GET", "headers": headers, "bindingVersion": "0.1.0"}},
    }


def _operations() -> Schema:
    operations: Schema = {}
    for kind, answers in _ANSWERS.items():
        operation: Schema = {
            "action": "receive",
            "channel": {"$ref": _CHANNEL},
            "summary": sentence(kind),
            "messages": [_message(kind)],
        }
        if answers:
            told = [_message(answer) for answer in answers]
            operation["reply"] = {"channel": {"$ref": _CHANNEL}, "messages": told}
        operations[f"receive{kind.__name__}"] = operation
    operations["send"] = {
        "action": "send",
        "channel": {"$ref": _CHANNEL},
        "summary": "What the server says, in answer or by itself.",
        "messages": [_message(kind) for kind in Side.SERVER.kinds],
    }
    return operations


def _message(kind: type[msgspec.Struct]) -> Schema:
    return {"$ref": f"{_CHANNEL}/messages/{key_of(kind)}"}


def _messages(examples: Examples) -> Schema:
    written: Schema = {}
    for key, (side, kind) in _kinds().items():
        shown = [{"payload": one} for one in examples.get((side, tag_of(kind)), ())]
        written[key] = {
            "name": tag_of(kind),
            "title": f"{tag_of(kind)}, from the {side.value}",
            "summary": sentence(kind),
            "payload": {"$ref": _SCHEMAS + key},
            "examples": shown,
        }
    return written


def _schemas() -> Schema:
    written: Schema = {}
    for side in reversed(Side):
        for name, schema in definitions(side, refer=_SCHEMAS).items():
            if name not in _SHARED:
                written[name] = schema
    return dict(sorted(written.items()))
