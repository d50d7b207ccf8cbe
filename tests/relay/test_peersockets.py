"""Real TCP sockets towards peers: one address for all, and nothing that waits without a bound."""

import asyncio
import socket

import pytest

from relay.bandwidth import Allowance, ByteBucket
from relay.counters import Usage
from relay.meters import Meter
from relay.peersockets import READ_SIZE, PeerSockets
from stunwire import Address

PATIENCE = 20.0
HERE = Address("127.0.0.1", 0)


class Client:
    """Stands for a client's data connection."""

    def __init__(self) -> None:
        self.got = b""
        self.paused = asyncio.Event()
        self.resumed = asyncio.Event()
        self.heard = asyncio.Event()

    def write_data(self, data: bytes) -> None:
        self.got += data
        self.heard.set()

    def pause_data(self) -> None:
        self.paused.set()

    def resume_data(self) -> None:
        self.resumed.set()


class Shell:
    """Notes what the sockets report."""

    def __init__(self) -> None:
        self.keep = True
        self.events: asyncio.Queue = asyncio.Queue()
        self.sockets = PeerSockets(
            accepted=self.accepted,
            connected=lambda number, made: self.events.put_nowait(("connected", number, made)),
            lost=lambda number: self.events.put_nowait(("lost", number)),
        )

    def accepted(self, allocation: int, peer: Address) -> None:
        self.events.put_nowait(("accepted", allocation, peer))
        if self.keep:
            self.sockets.accept(5)

    async def next(self):
        return await asyncio.wait_for(self.events.get(), PATIENCE)


@pytest.fixture
async def peer():
    """A listening peer."""
    with socket.create_server(HERE) as listening:
        listening.settimeout(PATIENCE)
        yield listening


@pytest.fixture
async def shell():
    with socket.socket() as probe:
        probe.bind(HERE)
        free = Address(*probe.getsockname())
    shell = Shell()
    shell.sockets.listen(1, free)
    shell.address = free
    yield shell
    shell.sockets.close(5)
    shell.sockets.unlisten(1)
    assert 1 not in shell.sockets


async def connected(shell, peer) -> socket.socket:
    assert shell.sockets.connect(1, 5, Address(*peer.getsockname()))
    assert await shell.next() == ("connected", 5, True)
    opened, source = peer.accept()
    assert source == shell.address
    return opened


async def test_connections_come_from_the_address_that_is_listened_on_and_pass_bytes(shell, peer):
    with await connected(shell, peer) as far:
        client, usage = Client(), Usage()
        far.sendall(b"before")  # waits in the kernel until there is a client
        shell.sockets.link(5).join(client, Meter(usage, None))
        await asyncio.wait_for(client.heard.wait(), PATIENCE)
        shell.sockets.link(5).send(b"there")
        assert (client.got, far.recv(99)) == (b"before", b"there")
        assert (usage.to_client_bytes, usage.to_peer_bytes) == (6, 5)
    assert await shell.next() == ("lost", 5)


async def test_a_port_where_nobody_listens_fails(shell, peer):
    target = Address(*peer.getsockname())
    peer.close()
    assert shell.sockets.connect(1, 5, target)
    assert await shell.next() == ("connected", 5, False)


async def test_nobody_else_gets_the_address(shell):
    with pytest.raises(OSError, match="in use"):
        Shell().sockets.listen(1, shell.address)


@pytest.mark.parametrize("keep", [True, False])
async def test_a_peer_that_connects_is_kept_or_closed(shell, keep):
    shell.keep = keep
    with socket.create_connection(shell.address, PATIENCE) as far:
        assert await shell.next() == ("accepted", 1, Address(*far.getsockname()))
        far.settimeout(PATIENCE if not keep else 0.0)
        if keep:
            with pytest.raises(BlockingIOError):
                far.recv(1)
        else:
            assert far.recv(1) == b""


async def test_a_peer_that_does_not_read_holds_the_client_up_until_it_does(shell, peer):
    with await connected(shell, peer) as far:
        client, link = Client(), shell.sockets.link(5)
        link.join(client, Meter(Usage(), None))
        sent = 0
        while not client.paused.is_set():
            link.send(bytes(READ_SIZE))
            sent += READ_SIZE
            assert sent < 64 * 1024 * 1024
        far.setblocking(False)
        loop, got = asyncio.get_running_loop(), 0
        while got < sent:
            got += len(await asyncio.wait_for(loop.sock_recv(far, 1 << 20), PATIENCE))
        assert client.resumed.is_set()


async def test_a_client_that_does_not_read_holds_the_peer_up(shell, peer):
    with await connected(shell, peer) as far:
        client, link = Client(), shell.sockets.link(5)
        link.join(client, Meter(Usage(), None))
        link.pause()
        far.sendall(b"wait")
        await asyncio.sleep(0)
        assert client.got == b""
        link.resume()
        await asyncio.wait_for(client.heard.wait(), PATIENCE)
        assert client.got == b"wait"


async def test_a_limit_holds_both_ends_up_and_loses_nothing(shell, peer):
    with await connected(shell, peer) as far:
        client, usage, link = Client(), Usage(), shell.sockets.link(5)
        loop = asyncio.get_running_loop()
        began = loop.time()
        link.join(client, Meter(usage, Allowance(ByteBucket(40_000))))
        far.sendall(bytes(30_000))
        while len(client.got) < 30_000:
            client.heard.clear()
            await asyncio.wait_for(client.heard.wait(), PATIENCE)
        link.send(bytes(20_000))
        assert client.paused.is_set()
        assert link.room() == 0
        await asyncio.wait_for(client.resumed.wait(), PATIENCE)
        assert link.room() > 0
        assert loop.time() - began >= 0.2  # 50,000 bytes, of which 40,000 were free at the start
        assert (usage.to_client_bytes, usage.to_peer_bytes) == (30_000, 20_000)
        assert len(far.recv(20_000, socket.MSG_WAITALL)) == 20_000


async def test_a_connection_that_is_closed_while_it_is_held_up_stays_closed(shell, peer):
    with await connected(shell, peer):
        client, link = Client(), shell.sockets.link(5)
        link.join(client, Meter(Usage(), Allowance(ByteBucket(1000))))
        link.send(bytes(link.room() + 1))
        assert client.paused.is_set()
        shell.sockets.close(5)
        await asyncio.sleep(0.1)
        assert not client.resumed.is_set()
