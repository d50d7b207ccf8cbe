"""The relay's event loop: packet sockets are drained in the selector, and all of asyncio goes on as ever."""

import asyncio
import selectors
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from relay.coalescing import Coalescer
from relay.eventloop import PacketSelector, RelayEventLoop, new_event_loop

LIMIT = 20.0
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


def run(main: Callable[[RelayEventLoop], Awaitable[Any]]) -> Any:
    """Run in a loop of its own, for a limited time."""

    async def limited() -> Any:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, RelayEventLoop)
        async with asyncio.timeout(LIMIT):
            return await main(loop)

    with asyncio.Runner(loop_factory=RelayEventLoop) as runner:
        return runner.run(limited())


@contextmanager
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two datagram sockets, each of which reads what is sent on the other."""
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        one.setblocking(False)
        other.setblocking(False)
        yield one, other


def test_a_packet_is_drained_with_the_time_and_what_it_schedules_runs_at_once():
    async def main(loop: RelayEventLoop) -> None:
        done: asyncio.Future[tuple[bytes, float]] = loop.create_future()

        def drain(now: float) -> int:
            loop.call_soon(done.set_result, (ours.recv(10), now))
            return 1

        with pair() as (ours, theirs):
            loop.add_drain(ours.fileno(), drain)
            before = loop.time()
            theirs.send(b"packet")
            data, now = await done
            loop.remove_drain(ours.fileno())
        assert data == b"packet"
        assert before <= now <= loop.time()

    run(main)


def test_packets_pass_without_a_round_of_asyncio():
    async def main(loop: RelayEventLoop) -> None:
        drained, rounds = [], []

        def drain(now: float) -> int:
            drained.append(ours.recv(10))
            if len(drained) < 50:
                theirs.send(b"next")
            return 1

        with pair() as (ours, theirs):
            loop.add_drain(ours.fileno(), drain)
            theirs.send(b"first")
            loop.call_later(0.01, rounds.append, "timer")
            while not rounds:
                rounds_before = len(drained)
                await asyncio.sleep(0.005)
            loop.remove_drain(ours.fileno())
        assert len(drained) == 50
        assert rounds_before in {0, 50}  # all fifty within one select

    run(main)


def test_timers_that_a_drain_sets_are_kept_though_the_selector_waits_for_another():
    async def main(loop: RelayEventLoop) -> None:
        fired: asyncio.Future[None] = loop.create_future()

        def drain(now: float) -> int:
            ours.recv(10)
            loop.call_later(0.01, fired.set_result, None)
            return 1

        with pair() as (ours, theirs):
            loop.add_drain(ours.fileno(), drain)
            theirs.send(b"x")
            far = loop.call_later(1000, fired.set_exception, TimeoutError())
            await fired
            far.cancel()
            loop.remove_drain(ours.fileno())

    run(main)


def test_other_sockets_and_threads_have_their_turn_while_packets_come_without_end():
    async def main(loop: RelayEventLoop) -> None:
        passed = []

        def pass_on(now: float) -> int:  # each packet brings the next one
            passed.append(theirs.send(ours.recv(10)))
            return 1

        with pair() as (ours, theirs):
            loop.add_drain(ours.fileno(), pass_on)
            theirs.send(b"again")
            served = await asyncio.start_server(_echo, "127.0.0.1", 0)
            host, port = served.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"asyncio\n")
            assert await reader.readline() == b"asyncio\n"
            assert await asyncio.to_thread(lambda: "thread") == "thread"
            loop.remove_drain(ours.fileno())
            writer.close()
            await writer.wait_closed()
            served.close()
        assert passed

    run(main)


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readline())
    await writer.drain()
    writer.close()


def test_a_drain_that_fails_is_told_and_the_loop_goes_on():
    async def main(loop: RelayEventLoop) -> None:
        told: asyncio.Future[dict[str, Any]] = loop.create_future()
        loop.set_exception_handler(lambda _, context: told.set_result(context))

        def drain(now: float) -> int:
            ours.recv(10)
            raise RuntimeError("a fault of ours")

        with pair() as (ours, theirs):
            loop.add_drain(ours.fileno(), drain)
            theirs.send(b"x")
            context = await told
            loop.remove_drain(ours.fileno())
        assert str(context["exception"]) == "a fault of ours"
        await asyncio.sleep(0)

    run(main)


def test_a_socket_that_another_drain_let_go_of_is_not_drained():
    async def main(loop: RelayEventLoop) -> None:
        drained: list[socket.socket] = []
        done: asyncio.Future[None] = loop.create_future()

        def drain(own: socket.socket, other: socket.socket) -> int:
            drained.append(own)
            own.recv(10)
            loop.remove_drain(other.fileno())
            other.close()
            loop.call_soon(done.set_result, None)
            return 1

        with pair() as (one, to_one), pair() as (two, to_two):
            loop.add_drain(one.fileno(), lambda now: drain(one, two))
            loop.add_drain(two.fileno(), lambda now: drain(two, one))
            to_one.send(b"x")
            to_two.send(b"x")
            await done
            loop.remove_drain(drained[0].fileno())
        assert len(drained) == 1

    run(main)


def test_a_pause_does_not_make_a_timer_late():
    async def main(loop: RelayEventLoop) -> None:
        loop.pause_at_most(LIMIT * 10)  # a pause that was taken would outlast the test

        def drain(now: float) -> int:
            ours.recv(10)
            return 5

        with pair() as (ours, theirs):
            loop.add_drain(ours.fileno(), drain)
            for _ in range(20):
                theirs.send(b"x")
                await asyncio.sleep(0.001)
            loop.remove_drain(ours.fileno())

    run(main)


def test_the_loop_for_a_relay_is_ours_where_the_system_has_epoll():
    loop = new_event_loop()
    try:
        assert isinstance(loop, RelayEventLoop)
    finally:
        loop.close()


@pytest.fixture(params=["ours", "standard"])
def selector(request) -> Iterator[selectors.BaseSelector]:
    made = PacketSelector(Coalescer()) if request.param == "ours" else selectors.DefaultSelector()
    with made:
        yield made


class TestAsASelector:
    """What asyncio relies on, of ours and of the standard library's."""

    def test_readiness_comes_with_the_key_and_only_for_what_is_watched(self, selector):
        with pair() as (one, other):
            selector.register(one, READ, "data")
            assert selector.select(0) == []
            other.send(b"x")
            ((key, events),) = selector.select(LIMIT)
            assert (key.fileobj, key.fd, key.events, key.data) == (one, one.fileno(), READ, "data")
            assert events == READ
            selector.modify(one, WRITE, "other")
            ((key, events),) = selector.select(LIMIT)
            assert (key.events, key.data, events) == (WRITE, "other", WRITE)
            selector.modify(one, READ | WRITE)
            ((_, events),) = selector.select(LIMIT)
            assert events == READ | WRITE
            selector.unregister(one)
            assert selector.select(0) == []

    def test_a_peer_that_is_gone_wakes_its_reader(self, selector):
        one, other = socket.socketpair()
        with one:
            selector.register(one, READ)
            other.close()
            ((_, events),) = selector.select(LIMIT)
            assert events == READ

    def test_what_is_not_watched_has_no_key_and_what_is_cannot_be_watched_twice(self, selector):
        with pair() as (one, other):
            selector.register(one, READ)
            with pytest.raises(KeyError):
                selector.register(one, READ)
            for method in (selector.get_key, selector.unregister):
                with pytest.raises(KeyError):
                    method(other)
            with pytest.raises(KeyError):
                selector.modify(other, READ)
            watched = selector.get_map()
            assert (
                selector.get_key(one) == watched[one.fileno()] == watched[one] == watched.get(one)
            )
            assert list(watched) == [one.fileno()]
            assert watched.get(other) is None
            selector.unregister(one)
            assert len(selector.get_map()) == 0

    def test_what_is_closed_cannot_be_watched(self, selector):
        closed = socket.socket()
        closed.close()
        with pytest.raises(ValueError):
            selector.register(closed, READ)
