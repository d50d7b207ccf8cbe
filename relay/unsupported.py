"""Attributes that the wire knows and this relay does not do: they are answered like unknown ones.

RFC 8489 §14: comprehension-required means that a server must not act as if they were not there.
"""

from relay.refusal import Refusal
from stunwire import (
    Attribute,
    ChangeRequest,
    DontFragment,
    ErrorCodes,
    Message,
    Padding,
    ResponsePort,
    UnknownAttribute,
    UnknownAttributes,
)

NOT_DONE: tuple[type[Attribute], ...] = (
    ChangeRequest,
    ResponsePort,
    Padding,
    DontFragment,
)
_NOTHING = ChangeRequest()
_PERHAPS = frozenset((*NOT_DONE, UnknownAttribute))


def unsupported_attributes(
    message: Message, *, done: tuple[type[Attribute], ...] = ()
) -> tuple[int, ...]:
    """List the comprehension-required types in `message` that this relay does not understand.

    CHANGE-REQUEST without a flag asks for nothing, and some clients send it always (stuntman, jstun).

    Args:
        message: a request.
        done: what is understood in this request, though not in every one.
    """
    if not message.has_any(_PERHAPS):
        return ()
    not_done = [
        kind.type
        for kind in NOT_DONE
        if (found := message.get(kind)) is not None and kind not in done and found != _NOTHING
    ]
    return (*message.unknown_required, *not_done)


def refuse_unknown(types: tuple[int, ...]) -> Refusal:
    """Refuse a request with the types that are not understood (RFC 8489 §6.3.1)."""
    listed = ", ".join(f"{number:#06x}" for number in types)
    return Refusal(
        ErrorCodes.UNKNOWN_ATTRIBUTE, f"not understood: {listed}", (UnknownAttributes(types),)
    )
