"""The shell around the client's core: sockets that die, tokens, sleep, and what must not be left over."""

import asyncio
import ssl

import pytest

from signaling import clientshell
from signaling.client import connect
from signaling.errors import ClientFaultError, OutboxFullError, UnreachableError
from signaling.events import Disconnected, PeerJoined, Reconnected, SignalReceived
from signaling.messages import SignalKind
from signaling.server import serve
from signaling.settings import Limits, Settings
from signaling.tls import TlsFiles


async def take(client, kind):
    async with asyncio.timeout(20):
        async for event in client.events():
            if isinstance(event, kind):
                return event
    raise AssertionError("no such event came")


async def test_a_socket_that_is_cut_is_replaced_and_nothing_is_lost():
    async with (
        serve() as server,
        connect(server.url, peer="alice") as alice,
        connect(server.url, peer="bob") as bob,
    ):
        await alice.join("r")
        await bob.join("r")
        await take(alice, PeerJoined)
        sid = alice.welcome.sid
        alice.reconnect()
        assert not alice.is_connected
        await alice.signal("r", "bob", SignalKind.CUSTOM, "while away")
        assert (await take(bob, SignalReceived)).data == "while away"
        assert await take(alice, Disconnected)
        assert await take(alice, Reconnected) == Reconnected(resumed=True)
        assert alice.welcome.sid == sid
        assert alice.rooms == ("r",)
        assert await alice.ping() > 0


async def test_a_new_token_is_asked_for_with_each_connection():
    tokens = []

    async def provider():
        tokens.append(f"token {len(tokens)}")
        return tokens[-1]

    async with serve() as server, connect(server.url, token=provider) as alice:
        alice.reconnect()
        await take(alice, Reconnected)
    assert len(tokens) == 2


async def test_a_provider_of_tokens_that_fails_is_a_clear_error():
    def provider():
        raise RuntimeError("the bank is closed")

    async with serve() as server:
        with pytest.raises(UnreachableError, match=r"no token can be had.*bank is closed"):
            async with connect(server.url, token=provider):
                pass


@pytest.mark.parametrize("slept", [0.0, 3600.0])
async def test_after_the_machine_has_slept_the_server_is_asked_at_once(monkeypatch, slept):
    async with serve() as server, connect(server.url) as alice:
        probes = []
        monkeypatch.setattr(alice._core, "probe", lambda now: probes.append(now) or [])
        began = clientshell.time.time()
        monkeypatch.setattr(clientshell.time, "time", lambda: began + slept)
        alice._shell._tick()
    assert len(probes) == (1 if slept else 0)


async def test_the_outbox_raises_when_it_is_full_and_there_is_no_connection():
    async with serve() as server, connect(server.url, outbox_limit=32) as alice:
        await alice.join("r")
        alice.reconnect()
        for _ in range(31):
            await alice.signal("r", "x", SignalKind.CUSTOM)
        with pytest.raises(OutboxFullError):
            await alice.signal("r", "x", SignalKind.CUSTOM)


async def test_a_full_outbox_of_a_connected_client_is_waited_for():
    async with (
        serve(Settings(limits=Limits(rate=1e6, burst=10**6))) as server,
        connect(server.url, peer="alice", outbox_limit=32) as alice,
        connect(server.url, peer="bob") as bob,
    ):
        await alice.join("r")
        await bob.join("r")
        for number in range(200):
            await alice.signal("r", "bob", SignalKind.CUSTOM, number)
        assert [(await take(bob, SignalReceived)).data for _ in range(200)] == list(range(200))


async def test_a_client_that_is_cancelled_while_it_closes_leaves_no_task():
    before = asyncio.all_tasks()
    async with serve() as server:

        async def session():
            async with connect(server.url):
                await asyncio.sleep(60)

        for waits in range(8):
            task = asyncio.create_task(session())
            for _ in range(waits):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
    for _ in range(3):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_the_first_address_that_works_is_taken():
    async with serve() as gone:
        nowhere = gone.url
    async with serve() as server, connect([nowhere, server.url]) as alice:
        assert await alice.ping() > 0


async def test_a_mistake_of_ours_while_connecting_is_heard(monkeypatch):
    async def fail(*args, **kwargs):
        raise ZeroDivisionError("nobody thought of it")

    monkeypatch.setattr(clientshell, "open_websocket", fail)
    with pytest.raises(ClientFaultError, match="nobody thought of it") as heard:
        async with asyncio.timeout(20), connect("ws://127.0.0.1:9/v1/ws"):
            pass
    assert isinstance(heard.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("broken", ["receive_frame", "handle_timer"])
async def test_a_mistake_of_ours_ends_the_session_and_everybody_who_waits_hears_of_it(
    monkeypatch, broken
):
    def fail(*args):
        raise ZeroDivisionError("nobody thought of it")

    async with asyncio.timeout(20), serve() as server, connect(server.url) as alice:
        monkeypatch.setattr(alice._core, broken, fail)
        asking = asyncio.ensure_future(alice.ping())
        await asyncio.sleep(0)
        if broken == "handle_timer":
            alice._shell._ring()
        for waiting in (anext(alice.events()), asking, alice.join("r")):
            with pytest.raises(ClientFaultError, match="nobody thought of it"):
                await waiting


@pytest.mark.parametrize(("url", "options"), [([], {}), ("ws://x", {"outbox_limit": 31})])
async def test_what_makes_no_sense_is_the_callers_mistake(url, options):
    with pytest.raises(ValueError, match=r"no address|at least 32"):
        async with connect(url, **options):
            pass


async def test_over_tls_the_server_is_verified_with_the_context_that_is_given(
    tmp_path, write_certificate
):
    files = TlsFiles(tmp_path / "certificate", tmp_path / "key")
    write_certificate(files, "first")
    context = ssl.create_default_context(cafile=files.certificate)
    context.check_hostname = False
    async with serve(tls=files) as server:
        assert server.url.startswith("wss:")
        async with connect(server.url, ssl=context) as alice:
            alice.reconnect()
            assert await take(alice, Reconnected) == Reconnected(resumed=True)
        with pytest.raises(UnreachableError, match="certificate verify failed"):
            async with connect(server.url):
                pass
