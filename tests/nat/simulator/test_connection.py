"""Tests of `nat.simulator.connection`: one end of a TCP connection: reliable and in order, with windows and retransmission."""

import pytest

from nat import Address
from nat.simulator import Simulation
from nat.simulator.connection import WINDOW, State


class Face:
    """Keeps what a connection tells."""

    def __init__(self, connection, *, reads=True):
        self.connection, self.reads = connection, reads
        self.data, self.lost, self.sent, self.at_end = b"", [], 0, False
        connection.receiver = self

    def stream_readable(self):
        if self.reads:
            self.data += self.connection.take()
            self.at_end = self.connection.at_end

    def stream_sent(self):
        self.sent += 1

    def stream_lost(self, error):
        self.lost.append(error)


class World:
    """A connection between two hosts, and time that passes without a loop."""

    def __init__(self, seed=0, *, reads=True, **link):
        self.sim = Simulation(seed)
        a, b = self.sim.host("a"), self.sim.host("b")
        self.sim.link(b, **link)
        self.hosts = a, b
        self.network = a.node.network
        self.accepted = []
        address = b.tcp.bind(Address(b.address, 5))
        b.tcp.listen(address, self.accept)
        self.reads = reads
        self.client = Face(a.tcp.connect(address))

    def accept(self, connection):
        self.accepted.append(Face(connection, reads=self.reads))

    def settle(self, seconds=1.0):
        network = self.network
        end = network.clock.now_ns + round(seconds * 1e9)
        while (due := network.agenda.next_ns()) is not None and due <= end:
            network.clock.advance_to(due)
            network.agenda.perform(due)
        network.clock.advance_to(end)

    @property
    def server(self):
        (face,) = self.accepted
        return face


def test_the_handshake_takes_one_round_trip():
    world = World()
    world.settle(0.039)
    assert world.client.connection.state is State.CONNECTING
    world.settle(0.001)
    assert world.client.connection.state is State.ESTABLISHED
    assert world.accepted == []
    world.settle(0.02)
    assert world.server.connection.state is State.ESTABLISHED


@pytest.mark.parametrize("seed", range(20))
def test_data_arrives_whole_and_in_order_however_lossy_the_link(seed):
    world = World(seed, loss=0.2, jitter=0.02)
    message = bytes(range(256)) * 600
    world.client.connection.write(message)
    world.settle(100)
    world.server.connection.write(message[::-1])
    world.client.connection.finish()
    world.settle(600)
    assert world.server.data == message
    assert world.server.at_end
    assert world.client.data == message[::-1]
    assert not world.client.at_end


def test_a_reader_that_does_not_read_stops_the_writer_and_reading_frees_it():
    world = World(reads=False)
    world.settle()
    message = bytes(3 * WINDOW)
    world.client.connection.write(message)
    world.settle(30)
    assert world.client.connection.unsent == 2 * WINDOW
    world.server.reads = True
    world.server.stream_readable()
    world.settle(30)
    assert world.client.connection.unsent == 0
    assert len(world.server.data) == len(message)


def test_a_window_that_opens_unheard_is_probed():
    world = World(reads=False)
    world.settle()
    world.client.connection.write(bytes(2 * WINDOW))
    world.settle(5)
    world.sim.link(world.hosts[1], loss=1.0)
    world.server.reads = True
    world.server.stream_readable()
    world.settle(5)
    world.sim.link(world.hosts[1], loss=0.0)
    world.settle(200)
    assert len(world.server.data) == 2 * WINDOW


def test_both_sides_saying_goodbye_ends_the_connection_on_both():
    world = World()
    world.settle()
    world.client.connection.finish()
    world.settle()
    assert world.server.at_end
    assert world.server.connection.state is State.ESTABLISHED
    world.server.connection.write(b"last words")
    world.server.connection.finish()
    world.settle()
    assert world.client.data == b"last words"
    assert world.client.connection.state is State.CLOSED
    assert world.server.connection.state is State.CLOSED
    assert world.client.lost == world.server.lost == []


def test_an_abort_resets_the_other_side():
    world = World()
    world.settle()
    world.client.connection.abort()
    world.settle()
    assert [type(error) for error in world.server.lost] == [ConnectionResetError]


def test_data_for_one_who_has_closed_is_answered_by_a_reset():
    world = World()
    world.settle()
    world.server.connection.finish()
    world.server.connection.receiver = None
    world.settle()
    world.client.connection.write(b"too late")
    world.settle()
    assert [type(error) for error in world.client.lost] == [ConnectionResetError]


def test_a_dead_link_ends_a_connection_with_something_to_say():
    world = World()
    world.settle()
    world.sim.link(world.hosts[1], loss=1.0)
    world.client.connection.write(b"hello?")
    world.settle(3000)
    assert [type(error) for error in world.client.lost] == [TimeoutError]
    assert world.server.lost == []


def test_an_idle_connection_schedules_nothing():
    world = World()
    world.settle()
    world.client.connection.write(b"x")
    world.settle()
    assert world.network.agenda.next_ns() is None
