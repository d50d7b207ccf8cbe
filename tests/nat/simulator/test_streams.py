"""Tests of `nat.simulator.streams`: tCP transports of asyncio on the virtual network."""

import asyncio

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
        here.transport.write(b"ignored")
        assert here.transport.is_closing()
        await asyncio.sleep(5)

    here, there = play(scene)
    assert len(there.data) == 1_000_000
    assert here.events == ["made", "pause", "resume", "lost"]
    assert there.events == ["made", "eof", "lost"]


def test_an_abort_is_a_reset_for_the_other_side(play):
    async def scene(here, there):
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
        with pytest.raises(TypeError, match="must be bytes"):
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


def test_a_connection_reset_before_it_is_used_is_lost_at_once():
    sim = Simulation()
    host = sim.host("a")

    async def main():
        loop = asyncio.get_running_loop()
        with host:
            await loop.create_server(Line, "127.0.0.1", 5, start_serving=False)
            transport, line = await loop.create_connection(Line, "127.0.0.1", 5)
            await asyncio.sleep(0)
            return line.events, transport.is_closing(), loop.time()

    assert sim.run(main()) == (["made", "ConnectionResetError"], True, 0)


def test_a_transport_has_no_descriptor_and_its_socket_options_mean_nothing(play):
    async def scene(here, there):
        view = here.transport.get_extra_info("socket")
        view.setsockopt(6, 1, 1)
        assert (view.fileno(), view.getsockopt(6, 1)) == (-1, 0)

    play(scene)
