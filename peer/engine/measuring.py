"""What a peer connection has counted, collected from aiortc, OpenSSL and our ICE, for statistics."""

import base64
import time
from typing import Any, Final

import aiortc
from aiortc.rtcdtlstransport import certificate_digest
from aiortc.sdp import parameters_to_sdp
from aiortc.stats import RTCStats
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from peer.engine import names
from peer.engine.wiring import Wiring, agent_of
from peer.stats import Certificate, ChannelFacts, Facts, Stream, TransportFacts

_DIGEST: Final = "sha-256"
#: IANA's names of the cipher suites that aiortc offers; those of TLS 1.3 OpenSSL names as IANA does.
_CIPHERS: Final = {
    "ECDHE-ECDSA-AES128-GCM-SHA256": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "ECDHE-ECDSA-CHACHA20-POLY1305": "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-SHA": "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "ECDHE-ECDSA-AES256-SHA": "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
}
#: RFC 5764 §4.1.2's name of the profile that OpenSSL shortens.
_PROFILES: Final = {"SRTP_AES128_CM_SHA1_80": "SRTP_AES128_CM_HMAC_SHA1_80"}


class Channels:
    """The data channels of a connection, counted as they come and go."""

    def __init__(self) -> None:
        self.opened = 0
        self.closed = 0
        self._all: list[Any] = []

    def add(self, channel: Any) -> None:
        """A channel was made, here or by the remote."""
        self._all.append(channel)
        channel.once("close", lambda: self._close(channel))
        if channel.readyState == "open":
            self.opened += 1
        else:
            channel.once("open", self._open)

    def facts(self) -> tuple[ChannelFacts, ...]:
        """Each that is not closed."""
        return tuple(
            ChannelFacts(
                label=channel.label,
                protocol=channel.protocol,
                identifier=channel.id,
                state=channel.readyState,
                messages=(channel.messages_sent, channel.messages_received),
                bytes=(channel.bytes_sent, channel.bytes_received),
            )
            for channel in self._all
        )

    def _open(self) -> None:
        self.opened += 1

    def _close(self, channel: Any) -> None:
        self.closed += 1
        self._all.remove(channel)


async def measure(pc: aiortc.RTCPeerConnection, wiring: Wiring, channels: Channels) -> Facts:
    """Collect what is known at this moment."""
    streams: list[Stream] = []
    for transceiver in pc.getTransceivers():
        for counter in (transceiver.sender, transceiver.receiver):
            report = await counter.getStats()
            counted = [one for one in report.values() if one.type.endswith("-rtp")]
            if counter is transceiver.receiver or transceiver.sender.track is not None:
                streams += [_stream(one, transceiver) for one in counted]
    (certificate,) = names.private(pc, names.PC_CERTIFICATES)
    local = _certificate(names.private(certificate, names.CERTIFICATE_CERT))
    return Facts(
        now=time.time() * 1000,
        transports=tuple(_transport(dtls, local) for dtls in wiring.dtls_transports),
        channels=channels.facts(),
        opened=channels.opened,
        closed=channels.closed,
        streams=tuple(streams),
    )


def _transport(dtls: aiortc.RTCDtlsTransport, local: Certificate) -> TransportFacts:
    (counted,) = names.private(dtls, names.DTLS_GET_STATS)().values()
    ssl = names.private(dtls, names.DTLS_SSL)
    handshaken = ssl is not None and dtls.encrypted
    remote = ssl.get_peer_certificate(as_cryptography=True) if handshaken else None
    role = names.private(dtls, names.DTLS_ROLE)
    return TransportFacts(
        id=counted.id,
        ice=agent_of(dtls.transport).report(),
        dtls_state=dtls.state,
        dtls_role=role if role != "auto" else "unknown",
        tls_version=f"{ssl.get_protocol_version():04X}" if handshaken else None,
        dtls_cipher=_CIPHERS.get(name := ssl.get_cipher_name(), name) if handshaken else None,
        srtp_cipher=_profile(ssl.get_selected_srtp_profile()) if handshaken else None,
        packets=(counted.packetsSent, counted.packetsReceived),
        bytes=(counted.bytesSent, counted.bytesReceived),
        local_certificate=local,
        remote_certificate=None if remote is None else _certificate(remote),
    )


def _profile(name: bytes) -> str | None:
    text = name.decode()
    return _PROFILES.get(text, text) or None


def _certificate(certificate: x509.Certificate) -> Certificate:
    encoded = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    return Certificate(certificate_digest(certificate, _DIGEST), _DIGEST, encoded)


def _stream(counted: RTCStats, transceiver: aiortc.RTCRtpTransceiver) -> Stream:
    codecs = names.private(transceiver, names.TRANSCEIVER_CODECS)
    track: Any = transceiver.receiver.track  # None until the remote sends; aiortc's type forgets it
    return Stream(
        type=counted.type,
        id=counted.id,
        counted=vars(counted),
        clock_rate=codecs[0].clockRate if codecs else None,
        mid=transceiver.mid,
        codec=_codec(codecs[0]) if codecs else None,
        track=None if track is None else track.id,
    )


def _codec(codec: aiortc.RTCRtpCodecParameters) -> dict[str, Any]:
    return {
        "payloadType": codec.payloadType,
        "mimeType": codec.mimeType,
        "clockRate": codec.clockRate,
        "channels": codec.channels,
        "sdpFmtpLine": parameters_to_sdp(codec.parameters) or None,
    }
