"""What a description changes in aiortc, remembered, so that a rollback can put it back.

aiortc takes `rollback` for a description and changes nothing (RFC 8829 §4.1.10.2). What an offer
touches is the peer connection's tables, the places of sections, codecs and directions, and the
roles of transports; transports themselves stay, with what they have gathered.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiortc

from peer.engine import names
from peer.engine.wiring import Owner, Wiring

_PC = (
    names.PC_CURRENT_LOCAL,
    names.PC_CURRENT_REMOTE,
    names.PC_PENDING_LOCAL,
    names.PC_PENDING_REMOTE,
    names.PC_SEEN_MIDS,
    names.PC_REMOTE_ICE,
    names.PC_REMOTE_DTLS,
    names.PC_SCTP_MLINE_INDEX,
    names.PC_SCTP_REMOTE_PORT,
    names.PC_SCTP_REMOTE_CAPS,
    names.PC_SCTP_LEGACY,
)
_TRANSCEIVER = (
    names.TRANSCEIVER_MID,
    names.TRANSCEIVER_MLINE_INDEX,
    names.TRANSCEIVER_CURRENT_DIRECTION,
    names.TRANSCEIVER_OFFER_DIRECTION,
    names.TRANSCEIVER_CODECS,
    names.TRANSCEIVER_HEADER_EXTENSIONS,
)
_SCTP = ("mid",)
_UNPLACED: dict[str, Any] = dict.fromkeys((*_TRANSCEIVER, *_SCTP))
_UNPLACED[names.TRANSCEIVER_CODECS] = []
_UNPLACED[names.TRANSCEIVER_HEADER_EXTENSIONS] = []


@dataclass(frozen=True, slots=True)
class _Thing:
    """An object and the values of some of its attributes."""

    thing: object
    values: dict[str, Any]

    @classmethod
    def of(cls, thing: object, attributes: tuple[str, ...]) -> "_Thing":
        """Remember; containers are copied, what is in them is not."""
        return cls(thing, {name: copy.copy(getattr(thing, name)) for name in attributes})

    def put_back(self) -> None:
        for name, value in self.values.items():
            setattr(self.thing, name, copy.copy(value))


class Snapshot:
    """A peer connection's negotiated state at one moment.

    Args:
        pc: The peer connection.
        wiring: Its transports.
    """

    def __init__(self, pc: aiortc.RTCPeerConnection, wiring: Wiring) -> None:
        self._pc = pc
        self._wiring = wiring
        self.signaling_state = pc.signalingState
        self._owners = wiring.owners
        self._things = [_Thing.of(pc, _PC), *(_owner(owner) for owner in self._owners)]
        for owner in self._owners:
            if isinstance(owner, aiortc.RTCRtpTransceiver):
                self._things.append(_Thing.of(owner.receiver, (names.TRACK, names.ENABLED)))
                self._things.append(_Thing.of(owner.sender, (names.ENABLED,)))
        self._things += [_Thing.of(dtls, (names.DTLS_ROLE,)) for dtls in wiring.dtls_transports]
        for ice in wiring.ice_transports:
            self._things.append(_Thing.of(ice, (names.ICE_ROLE_SET,)))
            if not getattr(ice, names.ICE_ROLE_SET):
                self._things.append(
                    _Thing.of(names.private(ice, names.ICE_CONNECTION), ("ice_controlling",))
                )

    def put_back(self, is_wanted: Callable[[Owner], bool]) -> list[Owner]:
        """Put everything back.

        Args:
            is_wanted: Whether something made since is kept, without a section.

        Returns:
            What was made since and is not wanted; it is taken out of the peer connection.
        """
        since = [owner for owner in self._wiring.owners if owner not in self._owners]
        for thing in self._things:
            thing.put_back()
        unwanted = [owner for owner in since if not is_wanted(owner)]
        for owner in since:
            attributes = {name: _UNPLACED[name] for name in _attributes(owner)}
            _Thing(owner, attributes).put_back()
        self._wiring.forget(unwanted)
        if self._pc.signalingState != self.signaling_state:
            names.private(self._pc, names.PC_SET_SIGNALING_STATE)(self.signaling_state)
        return unwanted


def _owner(owner: Owner) -> _Thing:
    return _Thing.of(owner, _attributes(owner))


def _attributes(owner: Owner) -> tuple[str, ...]:
    return _SCTP if isinstance(owner, aiortc.RTCSctpTransport) else _TRANSCEIVER
