"""The client against the real server on loopback, and against servers that misbehave."""

import asyncio

import pytest

from signaling.client import connect
from signaling.codes import CloseCode, Verdict
from signaling.errors import (
    ConnectionLostError,
    EventOverflowError,
    RefusedError,
    SignalingError,
)
from signaling.events import (
    Closed,
    ErrorReported,
    PeerChanged,
    PeerJoined,
    PeerLeft,
    ServerLeaving,
    SignalReceived,
    Undelivered,
)
from signaling.messages import IceServer, LeaveReason, PeerInfo, Role, SignalKind, UndeliveredReason
from signaling.server import serve
from signaling.settings import IceSettings, Limits, Settings


async def take(client):
    async with asyncio.timeout(20):
        return await anext(client.events())


# --- with the real server ---------------------------------------------------------------------


async def test_the_welcome_is_there_once_connected():
    ice = IceSettings(stun_urls=("stun:s",), turn_urls=("turn:t",), secret="k")
    async with serve(Settings(ice=ice)) as server, connect(server.url, peer="alice") as alice:
        assert alice.welcome.peer == "alice"
        assert alice.welcome.limits.peers == 16
        assert alice.welcome.ice[0] == IceServer(("stun:s",))
        assert alice.welcome.ice[1].username.endswith(f":{alice.welcome.sid}")


async def test_two_clients_meet_signal_and_part():
    async with serve() as server, connect(server.url, peer="alice", meta={"n": 1}) as alice:
        joined = await alice.join("r")
        assert (joined.you, joined.peers, joined.max) == ("alice", (), 16)
        async with connect(server.url, peer="bob", meta={"n": 2}) as bob:
            joined = await bob.join("r", meta={"n": 3})
            host = PeerInfo(peer="alice", polite=False, meta={"n": 1}, role=Role.HOST)
            assert joined.peers == (host,)
            assert await take(alice) == PeerJoined("r", "bob", {"n": 3}, True, 2)
            await bob.signal("r", "alice", SignalKind.OFFER, {"sdp": "é"}, pc="p1", mid="m1")
            assert await take(alice) == SignalReceived(
                "r", "bob", SignalKind.OFFER, {"sdp": "é"}, "p1", "m1"
            )
            await alice.signal("r", "bob", SignalKind.CANDIDATES, [])
            assert (await take(bob)).data == []
        assert await take(alice) == PeerLeft("r", "bob", LeaveReason.BYE, 3)


async def test_metadata_changes_are_events_for_the_others():
    async with (
        serve() as server,
        connect(server.url, peer="alice") as alice,
        connect(server.url, peer="bob", meta={"cam": True}) as bob,
    ):
        await alice.join("r")
        await bob.join("r")
        await take(alice)
        await bob.update("r", {"cam": None, "mic": True})
        assert await take(alice) == PeerChanged("r", "bob", {"mic": True}, 3)


async def test_an_undelivered_signal_is_an_event():
    async with serve() as server, connect(server.url) as alice:
        await alice.join("r")
        await alice.signal("r", "nobody", SignalKind.OFFER, pc="p", mid="m")
        assert await take(alice) == Undelivered(
            "r", "nobody", UndeliveredReason.UNKNOWN_PEER, "p", "m"
        )


async def test_a_refusal_is_an_exception_with_code_and_name():
    settings = Settings(limits=Limits(peers=1))
    async with (
        serve(settings) as server,
        connect(server.url) as alice,
        connect(server.url) as bob,
    ):
        await alice.join("r")
        with pytest.raises(RefusedError) as refused:
            await bob.join("r")
        assert (refused.value.code, refused.value.name) == (417, "room_full")
        with pytest.raises(SignalingError, match="not a member"):
            await bob.leave("r")
        await alice.leave("r")
        await bob.join("r")


async def test_a_refusal_for_now_says_when_to_try_again():
    settings = Settings(limits=Limits(burst=1, rate=0.1))
    async with serve(settings) as server, connect(server.url) as alice:
        with pytest.raises(RefusedError) as refused:
            await alice.join("r")
    assert refused.value.name == "rate_limited"
    assert 0 < refused.value.retry_after <= 10


async def test_a_refused_signal_is_an_event():
    async with serve() as server, connect(server.url) as alice:
        await alice.signal("not mine", "bob", SignalKind.OFFER)
        event = await take(alice)
        assert isinstance(event, ErrorReported)
        assert (event.code, event.name) == (404, "not_found")


async def test_ice_and_ping_are_answered():
    settings = Settings(ice=IceSettings(stun_urls=("stun:s",)))
    async with serve(settings) as server, connect(server.url) as alice:
        assert await alice.ice() == (IceServer(("stun:s",)),)
        assert 0 < await alice.ping() < 5


async def test_requests_in_parallel_get_their_own_answers():
    async with serve() as server, connect(server.url) as alice:
        rooms = await asyncio.gather(*(alice.join(f"r{number}") for number in range(8)))
        assert [joined.room for joined in rooms] == [f"r{number}" for number in range(8)]


async def test_too_big_a_signal_is_refused_here_and_the_session_lives_on():
    async with serve() as server, connect(server.url) as alice:
        with pytest.raises(RefusedError) as refused:
            await alice.signal("r", "bob", SignalKind.CUSTOM, "x" * 65536)
        assert refused.value.code == 413
        assert await alice.ping() > 0


async def test_data_that_json_cannot_say_is_the_callers_mistake():
    async with serve() as server, connect(server.url) as alice:
        with pytest.raises(TypeError):
            await alice.signal("r", "bob", SignalKind.CUSTOM, object())


async def test_data_that_python_cannot_hold_is_passed_over(dial, caplog):
    async with serve() as server, connect(server.url, peer="a") as alice, dial(server.url) as raw:
        await alice.join("r")
        await raw.ask("hello", peer="raw")
        await raw.ask("join", room="r")
        await take(alice)
        text = '{"t":"signal","room":"r","to":"a","kind":"custom","data":%s}'
        await raw.websocket.send(text % "1e999")
        await raw.websocket.send(text % "1")
        assert (await take(alice)).data == 1
        assert any("cannot be held" in line for line in caplog.messages)


async def test_too_much_metadata_is_refused_at_the_door():
    async with serve() as server:
        with pytest.raises(RefusedError) as refused:
            async with connect(server.url, meta={"k": "x" * 2000}):
                pass
        assert refused.value.code == 413


# --- closing ----------------------------------------------------------------------------------


async def test_a_closed_client_has_said_bye_and_left_nothing_behind():
    before = asyncio.all_tasks()
    async with serve() as server, connect(server.url) as alice:
        await alice.join("r")
    assert asyncio.all_tasks() == before
    assert server.counters.closes[CloseCode.NORMAL] == 1


async def test_after_closing_requests_fail_and_events_end():
    async with serve() as server:
        async with connect(server.url) as alice:
            pass
        with pytest.raises(ConnectionLostError):
            await alice.join("r")
        events = [event async for event in alice.events()]
        assert [type(event) for event in events] == [Closed]
        assert events[0].verdict is Verdict.STAY_AWAY
        assert [event async for event in alice.events()] == []


async def test_a_closing_server_is_announced_and_worth_coming_back_to():
    async with serve() as server, connect(server.url, steady=False) as alice:
        await server.close()
        assert await take(alice) == ServerLeaving(0.0, 0.0)
        closed = await take(alice)
        assert (closed.code, closed.name) == (1012, "service_restart")
        assert closed.verdict is Verdict.COME_BACK
        with pytest.raises(ConnectionLostError) as lost:
            await alice.signal("r", "b", SignalKind.OFFER)
        assert lost.value.code == 1012


async def test_events_that_nobody_takes_close_the_client_with_a_clear_error():
    async with (
        serve(Settings(limits=Limits(rate=1e6, burst=10**6))) as server,
        connect(server.url, peer="alice", event_limit=3) as alice,
        connect(server.url, peer="bob") as bob,
    ):
        await alice.join("r")
        await bob.join("r")
        for number in range(5):
            await bob.signal("r", "alice", SignalKind.CUSTOM, number)
        assert isinstance(await take(bob), PeerLeft)
        assert isinstance(await take(alice), PeerJoined)
        assert [(await take(alice)).data for _ in range(2)] == [0, 1]
        with pytest.raises(EventOverflowError, match="3 events wait"):
            await take(alice)
        with pytest.raises(EventOverflowError):
            await alice.ping()


async def test_closing_twice_is_harmless():
    async with serve() as server, connect(server.url) as alice:
        await alice.close()
        await alice.close()


async def test_an_error_in_the_body_closes_the_client_and_is_not_hidden():
    async with serve() as server:
        with pytest.raises(ZeroDivisionError):
            async with connect(server.url):
                raise ZeroDivisionError
        assert server.counters.sessions == 0 or server.counters.closes[CloseCode.NORMAL] == 1
