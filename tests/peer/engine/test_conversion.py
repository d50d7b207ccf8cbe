"""The same candidate for aiortc and for aioice."""

from aiortc.sdp import candidate_to_sdp

from peer.candidateattribute import decode_candidate
from peer.engine.conversion import to_aioice, to_aiortc

LINE = "7 1 tcp 1677729535 203.0.113.5 9 typ srflx raddr 10.0.1.1 rport 8998 tcptype active"


def test_nothing_is_lost_on_the_way_to_either() -> None:
    candidate = decode_candidate(LINE)
    ours = to_aiortc(candidate, sdp_mid="0", sdp_m_line_index=1)
    assert candidate_to_sdp(ours) == LINE
    assert (ours.sdpMid, ours.sdpMLineIndex) == ("0", 1)
    assert to_aioice(candidate).to_sdp() == LINE


def test_a_candidate_without_a_related_address_has_none() -> None:
    candidate = decode_candidate("7 1 udp 1 203.0.113.5 9 typ host")
    assert to_aiortc(candidate).relatedAddress is None
    assert to_aioice(candidate).related_address is None
