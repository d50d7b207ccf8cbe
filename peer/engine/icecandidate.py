"""The W3C's RTCIceCandidate: aiortc's, with the fragment that tells generations apart, and as text."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import aiortc
from aiortc.sdp import candidate_from_sdp, candidate_to_sdp

from peer.candidates import CandidateType
from peer.errors import RemoteError

_MAX_PORT = 65535
_MAX_PRIORITY = (1 << 31) - 1
_MAX_LENGTH = 1024
_MAX_FRAGMENT = 256


@dataclass
class RTCIceCandidate(aiortc.RTCIceCandidate):
    """A candidate as it travels between the two sides.

    Attributes:
        usernameFragment: The fragment of the generation it belongs to, or `None`.
        url: The server that told it, for a local one.
    """

    usernameFragment: str | None = None
    url: str | None = None

    @property
    def candidate(self) -> str:
        """The candidate as an SDP attribute value, `candidate:…` (RFC 8839 §5.1)."""
        return f"candidate:{candidate_to_sdp(self)}"

    def toJSON(self) -> dict[str, Any]:
        """The W3C's `RTCIceCandidateInit`, as it is sent to the other side."""
        return {
            "candidate": self.candidate,
            "sdpMid": self.sdpMid,
            "sdpMLineIndex": self.sdpMLineIndex,
            "usernameFragment": self.usernameFragment,
        }

    @classmethod
    def parse(
        cls,
        line: str,
        sdp_mid: str | None = None,
        sdp_m_line_index: int | None = None,
        username_fragment: str | None = None,
    ) -> Self:
        """Make a candidate of its text.

        Args:
            line: `candidate:…`, with or without `a=`.
            sdp_mid: The mid of its section.
            sdp_m_line_index: The place of its section.
            username_fragment: Of its generation; taken from the line's `ufrag` when not given.

        Raises:
            RemoteError: It is none.
        """
        try:
            words = line.removeprefix("a=").removeprefix("candidate:")
            plain = candidate_from_sdp(words[:_MAX_LENGTH])
            _check(plain)
        except (ValueError, AssertionError, LookupError, TypeError, AttributeError) as error:
            raise RemoteError(
                f"{line[:120]!r} is not an ICE candidate (RFC 8839 §5.1): {error}"
            ) from error
        fields = {name: getattr(plain, name) for name in _FIELDS}
        fields.update(sdpMid=sdp_mid, sdpMLineIndex=sdp_m_line_index)
        return cls(**fields, usernameFragment=username_fragment or _fragment(words))

    @classmethod
    def of(cls, given: "aiortc.RTCIceCandidate | Mapping[str, Any]") -> Self | None:
        """A candidate of whatever shape an application has it in; `None` is the end of them.

        Raises:
            RemoteError: It is none, or names no section.
        """
        if isinstance(given, Mapping):
            made = cls._of_json(given)
        elif isinstance(given, cls):
            made = given
        elif isinstance(given, aiortc.RTCIceCandidate):
            made = cls(**{name: getattr(given, name) for name in _FIELDS})
        else:
            raise TypeError(f"a candidate is an RTCIceCandidate or a dict, not {given!r:.80}")
        if made is not None:
            _check_place(made)
        return made

    @classmethod
    def _of_json(cls, given: Mapping[str, Any]) -> Self | None:
        line = given.get("candidate", "")
        mid, index = given.get("sdpMid"), given.get("sdpMLineIndex")
        fragment = given.get("usernameFragment")
        if not isinstance(line, str) or not isinstance(mid, str | None):
            raise RemoteError(f"candidate and sdpMid are text, not {line!r:.80} and {mid!r:.80}")
        if not isinstance(index, int | None) or not isinstance(fragment, str | None):
            raise RemoteError(
                f"sdpMLineIndex is a number and usernameFragment text, not {index!r:.80}"
                f" and {fragment!r:.80}"
            )
        return cls.parse(line, mid, index, fragment) if line else None


_FIELDS = tuple(aiortc.RTCIceCandidate.__dataclass_fields__)


def _check(candidate: aiortc.RTCIceCandidate) -> None:
    """RFC 8839 §5.1's ranges; a name is taken only where it is an mDNS one."""
    if not candidate.ip.endswith(".local"):
        ipaddress.ip_address(candidate.ip.partition("%")[0])
    if not 0 <= candidate.port <= _MAX_PORT:
        raise ValueError(f"port {candidate.port}")
    if not 0 < candidate.priority <= _MAX_PRIORITY:
        raise ValueError(f"priority {candidate.priority}")
    CandidateType(candidate.type)


def _check_place(candidate: RTCIceCandidate) -> None:
    if candidate.sdpMid is None and candidate.sdpMLineIndex is None:
        raise RemoteError("a candidate needs sdpMid or sdpMLineIndex")
    if candidate.usernameFragment and len(candidate.usernameFragment) > _MAX_FRAGMENT:
        raise RemoteError("a usernameFragment has at most 256 characters")
    try:
        _check(candidate)
    except ValueError as error:
        raise RemoteError(f"the candidate cannot be used: {error}") from error


def _fragment(words: str) -> str | None:
    """The fragment in a candidate's extensions, where libwebrtc puts it."""
    extensions = words.split()[8:]
    pairs = dict(zip(extensions[::2], extensions[1::2], strict=False))
    return pairs.get("ufrag")
