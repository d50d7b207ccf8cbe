"""Statistics as the W3C names them (webrtc-stats), made of what ICE, DTLS, SCTP and RTP have counted.

Pure: facts go in, dictionaries come out. A member that is not known is left out, as the W3C says;
none is guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from peer.candidateattribute import decode_candidate
from peer.candidates import CandidateType, GatheredCandidate
from peer.report import GenerationReport, IceReport, IceRole, PairReport, RemoteCandidate

__all__ = [
    "Certificate",
    "ChannelFacts",
    "Facts",
    "Stats",
    "Stream",
    "TransportFacts",
    "statistics",
]


class Stats(dict[str, Any]):
    """One dictionary of statistics; its members can be read as attributes too, as aiortc's."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"these statistics have no {name}") from None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate.

    Attributes:
        fingerprint: In upper case, with colons.
        algorithm: Of the fingerprint.
        base64: The certificate, DER in base64.
    """

    fingerprint: str
    algorithm: str
    base64: str


@dataclass(frozen=True, slots=True)
class TransportFacts:
    """One transport: ICE with DTLS on it.

    Attributes:
        id: Unique in the connection.
        ice: What its ICE did.
        dtls_state: new, connecting, connected, closed or failed.
        dtls_role: client, server or unknown.
        tls_version: Four hexadecimal digits, or `None` before the handshake.
        dtls_cipher: IANA's name, or `None`.
        srtp_cipher: The profile's name, or `None`.
        packets: Sent and received.
        bytes: Sent and received, without headers of IP and UDP.
        local_certificate: This side's.
        remote_certificate: The remote's, or `None` before the handshake.
    """

    id: str
    ice: IceReport
    dtls_state: str
    dtls_role: str
    tls_version: str | None
    dtls_cipher: str | None
    srtp_cipher: str | None
    packets: tuple[int, int]
    bytes: tuple[int, int]
    local_certificate: Certificate
    remote_certificate: Certificate | None


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """One data channel; counts are of messages and of their bytes, sent and received."""

    label: str
    protocol: str
    identifier: int | None
    state: str
    messages: tuple[int, int]
    bytes: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stream:
    """One RTP stream, as one side counts it.

    Attributes:
        type: inbound-rtp, outbound-rtp, remote-inbound-rtp or remote-outbound-rtp.
        id: Unique in the connection.
        counted: What aiortc has counted, by its names.
        clock_rate: Of its codec, in Hz.
        mid: Of its section.
        codec: The codec's members, or `None`.
        track: The track's identifier, or `None`.
    """

    type: str
    id: str
    counted: Mapping[str, Any]
    clock_rate: int | None = None
    mid: str | None = None
    codec: Mapping[str, Any] | None = None
    track: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that statistics are made of.

    Attributes:
        now: Milliseconds since 1970.
        transports: One with everything bundled.
        channels: The data channels.
        opened: How many data channels were opened.
        closed: How many of them are closed again.
        streams: The RTP streams.
    """

    now: float
    transports: tuple[TransportFacts, ...]
    channels: tuple[ChannelFacts, ...]
    opened: int
    closed: int
    streams: tuple[Stream, ...]


def statistics(facts: Facts) -> dict[str, Stats]:
    """The W3C's report: each dictionary under its id."""
    made = [
        _stats(
            "peer-connection",
            "peer-connection",
            dataChannelsOpened=facts.opened,
            dataChannelsClosed=facts.closed,
        )
    ]
    for transport in facts.transports:
        made += _transport(transport)
    for number, channel in enumerate(facts.channels):
        made.append(_channel(channel, number))
    for stream in facts.streams:
        made += _stream(stream, facts.transports)
    for stats in made:
        stats["timestamp"] = facts.now
    return {stats["id"]: stats for stats in made}


def _stats(type_: str, id_: str, **members: Any) -> Stats:
    known = {name: value for name, value in members.items() if value is not None}
    return Stats(id=id_, type=type_, **known)


# --- the transport ------------------------------------------------------------------------------


def _transport(transport: TransportFacts) -> Iterable[Stats]:
    generations = transport.ice.generations
    newest = generations[-1] if generations else None
    selections = [selection for one in generations for selection in one.selections]
    certificates = {
        "localCertificateId": transport.local_certificate,
        "remoteCertificateId": transport.remote_certificate,
    }
    ids = {member: f"certificate_{one.fingerprint}" for member, one in certificates.items() if one}
    yield _stats(
        "transport",
        transport.id,
        packetsSent=transport.packets[0],
        packetsReceived=transport.packets[1],
        bytesSent=transport.bytes[0],
        bytesReceived=transport.bytes[1],
        iceRole=_role(newest),
        iceLocalUsernameFragment=newest and newest.local_ufrag,
        iceState=transport.ice.state.value,
        dtlsState=transport.dtls_state,
        dtlsRole=transport.dtls_role,
        selectedCandidatePairId=_pair_id(selections[-1].pair, transport.id) if selections else None,
        selectedCandidatePairChanges=len(selections),
        tlsVersion=transport.tls_version,
        dtlsCipher=transport.dtls_cipher,
        srtpCipher=transport.srtp_cipher,
        **ids,
    )
    for one in certificates.values():
        if one is not None:
            yield _certificate(one)
    for generation in generations:
        yield from _generation(generation, transport.id)


def _role(newest: GenerationReport | None) -> str:
    if newest is None:
        return "unknown"
    return "controlling" if newest.role is IceRole.CONTROLLING else "controlled"


def _certificate(certificate: Certificate) -> Stats:
    return _stats(
        "certificate",
        f"certificate_{certificate.fingerprint}",
        fingerprint=certificate.fingerprint,
        fingerprintAlgorithm=certificate.algorithm,
        base64Certificate=certificate.base64,
    )


# --- ICE ----------------------------------------------------------------------------------------


def _generation(generation: GenerationReport, transport: str) -> Iterable[Stats]:
    locals_ = dict.fromkeys((*generation.candidates, *(pair.local for pair in generation.pairs)))
    remotes = {_remote_id(one, generation): one for one in generation.remote_candidates}
    remotes |= {_remote_id(pair.remote, generation): pair.remote for pair in generation.pairs}
    for local in locals_:
        yield _local_candidate(local, generation, transport)
    for remote_id, remote in remotes.items():
        yield _remote_candidate(remote_id, remote, generation, transport)
    for pair in generation.pairs:
        yield _pair(pair, generation, transport)


def _local_id(candidate: GatheredCandidate, generation: GenerationReport) -> str:
    host, port = candidate.address
    kind, base = candidate.type.value, candidate.base
    return f"local_{generation.local_ufrag}_{kind}_{host}_{port}_{base[0]}_{base[1]}"


def _remote_id(candidate: RemoteCandidate, generation: GenerationReport) -> str:
    host, port = candidate.address
    return f"remote_{generation.local_ufrag}_{candidate.type.value}_{host}_{port}"


def _local_candidate(
    candidate: GatheredCandidate, generation: GenerationReport, transport: str
) -> Stats:
    attribute = decode_candidate(candidate.line)
    return _stats(
        "local-candidate",
        _local_id(candidate, generation),
        transportId=transport,
        address=candidate.address[0],
        port=candidate.address[1],
        protocol="udp",
        candidateType=candidate.type.value,
        priority=candidate.priority,
        url=candidate.server,
        relayProtocol=_relay_protocol(candidate),
        foundation=attribute.foundation,
        relatedAddress=attribute.related and attribute.related[0],
        relatedPort=attribute.related and attribute.related[1],
        usernameFragment=generation.local_ufrag,
    )


def _relay_protocol(candidate: GatheredCandidate) -> str | None:
    """How the relay is reached: udp, tcp or tls; told by the server's URL (RFC 7065)."""
    if candidate.type is not CandidateType.RELAYED or candidate.server is None:
        return None
    if candidate.server.startswith("turns:"):
        return "tls"
    return "tcp" if "transport=tcp" in candidate.server else "udp"


def _remote_candidate(
    id_: str, candidate: RemoteCandidate, generation: GenerationReport, transport: str
) -> Stats:
    return _stats(
        "remote-candidate",
        id_,
        transportId=transport,
        address=candidate.address[0],
        port=candidate.address[1],
        protocol="udp",
        candidateType=candidate.type.value,
        priority=candidate.priority,
        usernameFragment=generation.remote_ufrag,
    )


def _pair_id(pair: str, transport: str) -> str:
    return f"pair_{transport}_{pair}"


def _pair(pair: PairReport, generation: GenerationReport, transport: str) -> Stats:
    return _stats(
        "candidate-pair",
        _pair_id(pair.id, transport),
        transportId=transport,
        localCandidateId=_local_id(pair.local, generation),
        remoteCandidateId=_remote_id(pair.remote, generation),
        state=pair.state.value,
        nominated=pair.nominated,
        packetsSent=pair.packets_sent,
        packetsReceived=pair.packets_received,
        bytesSent=pair.bytes_sent,
        bytesReceived=pair.bytes_received,
        totalRoundTripTime=pair.total_round_trip,
        currentRoundTripTime=pair.round_trip,
        requestsReceived=pair.requests_received,
        requestsSent=pair.requests_sent,
        responsesReceived=pair.responses_received,
        responsesSent=pair.responses_sent,
        consentRequestsSent=pair.consent_requests_sent,
    )


# --- data and media -----------------------------------------------------------------------------


def _channel(channel: ChannelFacts, number: int) -> Stats:
    return _stats(
        "data-channel",
        f"data-channel_{number if channel.identifier is None else channel.identifier}",
        label=channel.label,
        protocol=channel.protocol,
        dataChannelIdentifier=channel.identifier,
        state=channel.state,
        messagesSent=channel.messages[0],
        messagesReceived=channel.messages[1],
        bytesSent=channel.bytes[0],
        bytesReceived=channel.bytes[1],
    )


#: aiortc's names that are the W3C's, with the same unit.
_AS_COUNTED = {
    "inbound-rtp": ("ssrc", "kind", "packetsReceived", "packetsLost"),
    "outbound-rtp": ("ssrc", "kind", "packetsSent", "bytesSent"),
    "remote-inbound-rtp": (
        "ssrc",
        "kind",
        "packetsReceived",
        "packetsLost",
        "roundTripTime",
        "fractionLost",
    ),
    "remote-outbound-rtp": ("ssrc", "kind", "packetsSent", "bytesSent"),
}


def _stream(stream: Stream, transports: tuple[TransportFacts, ...]) -> Iterable[Stats]:
    transport = stream.counted.get("transportId")
    if transport not in {one.id for one in transports}:
        transport = None
    codec = None
    if stream.codec is not None:
        codec = f"codec_{stream.mid}_{stream.codec['payloadType']}"
        yield _stats("codec", codec, transportId=transport, **stream.codec)
    members = {name: stream.counted.get(name) for name in _AS_COUNTED[stream.type]}
    jitter = stream.counted.get("jitter")
    if "inbound" in stream.type and jitter is not None and stream.clock_rate:
        members["jitter"] = jitter / stream.clock_rate  # aiortc counts in RTP's clock, W3C seconds
    if stream.type in {"inbound-rtp", "outbound-rtp"}:
        members["mid"] = stream.mid
    if stream.type == "inbound-rtp":
        members["trackIdentifier"] = stream.track
    yield _stats(stream.type, stream.id, transportId=transport, codecId=codec, **members)
