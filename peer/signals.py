"""What two sessions say to each other through signaling: descriptions, candidates, goodbyes.

The signaling server relays `data` unseen; its shapes are these (they are the W3C's):

- `offer`, `answer`: `{"sdp": "v=0…"}`
- `candidates`: a list of `RTCIceCandidateInit`; an empty list is end-of-candidates (RFC 8838 §13)
- `bye`: `{"reason": "…"}`
- `custom`: `{"error": {"name": "…", "message": "…"}}`, the answer to a signal that could not be used
"""

from typing import Any, TypeVar

import msgspec

from peer.errors import RemoteError

_MAX_CANDIDATES = 64
_MAX_TEXT = 200
Shape = TypeVar("Shape")


class Description(msgspec.Struct, frozen=True):
    """An offer or an answer."""

    sdp: str


class CandidateInit(
    msgspec.Struct,
    frozen=True,
    rename={
        "sdp_mid": "sdpMid",
        "sdp_m_line_index": "sdpMLineIndex",
        "username_fragment": "usernameFragment",
    },
):
    """W3C `RTCIceCandidateInit`."""

    candidate: str
    sdp_mid: str | None = None
    sdp_m_line_index: int | None = None
    username_fragment: str | None = None


class Goodbye(msgspec.Struct, frozen=True):
    """The sender ends the session."""

    reason: str = ""


class Complaint(msgspec.Struct, frozen=True):
    """Something that the receiver of this has sent could not be used."""

    name: str
    message: str

    def __str__(self) -> str:
        return printable(f"{self.name.removeprefix('bad_')}: {self.message}")


class Custom(msgspec.Struct, frozen=True):
    """The body of a `custom` signal between sessions."""

    error: Complaint | None = None


def encode(value: object) -> Any:
    """A signal's `data` as plain JSON values."""
    return msgspec.to_builtins(value)


def decode_description(data: object) -> Description:
    """Read an offer or an answer.

    Raises:
        RemoteError: It has another shape.
    """
    return _convert(data, Description)


def decode_candidates(data: object) -> list[CandidateInit]:
    """Read candidates; an empty list is end-of-candidates.

    Raises:
        RemoteError: It has another shape, or there are more than 64.
    """
    candidates = _convert([] if data is None else data, list[CandidateInit])
    if len(candidates) > _MAX_CANDIDATES:
        raise RemoteError(
            f"{len(candidates)} candidates in one signal; {_MAX_CANDIDATES} are taken"
        )
    return candidates


def decode_goodbye(data: object) -> Goodbye:
    """Read a goodbye; one without a reason is taken too."""
    try:
        return _convert(data, Goodbye)
    except RemoteError:
        return Goodbye()


def decode_complaint(data: object) -> Complaint | None:
    """Read a complaint, or `None` when the signal is the application's own."""
    try:
        return _convert(data, Custom).error
    except RemoteError:
        return None


def printable(text: str) -> str:
    """What the remote has written, fit for a log and a terminal: no control codes, not endless."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:_MAX_TEXT])


def _convert(data: object, shape: type[Shape]) -> Shape:
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise RemoteError(f"not a valid signal: {error}") from error
