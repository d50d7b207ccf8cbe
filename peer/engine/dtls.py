"""aiortc's DTLS transport, which says why it failed, and loses nothing that comes early."""

import asyncio

import aiortc
from aiortc.rtcdtlstransport import DataReceiver, RTCDtlsParameters, State

HANDSHAKE = "the DTLS handshake failed"
FINGERPRINT = (
    "the remote's certificate is not the one that its description names: somebody stands between,"
    " or the description was altered (RFC 8827 §6.5)"
)
NO_PROFILE = "the two sides have no SRTP profile in common (RFC 5764 §4.1.2)"


#: Datagrams kept until SCTP has begun: the remote's INIT comes in the moment the handshake ends.
_MAX_EARLY = 16


class _Early:
    """Keeps what comes before SCTP listens."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def _handle_data(self, data: bytes) -> None:
        """aiortc's name for a receiver's method."""
        if len(self.kept) < _MAX_EARLY:
            self.kept.append(data)


class DtlsTransport(aiortc.RTCDtlsTransport):
    """A DTLS transport with words for its failure."""

    failure: str | None = None
    _step = HANDSHAKE
    _late: asyncio.Task[None] | None = None

    @classmethod
    def adopt(cls, plain: aiortc.RTCDtlsTransport) -> "DtlsTransport":
        """Make one of a transport that aiortc has just made."""
        plain.__class__ = cls
        assert isinstance(plain, cls)
        plain._data_receiver = _Early()  # noqa: SLF001 - it is one of ours now
        return plain

    def _register_data_receiver(self, receiver: DataReceiver) -> None:
        """aiortc's step of this name: SCTP begins to listen."""
        early, self._data_receiver = self._data_receiver, None
        super()._register_data_receiver(receiver)
        if isinstance(early, _Early) and early.kept:
            self._late = asyncio.create_task(_hand_over(early.kept, receiver))

    def _validate_peer_identity(self, remoteParameters: RTCDtlsParameters) -> None:
        """aiortc's step of this name."""
        self._step = FINGERPRINT
        super()._validate_peer_identity(remoteParameters)

    def _setup_srtp(self) -> None:
        """aiortc's step of this name."""
        self._step = NO_PROFILE
        super()._setup_srtp()

    def _set_state(self, state: State) -> None:
        """The reason is known before anybody hears of the state."""
        if state is State.FAILED and self.failure is None:
            self.failure = self._step
        super()._set_state(state)


async def _hand_over(kept: list[bytes], receiver: DataReceiver) -> None:
    for data in kept:
        await receiver._handle_data(data)  # noqa: SLF001 - aiortc's interface between the two
