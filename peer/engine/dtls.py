"""aiortc's DTLS transport, which says why it failed."""

import aiortc
from aiortc.rtcdtlstransport import RTCDtlsParameters, State

HANDSHAKE = "the DTLS handshake failed"
FINGERPRINT = (
    "the remote's certificate is not the one that its description names: somebody stands between,"
    " or the description was altered (RFC 8827 §6.5)"
)
NO_PROFILE = "the two sides have no SRTP profile in common (RFC 5764 §4.1.2)"


class DtlsTransport(aiortc.RTCDtlsTransport):
    """A DTLS transport with words for its failure."""

    failure: str | None = None
    _step = HANDSHAKE

    @classmethod
    def adopt(cls, plain: aiortc.RTCDtlsTransport) -> "DtlsTransport":
        """Make one of a transport that aiortc has just made."""
        plain.__class__ = cls
        assert isinstance(plain, cls)
        return plain

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
