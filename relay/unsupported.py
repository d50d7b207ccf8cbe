"""Attributes that the wire knows and this relay does not do: they are answered like unknown ones.

RFC 8489 §14: comprehension-required means that a server must not act as if they were not there.
"""

from stunwire import (
    Attribute,
    ChangeRequest,
    DontFragment,
    Message,
    Padding,
    ReservationToken,
    ResponsePort,
)

NOT_DONE: tuple[type[Attribute], ...] = (
    ChangeRequest,
    ResponsePort,
    Padding,
    ReservationToken,
    DontFragment,
)


def unsupported_attributes(message: Message) -> tuple[int, ...]:
    """List the comprehension-required types in `message` that this relay does not understand."""
    not_done = tuple(kind.type for kind in NOT_DONE if message.get(kind) is not None)
    return message.unknown_required + not_done
