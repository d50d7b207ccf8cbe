"""How a call went, for the operator of the signaling server."""

import pytest

import signaling
from peer.candidates import CandidateType
from peer.happenings import End, EndKind
from peer.outcome import Outcome
from peer.path import Path
from peer.timeline import Step, Timeline

RELAYED = Path(CandidateType.RELAYED, ("192.0.2.1", 1), CandidateType.HOST, ("192.0.2.2", 2))
DIRECT = Path(CandidateType.HOST, ("192.0.2.1", 1), CandidateType.HOST, ("192.0.2.2", 2))


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (None, signaling.CallState.CONNECTED),
        (EndKind.FAILED, signaling.CallState.FAILED),
        (EndKind.LOST, signaling.CallState.ENDED),
        (EndKind.LEFT, signaling.CallState.ENDED),
        (EndKind.CLOSED, signaling.CallState.ENDED),
    ],
)
def test_the_state_follows_from_the_end(kind, state):
    end = None if kind is None else End(kind, "x")
    assert Outcome.of("a", Timeline(0.0), None, None, end).state is state


@pytest.mark.parametrize(("path", "relayed"), [(RELAYED, True), (DIRECT, False), (None, False)])
def test_a_relayed_path_is_told(path, relayed):
    assert Outcome.of("a", Timeline(0.0), path, None).relayed is relayed


@pytest.mark.parametrize(("seconds", "expected"), [(0.0421, 42), (10_000.0, 3_600_000)])
def test_the_time_to_connect_is_in_milliseconds_and_bounded(seconds, expected):
    timeline = Timeline(100.0)
    timeline.mark(Step.STARTED, 101.0)
    timeline.mark(Step.CHANNEL_OPEN, 101.0 + seconds)
    assert Outcome.of("a", timeline, None, None).connect_ms == expected


def test_a_call_is_told_once_when_it_is_connected_and_once_when_it_is_over(make_world):
    """With its round trip, through the real server, by both sides."""
    world = make_world()
    reports = []
    note_stats = signaling.hub.hub.Hub.receive_frame

    async def act(session, channel):
        await channel.send("x")
        await channel.receive()
        await session.settled()

    def watch(hub, cid, frame, now):
        if isinstance(frame, str) and '"t":"stats"' in frame:
            reports.append(frame)
        return note_stats(hub, cid, frame, now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signaling.hub.hub.Hub, "receive_frame", watch)
        world.run(world.call(act, act))
    states = [text.partition('"state":"')[2].partition('"')[0] for text in reports]
    assert sorted(states) == ["connected", "connected", "ended", "ended"]
    assert all('"connect_ms"' in text and '"rtt_ms"' in text for text in reports)
