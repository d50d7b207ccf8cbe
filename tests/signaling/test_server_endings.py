"""The end of things, on loopback: members who do not read, and a server that goes away."""

import asyncio
import json
import logging

import pytest
from websockets.exceptions import InvalidStatus

from signaling.codes import CloseCode
from signaling.settings import Limits, Settings

UNHURRIED = Limits(rate=1e6, burst=10**6)
OPENING = (
    b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: hairpin.v1\r\n\r\n"
)


async def join(wire, name, *rooms):
    await wire.ask("hello", peer=name)
    for room in rooms:
        assert (await wire.ask("join", room=room))["t"] == "joined"


# --- slow consumers ---------------------------------------------------------------------------


async def test_a_slow_consumer_is_closed_and_the_sender_never_waits(serve, dial, caplog):
    caplog.set_level(logging.INFO, "signaling")
    settings = Settings(limits=UNHURRIED, close_timeout=0.2)
    async with (
        serve(settings) as server,
        dial(server.url) as alice,
        dial(server.url) as carol,
        dial(server.url, max_queue=1) as slow,
    ):
        await join(alice, "alice", "r")
        await join(carol, "carol", "r")
        await join(slow, "slow", "r")
        [await alice.hear() for _ in range(2)]
        await carol.hear()
        for number in range(1000):
            big = {"room": "r", "to": "slow", "kind": "custom", "data": "x" * 60000}
            assert (await alice.ask("signal", id=number, **big))["t"] == "ok"
            await alice.say("signal", room="r", to="carol", kind="custom", data=number)
            heard = await carol.hear()
            if heard["t"] == "peer.leave":
                break
            assert heard["data"] == number
        assert heard["reason"] == "slow"
        assert (await alice.hear())["reason"] == "slow"
        assert (await alice.hear())["reason"] == "slow"
        assert await alice.ask("ping", id=1) == {"t": "pong", "id": 1}
        assert server.counters.closes[CloseCode.SLOW_CONSUMER] == 1
        async with asyncio.timeout(20):
            while not any("ended with 4508" in line for line in caplog.messages):
                await alice.ask("ping")


async def test_a_slow_consumer_that_begins_to_read_finds_4508(serve, dial):
    settings = Settings(limits=UNHURRIED, close_timeout=5)
    async with (
        serve(settings) as server,
        dial(server.url) as alice,
        dial(server.url, max_queue=1) as slow,
    ):
        await join(alice, "alice", "r")
        await join(slow, "slow", "r")
        await alice.hear()
        for number in range(1000):
            big = {"room": "r", "to": "slow", "kind": "custom", "data": "x" * 60000}
            if (await alice.ask("signal", id=number, **big))["t"] != "ok":
                break
        assert await slow.close_code() == CloseCode.SLOW_CONSUMER


async def test_a_server_closes_in_time_though_a_slow_consumer_never_reads(serve, dial):
    settings = Settings(limits=UNHURRIED, close_timeout=0.2)
    async with (
        serve(settings) as server,
        dial(server.url) as alice,
        dial(server.url, max_queue=1) as slow,
    ):
        await join(alice, "alice", "r")
        await join(slow, "slow", "r")
        await alice.hear()
        for number in range(1000):
            big = {"room": "r", "to": "slow", "kind": "custom", "data": "x" * 60000}
            if (await alice.ask("signal", id=number, **big))["t"] != "ok":
                break
        async with asyncio.timeout(20):
            await server.close()
        assert server.counters.sessions == 0


# --- going away -------------------------------------------------------------------------------


async def test_a_closing_server_says_go_away_and_closes_with_1012(serve, dial):
    async with serve() as server, dial(server.url) as alice, dial(server.url) as greeting:
        await alice.ask("hello")
        async with asyncio.TaskGroup() as group:
            group.create_task(server.close())
            assert await alice.hear() == {"t": "go_away", "deadline_ms": 0, "after_ms": 0}
            assert await alice.close_code() == CloseCode.SERVICE_RESTART
            assert await greeting.close_code() == CloseCode.SERVICE_RESTART


async def test_during_the_notice_members_still_talk_and_newcomers_are_refused(serve, dial):
    async with serve() as server, dial(server.url) as alice, dial(server.url) as late:
        await alice.ask("hello")
        async with asyncio.TaskGroup() as group:
            group.create_task(server.close(notice=60.0))
            assert (await alice.hear())["deadline_ms"] == 60_000
            assert await alice.ask("ping") == {"t": "pong"}
            assert (await late.ask("hello"))["code"] == 503
            assert await late.close_code() == CloseCode.UNAVAILABLE
            with pytest.raises(InvalidStatus) as refused:
                async with dial(server.url):
                    pass
            assert refused.value.response.status_code == 503
            group.create_task(server.close())
        assert await alice.close_code() == CloseCode.SERVICE_RESTART


async def test_a_server_closes_in_time_though_nobody_answers(serve, dial):
    settings = Settings(limits=UNHURRIED, close_timeout=0.1, open_timeout=60)
    async with serve(settings) as server:
        _, silent = await asyncio.open_connection(*server.addresses[0])
        half, half_writer = await asyncio.open_connection(*server.addresses[0])
        half_writer.write(OPENING)
        assert b"101" in await half.readline()
        async with asyncio.timeout(20):
            await server.close()
        for writer in (silent, half_writer):
            writer.close()


async def test_nothing_is_left_behind_when_the_server_is_closed(serve, dial):
    before = asyncio.all_tasks()
    async with serve() as server, dial(server.url) as alice, dial(server.url) as bob:
        await join(alice, "alice", "r")
        await join(bob, "bob", "r")
    assert server.counters.sessions == 0
    assert asyncio.all_tasks() == before


async def test_messages_travel_as_text_frames_of_one_json_object(serve, dial):
    async with serve() as server, dial(server.url) as alice:
        await alice.say("hello")
        frame = await alice.websocket.recv()
        assert isinstance(frame, str)
        assert json.loads(frame)["t"] == "welcome"
