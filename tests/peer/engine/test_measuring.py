"""What is counted in a real call, and that the two sides agree on it."""

import asyncio
from typing import Any

from peer import AudioStreamTrack, Configuration, RTCPeerConnection
from tests.peer.engine.pairs import LOOPBACK, connected, negotiate, until


def only(report: Any, type_: str) -> Any:
    (found,) = (one for one in report.values() if one.type == type_)
    return found


async def test_both_sides_of_a_call_tell_the_same_story() -> None:
    async with connected() as (one, other, counting):
        one.addTrack(AudioStreamTrack())
        await negotiate(one, other)
        counting.send()
        await counting.until_all_are_heard()
        mine, theirs = await one.getStats(), await other.getStats()
        here, there = only(mine, "transport"), only(theirs, "transport")
        assert here.dtlsCipher == there.dtlsCipher
        assert here.dtlsCipher.startswith("TLS_")
        assert here.srtpCipher == there.srtpCipher
        assert here.localCertificateId == there.remoteCertificateId
        assert {here.dtlsRole, there.dtlsRole} == {"client", "server"}
        assert {here.iceRole, there.iceRole} == {"controlling", "controlled"}
        assert here.tlsVersion in {"FEFD", "FEFC"}
        pair = mine[here.selectedCandidatePairId]
        back = theirs[there.selectedCandidatePairId]
        assert mine[pair.localCandidateId].port == theirs[back.remoteCandidateId].port
        assert 0 < pair.currentRoundTripTime < 5
        assert only(mine, "peer-connection").dataChannelsOpened == 1
        sent, received = only(mine, "data-channel"), only(theirs, "data-channel")
        assert (sent.label, sent.messagesSent, sent.bytesSent) == ("count", 1, 1)
        assert (received.messagesReceived, received.bytesReceived) == (1, 1)


async def test_a_closed_channel_is_counted_and_told_no_more() -> None:
    async with connected() as (one, _, _counting):
        extra = one.createDataChannel("extra")
        await until(lambda: extra.readyState == "open")
        extra.close()
        await until(lambda: extra.readyState == "closed")
        counts = only(await one.getStats(), "peer-connection")
        assert (counts.dataChannelsOpened, counts.dataChannelsClosed) == (2, 1)
        assert only(await one.getStats(), "data-channel").label == "count"


async def test_a_connection_of_data_alone_has_statistics_from_the_start() -> None:
    pc = RTCPeerConnection(LOOPBACK)
    assert [one.type for one in (await pc.getStats()).values()] == ["peer-connection"]
    pc.createDataChannel("chat")
    assert only(await pc.getStats(), "transport").dtlsState == "new"
    await pc.close()


async def test_other_servers_count_from_the_next_generation() -> None:
    async with connected() as (one, other, _):
        assert one.getConfiguration() == LOOPBACK
        changed = Configuration(host_addresses=("127.0.0.1", "127.0.0.2"))
        one.setConfiguration(changed)
        assert one.getConfiguration() == changed
        one.restartIce()
        await negotiate(one, other)
        await until(lambda: one.iceGatheringState == "complete")
        assert one.localDescription.sdp.count("a=candidate:") == 2
        await asyncio.sleep(0)
