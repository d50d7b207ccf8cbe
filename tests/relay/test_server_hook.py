"""Users that a hook knows, on real sockets: in this process, or behind a webhook."""

import asyncio
import os
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from aioice import stun, turn

from relay import (
    DropReason,
    HookLimits,
    Inquired,
    Password,
    PeerPolicy,
    Reach,
    Settings,
    User,
    WebhookSettings,
    serve,
)
from stunwire import (
    Address,
    IntegrityKey,
    Message,
    Method,
    Nonce,
    Realm,
    RequestedTransport,
    Username,
    decode,
    long_term_key,
)
from tests.relay.webserver import http, web_server

LOCAL = Address("127.0.0.1", 0)
LAB = "lab.example"
SECRET = "a secret of the two"
CAROL = User(Password("sing"))
DEADLINE = 20.0
UDP = RequestedTransport(17)


class Ear(asyncio.DatagramProtocol):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.lost = asyncio.Event()

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.put_nowait(data)

    def connection_lost(self, exc) -> None:
        self.lost.set()


class Hook:
    """Knows Carol; what it does before it says so is the test's."""

    def __init__(self, think=None) -> None:
        self.asked = 0
        self._think = think

    async def find(self, username, realm):
        self.asked += 1
        if self._think is not None:
            await self._think(self.asked)
        return CAROL if (username, realm) == ("carol", LAB) else None


def _settings(**changed) -> Settings:
    usual = {"listen": (LOCAL,), "realm": LAB, "peers": PeerPolicy(reach=Reach.LOCAL)}
    return Settings(**{**usual, **changed})


async def _visit(server, user: str = "carol", password: str = "sing") -> None:
    """Get an allocation and give it back."""
    transport, ear = await turn.create_turn_endpoint(
        Ear, server_addr=tuple(server.addresses[0]), username=user, password=password
    )
    transport.close()
    await asyncio.wait_for(ear.lost.wait(), DEADLINE)


async def _until(condition) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def _asker(server):
    """A client that has asked for an allocation and waits."""
    loop = asyncio.get_running_loop()
    _, ear = await loop.create_datagram_endpoint(Ear, local_addr=("127.0.0.1", 0))
    bare = Message.request(Method.ALLOCATE, os.urandom(12), UDP)
    ear.transport.sendto(bare.encode(), server.addresses[0])
    nonce = decode(await asyncio.wait_for(ear.heard.get(), DEADLINE)).get(Nonce)
    named = (UDP, Username("carol"), Realm(LAB), nonce)
    request = Message.request(Method.ALLOCATE, os.urandom(12), *named)
    key = IntegrityKey(long_term_key("carol", LAB, "sing"))
    ear.transport.sendto(request.encode(integrity=key), server.addresses[0])
    try:
        yield ear
    finally:
        ear.transport.close()
        await asyncio.wait_for(ear.lost.wait(), DEADLINE)


async def test_a_hooks_user_is_let_in_and_others_are_told_401():
    hook = Hook()
    async with serve(_settings(user_hook=hook)) as server:
        await _visit(server)
        await _visit(server)
        for user, password in (("carol", "wrong"), ("mallory", "sing")):
            with pytest.raises(stun.TransactionFailed) as failed:
                await _visit(server, user, password)
            assert failed.value.response.error_code == 401
        inquiries = server.counters.inquiries
        assert hook.asked == inquiries[Inquired.ASKED] == 2
        assert inquiries[Inquired.KNOWN] == inquiries[Inquired.UNKNOWN] == 1


async def test_while_a_hook_thinks_others_are_served_and_retransmissions_do_not_ask_again():
    said = asyncio.Event()
    hook = Hook(lambda _: said.wait())
    async with serve(_settings(user_hook=hook, users={"alice": "wonder"})) as server:
        async with asyncio.TaskGroup() as group:
            group.create_task(_visit(server))
            await _until(lambda: hook.asked == 1)
            await _visit(server, "alice", "wonder")
            await _until(lambda: server.counters.drops[DropReason.IN_PROGRESS])
            said.set()
        assert hook.asked == 1


async def test_a_hook_that_fails_once_is_asked_again_with_the_retransmission():
    async def think(asked: int) -> None:
        if asked == 1:
            await asyncio.Event().wait()
        if asked == 2:
            raise OSError("the database is away")

    hook = Hook(think)
    limits = HookLimits(timeout=0.05)
    async with serve(_settings(user_hook=hook, hook_limits=limits)) as server:
        await _visit(server)
        inquiries = server.counters.inquiries
        assert inquiries[Inquired.OVERDUE] == inquiries[Inquired.UNAVAILABLE] == 1
        assert inquiries[Inquired.KNOWN] == 1


async def test_closing_while_a_hook_thinks_ends_its_task_and_answers_nobody():
    cancelled = []

    async def think(asked: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(asked)

    before = asyncio.all_tasks()
    async with serve(_settings(user_hook=(hook := Hook(think)))) as server, _asker(server) as ear:
        await _until(lambda: hook.asked)
        server.close()
        await _until(lambda: cancelled == [1])
        assert ear.heard.empty()
    assert asyncio.all_tasks() == before


class TestWebhook:
    """A relay that asks over HTTP."""

    async def test_a_webhooks_user_is_let_in_and_others_are_told_401(self):
        async def answer(asked, writer):
            return http(200, b'{"password": "sing"}') if b"carol" in asked.body else http(404, b"")

        async with web_server(answer) as web:
            settings = _settings(webhook=WebhookSettings(web.url, SECRET))
            async with serve(settings) as server:
                await _visit(server)
                with pytest.raises(stun.TransactionFailed):
                    await _visit(server, "mallory", "sing")
                assert (len(web.asked), web.connections) == (2, 1)
            await _until(lambda: web.open_connections == 0)

    async def test_closing_while_it_is_asked_waits_for_no_answer(self):
        async def sleep(asked, writer):
            await asyncio.Event().wait()

        before = asyncio.all_tasks()
        async with web_server(sleep) as web:
            webhook, limits = WebhookSettings(web.url, SECRET), HookLimits(timeout=600.0)
            settings = _settings(webhook=webhook, hook_limits=limits)
            async with asyncio.timeout(DEADLINE):
                async with serve(settings) as server, _asker(server), _asker(server):
                    await _until(lambda: web.asked)
            await _until(lambda: web.open_connections == 0)
        assert asyncio.all_tasks() == before

    async def test_what_it_is_asked_for_too_long_is_given_up_and_its_connection_with_it(self):
        async def sleep(asked, writer):
            await asyncio.Event().wait()

        async with web_server(sleep) as web:
            webhook, limits = WebhookSettings(web.url, SECRET), HookLimits(timeout=0.05)
            async with serve(_settings(webhook=webhook, hook_limits=limits)) as server:
                async with _asker(server):
                    await _until(lambda: server.counters.inquiries[Inquired.OVERDUE])
                    await _until(lambda: web.open_connections == 0)
                assert server.counters.drops[DropReason.USER_UNAVAILABLE] == 1

    async def test_a_reload_may_bring_another_and_take_it_away(self):
        async def answer(asked, writer):
            return http(200, b'{"password": "sing"}')

        async with web_server(answer) as one, web_server(answer) as two:
            settings = [_settings(webhook=WebhookSettings(web.url, SECRET)) for web in (one, two)]
            async with serve(settings[0]) as server:
                await _visit(server)
                server.reload(settings[1])
                await _visit(server)
                assert (len(one.asked), len(two.asked)) == (1, 1)
                await _until(lambda: one.open_connections == 0)
                server.reload(_settings(users={"alice": "wonder"}))
                await _visit(server, "alice", "wonder")
                with pytest.raises(stun.TransactionFailed):
                    await _visit(server)


def test_a_relay_without_a_webhook_loads_no_http_client():
    program = "import sys, relay, hairpin.relaying.commands; assert 'httpx' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
