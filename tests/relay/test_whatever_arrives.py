"""Whatever arrives, in whatever order: no exception, allowed answers, nothing lost and nothing left (tests/fuzz)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from relay_play import Play
from relay_readers import Bytes, Recorded
from stream_play import StreamPlay

SEEDS = range(150)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=1500))
def test_the_core_takes_whatever_arrives(data):
    Play(Bytes(data)).run()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_a_stream_takes_whatever_arrives(data):
    StreamPlay(Bytes(data)).run()


def test_long_plays_reach_every_part_of_the_core_and_end_clean():
    reached = {"moves": 0, "opened": 0, "to peers": 0, "to clients": 0, "joined": 0}
    codes: set[int] = set()
    for seed in SEEDS:
        play = Play(Recorded(seed))
        play.run()
        counters = play.shell.core.counters()
        reached["moves"] += counters.moves
        reached["opened"] += counters.allocations_opened
        reached["to peers"] += counters.usage.to_peer_packets
        reached["to clients"] += counters.usage.to_client_packets
        reached["joined"] += play.shell.joined
        codes |= set(counters.refusals)
    assert min(reached.values()) > 0, reached
    assert codes >= {400, 401, 403, 405, 420, 437, 438, 441, 442, 443, 508}


@pytest.mark.parametrize("play", [Play, StreamPlay])
def test_a_play_that_is_recorded_goes_the_same_way_again(play):
    for seed in range(20):
        recorded = Recorded(seed)
        play(recorded).run()
        again = Bytes(recorded.data)
        play(again).run()
        assert again.is_over
