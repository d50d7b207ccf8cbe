"""Candidates of ours as aiortc and aioice have them."""

import aioice
import aiortc

from peer.candidateattribute import CandidateAttribute


def to_aiortc(
    candidate: CandidateAttribute,
    *,
    sdp_mid: str | None = None,
    sdp_m_line_index: int | None = None,
) -> aiortc.RTCIceCandidate:
    """A remote candidate for `addIceCandidate`."""
    related = candidate.related or (None, None)
    return aiortc.RTCIceCandidate(
        component=candidate.component,
        foundation=candidate.foundation,
        ip=candidate.host,
        port=candidate.port,
        priority=candidate.priority,
        protocol=candidate.transport,
        type=candidate.type.value,
        relatedAddress=related[0],
        relatedPort=related[1],
        sdpMid=sdp_mid,
        sdpMLineIndex=sdp_m_line_index,
        tcpType=candidate.extension("tcptype"),
    )


def to_aioice(candidate: CandidateAttribute) -> aioice.Candidate:
    """A remote candidate for an ICE agent alone."""
    related = candidate.related or (None, None)
    return aioice.Candidate(
        foundation=candidate.foundation,
        component=candidate.component,
        transport=candidate.transport,
        priority=candidate.priority,
        host=candidate.host,
        port=candidate.port,
        type=candidate.type.value,
        related_address=related[0],
        related_port=related[1],
        tcptype=candidate.extension("tcptype"),
    )
