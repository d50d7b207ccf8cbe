"""What two sessions say to each other through signaling: descriptions, candidates, goodbyes.

The signaling server relays `data` unseen; its shapes are these (they are the W3C's):

- `offer`, `answer`: `{"type": "offer", "sdp": "v=0…", "number": "1"}`; an answer bears the number of the
  offer that it answers. Whoever sends no number is taken to mean the offer that is open
- `candidates`: a list of `RTCIceCandidateInit`; an empty list is end-of-candidates (RFC 8838 §13)
- `bye`: `{"reason": "…"}`
- `custom`: `{"error": {"name": "…", "message": "…"}}`, the answer to a signal that could not be used
"""

from typing import Any, TypeVar

import msgspec

from peer.errors import RemoteError

MAX_CANDIDATES = 64
_MAX_TEXT = 200
_MAX_NUMBER = 16
Shape = TypeVar("Shape")


class Description(msgspec.Struct, frozen=True, omit_defaults=True):
    """An offer or an answer; a rollback takes the sender's offer back, and has no SDP."""

    sdp: str = ""
    type: str = ""
    number: str | None = None


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


class Complaint(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that the receiver of this has sent could not be used; an offer has a number."""

    name: str
    message: str
    number: str | None = None

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
    description = _convert(data, Description)
    if not description.sdp and description.type != "rollback":
        raise RemoteError("not a valid signal: a description needs its sdp")
    if description.number is not None and len(description.number) > _MAX_NUMBER:
        raise RemoteError(f"the number of an offer has at most {_MAX_NUMBER} characters")
    return description


def decode_candidates(data: object) -> list[CandidateInit]:
    """Read candidates; an empty list is end-of-candidates.

    Raises:
        RemoteError: It has another shape, or there are more than 64.
    """
    candidates = _convert([] if data is None else data, list[CandidateInit])
    if len(candidates) > MAX_CANDIDATES:
        raise RemoteError(f"{len(candidates)} candidates in one signal; {MAX_CANDIDATES} are taken")
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
