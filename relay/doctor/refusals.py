"""What an error response means for the one who runs the relay: the reason, and the remedy."""

from typing import NamedTuple

from relay.doctor.client import error_code
from stunwire import AlternateServer, ErrorCode, ErrorCodes, Message


class Meaning(NamedTuple):
    """The reason for a refusal, and what to do about it."""

    what: str
    remedy: str


_OF_ALLOCATE: dict[int, Meaning] = {
    ErrorCodes.FORBIDDEN: Meaning(
        "it gives no allocations to anybody, or not to this user",
        "Give it users or a secret: --user, --secret.",
    ),
    ErrorCodes.ALLOCATION_MISMATCH: Meaning(
        "it says that this five-tuple has an allocation already",
        "Try again: another port is used then. Behind a balancer, clients may be mixed up.",
    ),
    ErrorCodes.STALE_NONCE: Meaning(
        "it does not know its own nonce a moment later",
        "Several servers answer here without a common nonce secret, or something on the way changes the client's "
        "address from packet to packet.",
    ),
    ErrorCodes.ADDRESS_FAMILY_NOT_SUPPORTED: Meaning(
        "it has no relay address of this family",
        "Give it one: --relay-ip, --external-ip.",
    ),
    ErrorCodes.UNSUPPORTED_TRANSPORT_PROTOCOL: Meaning(
        "it does not relay over UDP", "Another server is needed for that."
    ),
    ErrorCodes.ALLOCATION_QUOTA_REACHED: Meaning(
        "this user, or this address, has as many allocations as it may",
        "See who holds them, `hairpin relay sessions --user NAME`; end some, or raise allocations-per-user or "
        "allocations-per-source in [limits].",
    ),
    ErrorCodes.INSUFFICIENT_CAPACITY: Meaning(
        "it has no port left, as many allocations as it may have, or is being drained",
        "`hairpin relay status` tells which: widen --min-port and --max-port, raise allocations in [limits], or "
        "start it anew if it drains.",
    ),
    ErrorCodes.SERVER_ERROR: Meaning("it has a fault of its own", "See its log."),
}


def meaning_of(response: Message) -> Meaning:
    """Explain why an Allocate request was refused."""
    code = error_code(response)
    error = response.get(ErrorCode)
    said = f" (“{error.reason}”)" if error is not None and error.reason else ""
    if code == ErrorCodes.TRY_ALTERNATE:
        alternate = response.get(AlternateServer)
        where = "another server" if alternate is None else str(alternate.address.host)
        return Meaning(
            f"it sends clients to {where}",
            'That is so while it drains, or with redirect = "always": examine the other server.',
        )
    meaning = _OF_ALLOCATE.get(code or 0)
    if meaning is None:
        return Meaning(f"it refuses with {code}{said}", "See its log.")
    return Meaning(f"{meaning.what}: it refuses with {code}", meaning.remedy)
