"""A request that is refused, as a value: the code the client is told, and the reason the operator is told."""

from dataclasses import dataclass

from stunwire import Attribute, ErrorCodes


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error response in the making.

    Args:
        code: the error code (RFC 8489 §14.8, RFC 8656 §19).
        why: one line for the log; None when nothing is wrong, as with a client's first request, which
            must be challenged.
        attributes: what the response carries beside ERROR-CODE.
        encoded: all of the response's attributes, ERROR-CODE included, in place of them: every client is challenged
            once, and that must cost little.
    """

    code: ErrorCodes
    why: str | None
    attributes: tuple[Attribute, ...] = ()
    encoded: bytes = b""
