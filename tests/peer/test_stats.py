"""Statistics have the W3C's members and no others, and their ids lead to each other."""

import dataclasses
from typing import Any

import pytest

from peer.candidates import CandidateType, GatheredCandidate
from peer.report import (
    GenerationReport,
    IceReport,
    IceRole,
    IceState,
    Outcome,
    PairReport,
    PairState,
    RemoteCandidate,
    Selection,
)
from peer.stats import (
    Certificate,
    ChannelFacts,
    Facts,
    Stats,
    Stream,
    TransportFacts,
    statistics,
)

#: The dictionaries of https://www.w3.org/TR/webrtc-stats/, each with those that it inherits from.
RTP = "timestamp type id ssrc kind transportId codecId "
RECEIVED = RTP + (
    "packetsReceived packetsReceivedWithEct1 packetsReceivedWithCe packetsReportedAsLost"
    " packetsReportedAsLostButRecovered packetsLost jitter "
)
SENT = RTP + "packetsSent packetsSentWithEct1 bytesSent "
MEMBERS = {
    "peer-connection": "timestamp type id dataChannelsOpened dataChannelsClosed",
    "transport": "timestamp type id packetsSent packetsReceived bytesSent bytesReceived iceRole"
    " iceLocalUsernameFragment dtlsState iceState selectedCandidatePairId localCertificateId"
    " remoteCertificateId tlsVersion dtlsCipher dtlsRole srtpCipher selectedCandidatePairChanges"
    " ccfbMessagesSent ccfbMessagesReceived",
    "certificate": "timestamp type id fingerprint fingerprintAlgorithm base64Certificate"
    " issuerCertificateId",
    "candidate-pair": "timestamp type id transportId localCandidateId remoteCandidateId state"
    " nominated packetsSent packetsReceived bytesSent bytesReceived lastPacketSentTimestamp"
    " lastPacketReceivedTimestamp totalRoundTripTime currentRoundTripTime availableOutgoingBitrate"
    " availableIncomingBitrate requestsReceived requestsSent responsesReceived responsesSent"
    " consentRequestsSent packetsDiscardedOnSend bytesDiscardedOnSend",
    "data-channel": "timestamp type id label protocol dataChannelIdentifier state messagesSent"
    " bytesSent messagesReceived bytesReceived",
    "codec": "timestamp type id payloadType transportId mimeType clockRate channels sdpFmtpLine",
    "inbound-rtp": RECEIVED + "trackIdentifier mid remoteId framesDecoded bytesReceived nackCount",
    "outbound-rtp": SENT + "mid mediaSourceId remoteId rid headerBytesSent nackCount",
    "remote-inbound-rtp": RECEIVED + "localId roundTripTime totalRoundTripTime fractionLost"
    " roundTripTimeMeasurements",
    "remote-outbound-rtp": SENT + "localId remoteTimestamp reportsSent roundTripTime",
}
MEMBERS["local-candidate"] = MEMBERS["remote-candidate"] = (
    "timestamp type id transportId address port protocol candidateType priority url relayProtocol"
    " foundation relatedAddress relatedPort usernameFragment tcpType"
)

HOST = GatheredCandidate(
    CandidateType.HOST,
    ("192.0.2.1", 5000),
    2130706431,
    ("192.0.2.1", 5000),
    None,
    "candidate:h0 1 udp 2130706431 192.0.2.1 5000 typ host",
    redundant=False,
)
RELAYED = GatheredCandidate(
    CandidateType.RELAYED,
    ("198.51.100.1", 6000),
    16777215,
    ("198.51.100.1", 6000),
    "turn:198.51.100.1:3478?transport=tcp",
    "candidate:r0 1 udp 16777215 198.51.100.1 6000 typ relay raddr 192.0.2.1 rport 5000",
    redundant=False,
)
REMOTE = RemoteCandidate(CandidateType.HOST, ("203.0.113.1", 7000), 2130706431, told=True, at=0.1)
LEARNT = RemoteCandidate(
    CandidateType.PEER_REFLEXIVE, ("203.0.113.9", 7000), 1862270975, told=False, at=0.2
)
PAIR = PairReport(
    "0-0",
    HOST,
    REMOTE,
    PairState.SUCCEEDED,
    9,
    nominated=True,
    created_at=0.1,
    requests_sent=5,
    responses_received=4,
    requests_received=3,
    responses_sent=2,
    consent_requests_sent=1,
    round_trip=0.05,
    total_round_trip=0.2,
    packets_sent=10,
    packets_received=11,
    bytes_sent=1000,
    bytes_received=1100,
)
OTHER = PairReport("0-1", RELAYED, LEARNT, PairState.WAITING, 1, nominated=False, created_at=0.2)
GENERATION = GenerationReport(
    number=0,
    role=IceRole.CONTROLLED,
    started_at=0.0,
    gathered_at=0.1,
    checking_at=0.1,
    ended_at=0.3,
    outcome=Outcome.COMPLETED,
    local_ufrag="abcd",
    remote_ufrag="efgh",
    candidates=(HOST, RELAYED),
    failures=(),
    remote_candidates=(REMOTE,),
    remote_ended=True,
    pairs=(PAIR, OTHER),
    selections=(Selection("0-1", 0.2, "nominated"), Selection("0-0", 0.3, "better pair")),
)
TRANSPORT = TransportFacts(
    id="transport_1",
    ice=IceReport(1.0, ((0.3, IceState.CONNECTED),), (GENERATION,)),
    dtls_state="connected",
    dtls_role="client",
    tls_version="FEFD",
    dtls_cipher="TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    srtp_cipher="SRTP_AEAD_AES_256_GCM",
    packets=(12, 13),
    bytes=(1200, 1300),
    local_certificate=Certificate("AA:BB", "sha-256", "MIIB"),
    remote_certificate=Certificate("CC:DD", "sha-256", "MIIC"),
)
COUNTED = {"ssrc": 7, "kind": "audio", "transportId": "transport_1", "trackId": "t", "jitter": 480}
CODEC = {
    "payloadType": 96,
    "mimeType": "audio/opus",
    "clockRate": 48000,
    "channels": 2,
    "sdpFmtpLine": None,
}
STREAMS = tuple(
    Stream(kind, f"{kind}_1", COUNTED | extra, 48000, "0", CODEC, "track")
    for kind, extra in {
        "inbound-rtp": {"packetsReceived": 9, "packetsLost": 1},
        "outbound-rtp": {"packetsSent": 9, "bytesSent": 90},
        "remote-inbound-rtp": {"roundTripTime": 0.05, "fractionLost": 3, "packetsLost": 1},
        "remote-outbound-rtp": {"packetsSent": 9, "bytesSent": 90},
    }.items()
)
FACTS = Facts(
    now=1000.0,
    transports=(TRANSPORT,),
    channels=(ChannelFacts("chat", "", 1, "open", (2, 3), (20, 30)),),
    opened=2,
    closed=1,
    streams=STREAMS,
)


def only(type_: str, **wanted: Any) -> Stats:
    found = [
        one
        for one in statistics(FACTS).values()
        if one.type == type_ and wanted.items() <= one.items()
    ]
    assert len(found) == 1
    return found[0]


def test_every_type_is_there_with_the_w3cs_members_and_no_others() -> None:
    found: dict[str, set[str]] = {}
    for stats in statistics(FACTS).values():
        found.setdefault(stats.type, set()).update(stats)
    assert found.keys() == MEMBERS.keys()
    strange = {name: members - set(MEMBERS[name].split()) for name, members in found.items()}
    assert not any(strange.values()), strange


def test_every_id_leads_somewhere() -> None:
    report = statistics(FACTS)
    for stats in report.values():
        for member, value in stats.items():
            if member.endswith("Id") and member != "id":
                assert value in report, (stats.type, member)


def test_the_transport_tells_the_selected_pair_its_changes_and_the_ciphers() -> None:
    transport = only("transport")
    assert statistics(FACTS)[transport.selectedCandidatePairId].nominated
    assert transport.selectedCandidatePairChanges == 2
    assert (transport.iceRole, transport.iceState) == ("controlled", "connected")
    assert (transport.tlsVersion, transport.dtlsRole) == ("FEFD", "client")
    assert (transport.bytesSent, transport.packetsReceived) == (1200, 13)


def test_a_pair_tells_its_round_trips_only_where_they_were_measured() -> None:
    pair = only("candidate-pair", nominated=True)
    assert (pair.currentRoundTripTime, pair.totalRoundTripTime) == (0.05, 0.2)
    assert (pair.requestsSent, pair.responsesReceived, pair.consentRequestsSent) == (5, 4, 1)
    other = only("candidate-pair", nominated=False)
    assert "currentRoundTripTime" not in other
    assert "availableOutgoingBitrate" not in other
    with pytest.raises(AttributeError, match="currentRoundTripTime"):
        _ = other.currentRoundTripTime


def test_a_relayed_candidate_tells_its_server_and_how_it_is_reached() -> None:
    relayed = only("local-candidate", candidateType="relay")
    assert (relayed.url, relayed.relayProtocol) == (RELAYED.server, "tcp")
    assert (relayed.relatedAddress, relayed.relatedPort) == ("192.0.2.1", 5000)
    assert only("remote-candidate", candidateType="prflx").address == "203.0.113.9"


def test_jitter_is_in_seconds() -> None:
    assert only("inbound-rtp").jitter == 0.01


def test_before_anything_has_happened_little_is_told_and_nothing_guessed() -> None:
    early = dataclasses.replace(
        TRANSPORT,
        ice=IceReport(0.0, (), ()),
        tls_version=None,
        dtls_cipher=None,
        srtp_cipher=None,
        remote_certificate=None,
        dtls_role="unknown",
        dtls_state="new",
    )
    facts = dataclasses.replace(FACTS, transports=(early,), channels=(), streams=())
    (transport,) = (one for one in statistics(facts).values() if one.type == "transport")
    assert transport.iceRole == "unknown"
    assert {"tlsVersion", "selectedCandidatePairId", "remoteCertificateId"}.isdisjoint(transport)
