"""The client against servers that are not there, misbehave, or are not ours."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.asyncio.server import serve as serve_websockets

from signaling.client import connect
from signaling.codes import CloseCode, Verdict
from signaling.errors import (
    ConnectionLostError,
    RequestTimeoutError,
    SignalingError,
    UnreachableError,
)
from signaling.events import IceRenewed, ServerLeaving
from signaling.server import serve

WELCOME = {
    "t": "welcome",
    "sid": "s",
    "peer": "p",
    "resumed": False,
    "ping_ms": 20000,
    "limits": {"msg": 65536, "rate": 20, "burst": 100, "rooms": 8, "peers": 16, "meta": 1024},
    "ice": [],
    "ice_ttl_s": 0,
    "server": {"node": "fake", "ver": "0"},
    "caps": [],
}


async def take(client):
    async with asyncio.timeout(20):
        return await anext(client.events())


@asynccontextmanager
async def fake_server(*answers, then=None, welcome=True):
    """A server that welcomes, then gives one answer per request, then calls `then`."""

    async def handle(websocket):
        hello = json.loads(await websocket.recv())
        if welcome:
            await websocket.send(json.dumps(WELCOME | {"id": hello["id"]}))
        for answer in answers:
            request = json.loads(await websocket.recv())
            if answer is not None:
                text = json.dumps(answer | {"id": request["id"]})
                await websocket.send(text)
        if then is not None:
            await then(websocket)
        await websocket.wait_closed()

    async with serve_websockets(
        handle, "127.0.0.1", 0, subprotocols=["hairpin.v1"], compression=None, close_timeout=0.1
    ) as server:
        host, port = server.sockets[0].getsockname()
        yield f"ws://{host}:{port}/v1/ws"


async def test_a_refused_connection_is_a_clear_error():
    async with serve() as server:
        url = server.url
    with pytest.raises(UnreachableError, match=r"cannot connect to ws://127\.0\.0\.1") as refused:
        async with connect(url):
            pass
    assert isinstance(refused.value, ConnectionError)
    assert isinstance(refused.value, SignalingError)


async def test_a_wrong_path_names_the_http_status():
    async with serve() as server:
        with pytest.raises(UnreachableError, match="HTTP status 404"):
            async with connect(server.url + "x"):
                pass


async def test_something_that_is_no_url_is_the_callers_mistake():
    with pytest.raises(ValueError, match="nonsense"):
        async with connect("nonsense"):
            pass


@asynccontextmanager
async def tcp_server(greeting):
    """A server that says its greeting to whoever writes a line, or listens and says nothing."""
    finished = asyncio.Event()

    async def handle(reader, writer):
        with suppress(ConnectionError):
            if greeting is None:
                await reader.read()
            else:
                await reader.readline()
                writer.write(greeting)
            writer.close()
            await writer.wait_closed()
        finished.set()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        yield f"ws://{host}:{port}/v1/ws"
        await finished.wait()


async def test_a_server_that_does_not_speak_http_is_unreachable():
    async with tcp_server(b"220 smtp ready\r\n") as url:
        with pytest.raises(UnreachableError):
            async with connect(url):
                pass


async def test_a_server_that_never_opens_the_websocket_is_given_up():
    async with tcp_server(None) as url:
        with pytest.raises(UnreachableError, match="within"):
            async with connect(url, open_timeout=0.05):
                pass


async def test_a_server_that_never_welcomes_is_given_up():
    async with fake_server(welcome=False) as url:
        with pytest.raises(RequestTimeoutError, match="no answer to hello"):
            async with connect(url, open_timeout=2.0):
                pass


async def test_a_server_that_closes_instead_of_welcoming_is_a_lost_connection():
    async def slam(websocket):
        await websocket.close(4403, "go")

    async with fake_server(welcome=False, then=slam) as url:
        with pytest.raises(ConnectionLostError) as lost:
            async with connect(url):
                pass
    assert (lost.value.code, lost.value.name) == (4403, "forbidden")
    assert lost.value.verdict is Verdict.STAY_AWAY


async def test_a_request_without_an_answer_times_out_and_the_late_answer_is_dropped():
    async def answer_late(websocket):
        await websocket.send('{"t":"ok","id":2}')
        await websocket.send('{"t":"go_away","deadline_ms":1000,"after_ms":500}')

    async with (
        fake_server(None, None, then=answer_late) as url,
        connect(url, request_timeout=0.05) as client,
    ):
        with pytest.raises(RequestTimeoutError, match="no answer to leave within"):
            await client.leave("r")
        with pytest.raises(TimeoutError):
            await client.ping()
        assert await take(client) == ServerLeaving(1.0, 0.5)


async def test_a_pending_request_fails_when_the_connection_breaks():
    async def cut(websocket):
        websocket.transport.abort()

    async with fake_server(None, then=cut) as url, connect(url, steady=False) as client:
        with pytest.raises(ConnectionLostError) as lost:
            await client.join("r")
        assert lost.value.code == CloseCode.ABNORMAL
        assert lost.value.verdict is Verdict.COME_BACK


async def test_an_answer_of_the_wrong_type_is_an_error():
    async with fake_server({"t": "pong"}) as url, connect(url) as client:
        with pytest.raises(SignalingError, match="Pong came as an answer"):
            await client.leave("r")


async def test_unknown_and_broken_messages_from_the_server_are_passed_over(caplog):
    async def babble(websocket):
        for frame in ("nonsense", b"\x00", '{"t":"unheard.of"}', '{"t":"peer.join"}', "[[[["):
            await websocket.send(frame)
        await websocket.send('[{"t":"ice","ice":[],"ice_ttl_s":9},{"t":"x"}]')

    async with fake_server(then=babble) as url, connect(url) as client:
        assert await take(client) == IceRenewed(())
    assert sum("is no message" in line for line in caplog.messages) == 4


async def test_a_client_closes_in_time_though_the_server_does_not_answer(monkeypatch):
    monkeypatch.setattr("signaling.clientshell._CLOSE_TIMEOUT", 0.05)

    async def ignore(websocket):
        websocket.transport.pause_reading()

    async with fake_server(then=ignore) as url:
        async with asyncio.timeout(20):
            async with connect(url):
                pass
