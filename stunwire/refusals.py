"""What an error response means to a client that wants to be relayed, in words."""

from typing import Final

from stunwire.attributes import ErrorCode

_MEANINGS: Final[dict[int, str]] = {
    400: "the server calls the request bad",
    401: "the user name or the password is wrong, or has expired",
    403: "the server's policy forbids it",
    420: "the server does not know an attribute that is needed",
    437: "the server knows no such allocation",
    440: "the server has no address of that family",
    441: "the allocation belongs to another user",
    442: "the server does not relay UDP",
    443: "the peer's address is of another family than the allocation",
    486: "the user has as many allocations as the server allows",
    500: "the server has an error of its own",
    508: "the server has no capacity left",
}


def refusal_words(error: ErrorCode) -> str:
    """Say what an error means; the server's own words besides."""
    meaning = _MEANINGS.get(error.code)
    if meaning is None:
        return error.reason or "without a reason"
    return f"{meaning} ({error.reason})" if error.reason else meaning
