"""Tests of `nat.simulator.streams`: tCP transports of asyncio on the virtual network."""

import asyncio
import errno
import socket
import struct

import pytest

from nat.simulator import Simulation, current_host


class Line(asyncio.Protocol):
    """Keeps everything a protocol is told."""

    def __init__(self):
        self.data, self.events = b"", []

    def connection_made(self, transport):
        self.transport = transport
        self.events.append("made")

    def data_received(self, data):
        self.data += data

    def eof_received(self):
        self.events.append("eof")

    def pause_writing(self):
        self.events.append("pause")

    def resume_writing(self):
        self.events.append("resume")

    def connection_lost(self, exc):
        self.events.append(type(exc).__name__ if exc else "lost")


class HalfOpen(Line):
    """Keeps its own half open when the other side ends."""

    def eof_received(self):
        super().eof_received()
        return True


@pytest.fixture
def play():
    """Run a scene between a connected client and server protocol."""
    sim = Simulation()
    server, client = sim.host("server", "198.51.100.1"), sim.host("client", "198.51.100.2")

    def play(scene, factory=Line):
        async def main():
            loop = asyncio.get_running_loop()
            made = []

            def accept():
                made.append(factory())
                return made[-1]

            with server:
                await loop.create_server(accept, "0.0.0.0", 5)
            with client:
                _, here = await loop.create_connection(factory, "server", 5)
            await asyncio.sleep(0.1)
            (there,) = made
            await scene(here, there)
            return here, there

        return sim.run(main())

    return play


def test_a_transport_tells_its_addresses(play):
    async def scene(here, there):
        info = here.transport.get_extra_info
        assert info("peername") == ("198.51.100.1", 5)
        assert info("sockname") == there.transport.get_extra_info("peername")
        assert info("socket").getpeername() == info("peername")
        assert info("socket").getsockname() == info("sockname")
        assert info("sslcontext", "none") == "none"

    play(scene)


def test_closing_sends_what_waits_and_tells_both_once(play):
    async def scene(here, there):
        here.transport.write(bytes(1_000_000))
        here.transport.close()
        here.transport.close()
        assert here.transport.is_closing()
        await asyncio.sleep(5)

    here, there = play(scene)
    assert len(there.data) == 1_000_000
    assert here.events == ["made", "pause", "resume", "lost"]
    assert there.events == ["made", "eof", "lost"]


def test_an_abort_drops_what_asyncio_has_not_sent(play):
    async def scene(here, there):
        here.transport.write(bytes(1_000_000))
        here.transport.abort()
        await asyncio.sleep(1)

    here, there = play(scene)
    assert here.events == ["made", "pause", "lost"]
    assert there.events == ["made", "eof", "lost"]
    assert len(there.data) < 1_000_000


@pytest.mark.parametrize("way", ["linger", "unread"])
def test_closing_is_a_reset_if_the_socket_is_told_so_or_something_is_unread(play, way):
    async def scene(here, there):
        if way == "linger":
            option = socket.SO_LINGER, struct.pack("ii", 1, 0)
            here.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, *option)
        else:
            here.transport.pause_reading()
            there.transport.write(b"unread")
            await asyncio.sleep(1)
        here.transport.abort()
        await asyncio.sleep(1)

    here, there = play(scene)
    assert here.events == ["made", "lost"]
    assert there.events == ["made", "ConnectionResetError"]


def test_a_protocol_may_keep_its_half_open(play):
    async def scene(here, there):
        here.transport.write_eof()
        with pytest.raises(RuntimeError, match="after write_eof"):
            here.transport.write(b"x")
        await asyncio.sleep(1)
        there.transport.write(b"still here")
        await asyncio.sleep(1)
        there.transport.close()
        await asyncio.sleep(1)

    here, there = play(scene, HalfOpen)
    assert here.data == b"still here"
    assert there.events == ["made", "eof", "lost"]


def test_a_paused_reader_gets_nothing_until_it_resumes(play):
    async def scene(here, there):
        there.transport.pause_reading()
        assert not there.transport.is_reading()
        here.transport.write(bytes(2_000_000))
        here.transport.close()
        await asyncio.sleep(10)
        assert there.data == b""
        assert here.transport.get_write_buffer_size() > 1_000_000
        assert here.events == ["made", "pause"]
        there.transport.resume_reading()
        await asyncio.sleep(10)

    here, there = play(scene)
    assert len(there.data) == 2_000_000
    assert here.events[-1] == "lost"


def test_write_limits_are_kept_and_checked(play):
    async def scene(here, there):
        here.transport.set_write_buffer_limits(high=1000)
        assert here.transport.get_write_buffer_limits() == (250, 1000)
        here.transport.set_write_buffer_limits(low=100)
        assert here.transport.get_write_buffer_limits() == (100, 400)
        with pytest.raises(ValueError, match="must be >= low"):
            here.transport.set_write_buffer_limits(high=1, low=2)
        with pytest.raises(TypeError, match="bytes-like"):
            here.transport.write("text")
        here.transport.writelines([b"a", bytearray(b"b"), memoryview(b"c")])
        await asyncio.sleep(1)

    _, there = play(scene)
    assert there.data == b"abc"


def test_protocols_run_on_their_own_hosts_and_may_be_changed(play):
    hosts = []

    class Where(Line):
        def data_received(self, data):
            hosts.append(current_host().name)

    async def scene(here, there):
        here.transport.set_protocol(Where())
        assert isinstance(here.transport.get_protocol(), Where)
        there.transport.set_protocol(Where())
        here.transport.write(b"x")
        there.transport.write(b"x")
        await asyncio.sleep(1)

    play(scene)
    assert sorted(hosts) == ["client", "server"]


def test_a_buffered_protocol_gets_its_data_into_its_buffer(play):
    class Buffered(asyncio.BufferedProtocol):
        def __init__(self):
            self.buffer, self.data = bytearray(10), b""

        def get_buffer(self, sizehint):
            return self.buffer

        def buffer_updated(self, nbytes):
            self.data += self.buffer[:nbytes]

    buffered = Buffered()

    async def scene(here, there):
        there.transport.set_protocol(buffered)
        here.transport.write(b"more than ten bytes at once")
        await asyncio.sleep(1)

    play(scene)
    assert buffered.data == b"more than ten bytes at once"


@pytest.fixture
def on_host():
    """Run a coroutine function on one host of a world."""
    sim = Simulation()
    host = sim.host("a", "198.51.100.1", addresses=("2001:db8::1",))
    return lambda function: sim.run(host.run(function()))


def tcp():
    opened = socket.socket()
    opened.setblocking(False)
    return opened


async def pair():
    """A socket that connected and the one that took it in."""
    loop = asyncio.get_running_loop()
    listening, client = tcp(), tcp()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    accepting = asyncio.create_task(loop.sock_accept(listening))
    await loop.sock_connect(client, listening.getsockname())
    server, address = await accepting
    assert address == client.getsockname() == server.getpeername()
    listening.close()
    return client, server


def test_asyncio_reads_and_writes_sockets_that_the_program_made(on_host):
    async def work():
        loop = asyncio.get_running_loop()
        client, server = await pair()
        sending = asyncio.create_task(loop.sock_sendall(client, bytes(1_000_000)))
        total, buffer = 0, bytearray(70_000)
        while total < 1_000_000:
            total += await loop.sock_recv_into(server, buffer)
        await sending
        server.shutdown(socket.SHUT_WR)
        assert await loop.sock_recv(client, 10) == b""
        server.close()
        client.close()
        return total

    assert on_host(work) == 1_000_000


def test_a_socket_made_by_the_program_becomes_a_stream(on_host):
    async def work():
        client, server = await pair()
        _, writer = await asyncio.open_connection(sock=client)
        reader, other = await asyncio.open_connection(sock=server)
        writer.write(b"hello")
        writer.close()
        heard = await reader.read()
        other.close()
        return heard

    assert on_host(work) == b"hello"


def test_a_socket_that_would_block_says_so_and_can_be_peeked_into(on_host):
    async def work():
        client, server = await pair()
        with pytest.raises(BlockingIOError):
            client.recv(10)
        server.send(b"abcdef")
        await asyncio.sleep(0.1)
        assert client.recv(3, socket.MSG_PEEK) == b"abc"
        assert client.recvfrom(3) == (b"abc", None)
        assert client.recv(10) == b"def"
        assert 100_000 < client.send(bytes(1_000_000)) < 1_000_000
        with pytest.raises(BlockingIOError):
            client.sendall(bytes(1_000_000))

    on_host(work)


def test_misuse_is_refused_as_everywhere(on_host):
    async def work():
        client, server = await pair()
        fresh = tcp()
        for call, number in [
            (lambda: fresh.recv(1), errno.ENOTCONN),
            (fresh.getpeername, errno.ENOTCONN),
            (fresh.accept, errno.EINVAL),
            (lambda: client.connect(("127.0.0.1", 1)), errno.EISCONN),
            (lambda: client.bind(("198.51.100.9", 1)), errno.EADDRNOTAVAIL),
        ]:
            with pytest.raises(OSError, match=r".") as caught:
                call()
            assert caught.value.errno == number
        assert fresh.connect_ex(("127.0.0.1", 1)) == errno.EINPROGRESS
        server.close()
        await asyncio.sleep(0.1)
        assert client.recv(1) == b""
        client.send(b"nobody reads this")
        await asyncio.sleep(0.1)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        with pytest.raises(BrokenPipeError):
            client.send(b"x")
        assert fresh.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED

    on_host(work)


async def wait(reader, writer):
    await reader.read()
    writer.close()


def test_a_server_listens_where_it_is_told_and_refuses_newcomers_once_closed(on_host):
    async def work():
        listening = await asyncio.start_server(wait, ["127.0.0.1", "198.51.100.1"], 0)
        (one, port), (other, _) = sorted(socket.getsockname() for socket in listening.sockets)
        assert (one, other) == ("127.0.0.1", "198.51.100.1")
        reader, writer = await asyncio.open_connection(one, port)
        listening.close()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(one, port)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        both = await asyncio.start_server(wait, None, 5)
        with pytest.raises(OSError, match="in use"):
            await asyncio.start_server(wait, "127.0.0.1", 5)
        return sorted(socket.getsockname()[0] for socket in both.sockets)

    assert on_host(work) == ["0.0.0.0", "::"]


def test_a_server_that_does_not_serve_yet_refuses(on_host):
    async def work():
        listening = await asyncio.start_server(wait, "127.0.0.1", 5, start_serving=False)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", 5)
        await listening.start_serving()
        _, writer = await asyncio.open_connection("127.0.0.1", 5)
        writer.close()

    on_host(work)


def test_a_connection_reset_before_it_is_accepted_is_found_reset(on_host):
    async def work():
        listening, client = tcp(), tcp()
        listening.bind(("127.0.0.1", 5))
        listening.listen()
        await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", 5))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        await asyncio.sleep(1)
        taken, _ = listening.accept()
        with pytest.raises(ConnectionResetError):
            taken.recv(1)

    on_host(work)
