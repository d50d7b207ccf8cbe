"""What an operator sees and does: health, metrics, several places, TLS, limits of addresses, draining."""

import asyncio
import json
import ssl
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import pytest
import uvloop
from websockets.asyncio.client import connect as connect_websocket
from websockets.asyncio.client import unix_connect
from websockets.exceptions import InvalidStatus

from signaling.backplane import MemoryBackplane
from signaling.codes import CloseCode
from signaling.journal import Happening
from signaling.reports import Reach
from signaling.settings import Limits, Settings
from signaling.tls import CertificateError, TlsFiles


async def get(server, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(*server.addresses[0])
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    async with asyncio.timeout(20):
        answer = await reader.read()
    writer.close()
    return answer


# --- what is told ------------------------------------------------------------------------------------


async def test_metrics_on_the_port_itself_are_for_this_machine(serve, dial):
    async with serve() as server, dial(server.url) as alice:
        await alice.ask("hello", peer="alice")
        await alice.ask("join", room="r")
        fields = {"room": "r", "peer": "bob", "state": "connected", "connect_ms": 120}
        await alice.ask("stats", id=1, relayed=True, **fields)
        page = await get(server, "/metrics")
        for line in (
            b"\nsignaling_sessions 1.0\n",
            b"\nsignaling_connections 1.0\n",
            b"\nsignaling_rooms 1.0\n",
            b"\nsignaling_joins_total 1.0\n",
            b"\nsignaling_backplane_up 1.0\n",
            b'signaling_calls_total{relayed="yes",state="connected"} 1.0\n',
            b'signaling_frames_total{direction="received"} 3.0\n',
        ):
            assert line in page


async def test_listeners_are_told_what_happens(serve, dial):
    noted = []
    async with serve(listeners=[noted.append]) as server, dial(server.url) as alice:
        await alice.ask("hello", peer="alice")
        await alice.ask("join", room="r")
        happenings = [each.happening for each in noted]
        assert happenings == [
            Happening.SESSION_OPENED,
            Happening.ROOM_OPENED,
            Happening.PEER_JOINED,
        ]


class Reported(MemoryBackplane):
    """A backplane that is opened and closed, and whose reach can be told."""

    def __init__(self) -> None:
        super().__init__()
        self.diary: list[str] = []

    def listen(self, receive) -> None:
        self.report = receive

    async def __aenter__(self) -> Self:
        self.diary.append("opened")
        return self

    async def __aexit__(self, *_exception: object) -> None:
        self.diary.append("closed")


async def test_a_backplane_is_opened_before_the_server_and_closed_after_it(serve, dial):
    backplane = Reported()
    async with serve(backplane=backplane) as server, dial(server.url) as alice:
        await alice.ask("hello")
        assert backplane.diary == ["opened"]
    assert backplane.diary == ["opened", "closed"]


async def test_readiness_says_that_the_backplane_is_away_and_the_node_goes_on(serve, dial):
    backplane = Reported()
    async with serve(backplane=backplane) as server, dial(server.url) as alice:
        assert (await get(server, "/readyz")).endswith(b"\r\n\r\nready\n")
        backplane.report(Reach(up=False))
        answer = await get(server, "/readyz")
        assert b"200 OK" in answer
        assert answer.endswith(b"degraded: the backplane cannot be reached\n")
        assert b"\nsignaling_backplane_up 0.0\n" in await get(server, "/metrics")
        assert (await alice.ask("hello"))["t"] == "welcome"
        backplane.report(Reach(up=True))
        assert (await get(server, "/readyz")).endswith(b"\r\n\r\nready\n")


# --- where it listens ----------------------------------------------------------------------------------


async def test_a_unix_socket_is_one_of_the_places(serve, tmp_path: Path):
    path = tmp_path / "signaling.sock"
    async with (
        serve(at=[path, ("127.0.0.1", 0)]) as server,
        unix_connect(str(path), "ws://x/v1/ws", subprotocols=["hairpin.v1"]) as websocket,
    ):
        assert server.places[0] == path
        assert server.url.startswith("ws://127.0.0.1:")
        await websocket.send('{"t":"hello"}')
        assert json.loads(await websocket.recv())["t"] == "welcome"
    assert not path.exists()
    async with serve(at=[path]) as server:
        assert server.addresses == ()
        assert server.url == f"ws+unix:{path}:/v1/ws"


async def test_a_certificate_that_is_read_again_is_shown_to_the_next_client(
    serve, tmp_path: Path, write_certificate
):
    files = TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem")
    write_certificate(files, "first")

    @asynccontextmanager
    async def dial_tls(server):
        context = ssl.create_default_context(cafile=files.certificate)
        context.check_hostname = False
        async with connect_websocket(
            server.url, ssl=context, subprotocols=["hairpin.v1"], proxy=None
        ) as websocket:
            yield websocket

    async with serve(tls=files) as server, dial_tls(server) as early:
        assert server.url.startswith("wss://")
        write_certificate(files, "second")
        assert server.reload()
        async with dial_tls(server) as late:  # it trusts the second alone
            for websocket in (early, late):
                await websocket.send('{"t":"hello"}')
                assert json.loads(await websocket.recv())["t"] == "welcome"


async def test_a_certificate_that_cannot_be_used_is_an_error_at_the_start(serve, tmp_path: Path):
    with pytest.raises(CertificateError, match="there is no file"):
        async with serve(tls=TlsFiles(tmp_path / "none.pem", tmp_path / "none.key")):
            pass


def test_everything_runs_in_uvloop_as_well(serve, dial):
    async def main() -> None:
        async with serve() as server, dial(server.url) as alice, dial(server.url) as bob:
            for wire, name in ((alice, "alice"), (bob, "bob")):
                await wire.ask("hello", peer=name)
                await wire.ask("join", room="r")
            assert (await alice.hear())["t"] == "peer.join"
            await bob.say("signal", room="r", to="alice", kind="offer", data="x" * 50_000)
            assert len((await alice.hear())["data"]) == 50_000
            assert b"ok" in await get(server, "/healthz")

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


# --- limits ----------------------------------------------------------------------------------------------


async def test_too_many_from_one_address_are_refused_with_429_and_noted(serve, dial, caplog):
    limits = Limits(connections_held=1)
    async with serve(Settings(limits=limits)) as server, dial(server.url) as alice:
        await alice.ask("hello")
        with pytest.raises(InvalidStatus) as refused:
            async with dial(server.url):
                pass
        assert refused.value.response.status_code == 429
        assert (await alice.ask("ping"))["t"] == "pong"
    assert any("too many connections from 127.0.0.1" in line for line in caplog.messages)


async def test_an_end_makes_room_for_another_from_the_same_address(serve, dial):
    limits = Limits(connections_held=1)
    async with serve(Settings(limits=limits)) as server:
        for _ in range(3):
            async with dial(server.url) as wire:
                await wire.ask("hello")
            async with asyncio.timeout(20):
                while server.counters.sessions:
                    await asyncio.sleep(0.001)


async def test_a_full_server_lets_nobody_in_and_says_so(serve, dial):
    async with serve(Settings(limits=Limits(sessions=1))) as server, dial(server.url) as alice:
        await alice.ask("hello")
        with pytest.raises(InvalidStatus) as refused:
            async with dial(server.url):
                pass
        assert refused.value.response.status_code == 503
        assert b"503" in await get(server, "/readyz")


# --- draining ----------------------------------------------------------------------------------------------


async def test_a_drain_spreads_the_clients_and_ends_when_the_last_has_gone(serve, dial):
    async with serve(Settings(reconnect_spread=10.0)) as server:
        async with dial(server.url) as alice, dial(server.url) as bob:
            await alice.ask("hello")
            await bob.ask("hello")
            drain = asyncio.ensure_future(server.drain(60.0))
            news = [await wire.hear() for wire in (alice, bob)]
            assert [each["deadline_ms"] for each in news] == [60_000, 60_000]
            assert sorted(each["after_ms"] for each in news) == [0, 5000]
            assert b"503" in await get(server, "/readyz")
            assert b"200" in await get(server, "/healthz")
            assert not drain.done()
        async with asyncio.timeout(20):
            await drain


async def test_a_drain_ends_at_its_deadline_and_a_second_one_hurries(serve, dial):
    async with serve() as server, dial(server.url) as alice:
        await alice.ask("hello")
        async with asyncio.TaskGroup() as group, asyncio.timeout(20):
            group.create_task(server.drain(60.0))
            assert (await alice.hear())["t"] == "go_away"
            assert (await alice.ask("ping"))["t"] == "pong"
            group.create_task(server.drain(0.0))
            assert await alice.close_code() == CloseCode.SERVICE_RESTART
        assert server.places == ()


async def test_a_drain_that_is_cancelled_is_brought_to_its_end_by_the_next(serve, dial):
    async with serve() as server, dial(server.url) as alice:
        await alice.ask("hello")
        given_up, waits = (asyncio.ensure_future(server.drain(60.0)) for _ in range(2))
        assert (await alice.hear())["t"] == "go_away"
        given_up.cancel()
        async with asyncio.timeout(10):
            await server.drain(0.0)
            await waits
        assert await alice.close_code() == CloseCode.SERVICE_RESTART


async def test_a_drain_waits_for_sessions_that_another_node_may_still_take_over(serve, dial):
    async with serve() as server:
        async with dial(server.url) as alice:
            await alice.ask("hello", caps=["resume"])
            drain = asyncio.ensure_future(server.drain(60.0))
            await alice.hear()
            alice.websocket.transport.abort()
        async with asyncio.timeout(20):
            while b"\nsignaling_connections 0.0\n" not in await get(server, "/metrics"):
                await asyncio.sleep(0.01)
        assert not drain.done()
        await asyncio.gather(server.drain(0.0), drain)
