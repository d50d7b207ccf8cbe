"""A shell without sockets for the relay's core: does what it is told, and holds every output to what a shell can do."""

from collections import Counter
from dataclasses import dataclass, field, replace

from relay import Relay, Settings
from relay.datapath import Route
from relay.fivetuple import FiveTuple, Transport
from relay.interfaces import PeerTransport
from relay.outputs import (
    AcceptPeer,
    AllocationEnded,
    AllocationMoved,
    AllocationOpened,
    AskForUser,
    CertificateRead,
    CloseDataConnection,
    ClosePeerConnection,
    CloseRelaySocket,
    ConnectionCut,
    ConnectToPeer,
    HookFailed,
    JoinConnections,
    OpenRelaySocket,
    Output,
    PacketDropped,
    RedirectRelaySocket,
    RequestRefused,
    SendToClient,
    SendToPeer,
    StopAsking,
    UsersFileRead,
)
from stunwire import Address

_HOST_AND_PORT = 2  # routes of IPv6 are found under a longer form of the address, too


@dataclass
class FakeShell:
    """What a shell holds for a core: relay sockets, connections with peers, clients' connections.

    Args:
        core: the relay.
        listeners: where clients reach it.
    """

    core: Relay
    listeners: tuple[Address, ...]
    now: float = 1000.0
    binds: bool = True
    """Whether relay sockets can be opened."""
    waits: bool = False
    """Whether relay sockets of clients over UDP stay in the making."""
    making: dict[int, OpenRelaySocket] = field(default_factory=dict)
    relays: dict[int, OpenRelaySocket] = field(default_factory=dict)
    leads_to: dict[int, tuple[Address, Transport]] = field(default_factory=dict)
    connecting: set[int] = field(default_factory=set)
    connections: dict[int, FiveTuple | None] = field(default_factory=dict)
    data: dict[FiveTuple, int] = field(default_factory=dict)
    closing: set[FiveTuple] = field(default_factory=set)
    inquiries: set[int] = field(default_factory=set)
    opened: int = 0
    ended: int = 0
    joined: int = 0

    def carry_out(self, outputs: list[Output]) -> list[Output]:
        """Do everything, what follows from it too, and return all of it in order."""
        todo, done = list(outputs), []
        while todo:
            output = todo.pop(0)
            done.append(output)
            todo += self._do(output)
        return done

    def conclude(self, number: int) -> list[Output]:
        """Open a relay socket that was in the making, or fail to."""
        return self.carry_out(self._conclude(number))

    def _conclude(self, number: int) -> list[Output]:
        wanted = self.making.pop(number)
        if not self.binds:
            return self.core.receive_relay_refused(number, self.now)
        self.relays[number] = wanted
        self.leads_to[number] = wanted.five_tuple[1:]
        return self.core.receive_relay_opened(number, self.now)

    def _do(self, output: Output) -> list[Output]:
        match output:
            case SendToClient() | SendToPeer():
                self._send(output)
            case OpenRelaySocket():
                return self._open(output)
            case RedirectRelaySocket(number, five_tuple):
                assert self.relays[number].transport is PeerTransport.UDP
                assert five_tuple.server in self.listeners
                self.leads_to[number] = five_tuple[1:]
            case CloseRelaySocket(number):
                del self.relays[number], self.leads_to[number]
            case AllocationOpened() | AllocationEnded():
                self.opened += isinstance(output, AllocationOpened)
                self.ended += isinstance(output, AllocationEnded)
            case RequestRefused() | PacketDropped() | AllocationMoved():
                pass
            case AskForUser(number):
                assert number not in self.inquiries
                self.inquiries.add(number)
            case StopAsking(number):
                self.inquiries.discard(number)  # it may just have been answered, too late
            case ConnectionCut() | CertificateRead() | UsersFileRead() | HookFailed():
                raise AssertionError(f"the core says what only a shell knows: {output}")
            case _:
                self._do_over_tcp(output)
        return []

    def _send(self, output: SendToClient | SendToPeer) -> None:
        if isinstance(output, SendToPeer):
            assert self.relays[output.allocation].transport is PeerTransport.UDP
            family = Address(*self.relays[output.allocation].address).family
            assert output.peer.family is family
            assert not output.peer.host.startswith(("127.", "10.", "169.254.", "::", "fe80"))
        else:
            assert output.five_tuple.server in self.listeners
            if (
                not self.core.state.settings.has_hook
            ):  # else a request may have waited so long; streams drop it
                assert output.five_tuple not in self.data, "an answer among a peer's bytes"
            assert output.data

    def _open(self, wanted: OpenRelaySocket) -> list[Output]:
        number = wanted.allocation
        assert number not in self.making
        assert number not in self.relays
        self.making[number] = wanted
        if self.waits and wanted.five_tuple.transport is Transport.UDP:
            return []
        return self._conclude(number)

    def _do_over_tcp(self, output: Output) -> None:
        match output:
            case ConnectToPeer(number, connection, _) | AcceptPeer(number, connection, _):
                assert self.relays[number].transport is PeerTransport.TCP
                assert connection not in self.connections
                self.connections[connection] = None
                if isinstance(output, ConnectToPeer):
                    self.connecting.add(connection)
            case JoinConnections(connection, five_tuple, _):
                assert five_tuple.transport.is_stream
                assert self.connections[connection] is None
                assert connection not in self.connecting
                self.connections[connection] = five_tuple
                self.data[five_tuple] = connection
                self.joined += 1
            case ClosePeerConnection(connection):
                self.connections.pop(connection)
                self.connecting.discard(connection)
            case CloseDataConnection(five_tuple):
                del self.data[five_tuple]
                self.closing.add(five_tuple)
            case _:
                raise AssertionError(f"no output of the core: {output!r}")


def check(shell: FakeShell, settings: Settings, *, swept: bool) -> None:
    """Hold the core's tables to each other and to what its shell was told.

    Args:
        shell: what it was told.
        settings: what holds now.
        swept: whether what is over must be gone.
    """
    _check_sockets(shell)
    _check_ports(shell)
    _check_counts(shell, settings)
    if swept:
        assert all(one.expires > shell.now for one in shell.core.state.registry.all())
        deadline = shell.core.next_deadline()
        assert deadline is None or deadline > shell.now
    _check_routes(shell)
    _check_connections(shell)


def _check_sockets(shell: FakeShell) -> None:
    registry = shell.core.state.registry
    live = {one.number for one in registry.all()}
    half_open = set(shell.relays) - live
    assert live <= set(shell.relays)
    for number in (*half_open, *shell.making):
        assert (
            registry.openings.of(number).five_tuple
            == (shell.relays.get(number) or shell.making[number]).five_tuple
        )
    assert len(registry.openings) == len(half_open) + len(shell.making)
    for one in registry.all():
        wanted = shell.relays[one.number]
        assert wanted.address == (one.interface.bound, one.port)
        assert wanted.transport is one.interface.transport
        assert shell.leads_to[one.number] == one.five_tuple[1:] or (
            wanted.transport is PeerTransport.TCP
        )


def _check_ports(shell: FakeShell) -> None:
    """Every port of a pool is free, resting, reserved or out: one of them, and none is lost."""
    state = shell.core.state
    out = Counter(
        (wanted.address.host, wanted.transport, wanted.address.port)
        for wanted in (*shell.relays.values(), *shell.making.values())
    )
    assert all(count == 1 for count in out.values())
    owners = {one.credential.owner for one in state.registry.all()}
    reserved = 0
    faces = {
        replace(face, transport=over)
        for face in state.interfaces.values()
        for over in PeerTransport
    }
    for interface in faces:
        pool = state.registry.ports.pool(interface)
        taken = {port for port in interface.ports if port in pool}
        assert taken == {
            port
            for host, over, port in out
            if (host, over) == (interface.bound, interface.transport)
        }
        parts = [taken, pool.free, pool.reserved, set(pool.resting)]
        assert sum(map(len, parts)) == len(interface.ports)
        assert set().union(*parts) == set(interface.ports)
        reserved += len(pool.reserved)
    assert sum(state.registry.ports.reserved_by(owner) for owner in owners) <= reserved


def _check_counts(shell: FakeShell, settings: Settings) -> None:
    registry, counters, limits = shell.core.state.registry, shell.core.counters(), settings.limits
    held = registry.all()
    assert counters.allocations == len(held) == shell.opened - shell.ended
    assert counters.allocations_opened == shell.opened
    for owner in {one.credential.owner for one in held}:
        assert registry.held_by(owner) >= sum(one.credential.owner == owner for one in held)
    for one in held:
        assert one.expires <= shell.now + limits.longest_lifetime
        assert all(registry.find(place)[:2].count(one) == 1 for place in one.places)
        assert set(one.channels) == {channel.route.channel for channel in one.channel_of.values()}
        assert len(one.channels) <= limits.channels_per_allocation
        assert len(one.permissions) <= limits.permissions_per_allocation
        assert all(Address(host, 0).family is one.interface.family for host in one.permissions)
        assert registry.connections.count(one.number) <= limits.connections_per_allocation
    assert len(registry) <= limits.allocations


def _check_routes(shell: FakeShell) -> None:
    """The table that forwards by itself has each live channel, and nothing else."""
    datapath = shell.core.datapath
    wanted = {
        (one.number, number, one.five_tuple, channel.route.peer, channel.route.expires)
        for one in shell.core.state.registry.all()
        if one.is_reachable
        for number, channel in one.channels.items()
    }
    from_clients: list[Route] = []
    for server in shell.listeners:
        for transport in Transport:
            for client, channels in datapath.routes_to_peers(server, transport).items():
                for number, route in channels.items() if len(client) == _HOST_AND_PORT else ():
                    assert (client, server, transport) == route.five_tuple
                    assert number == route.channel
                    from_clients.append(route)
    to_clients = [
        route
        for number in shell.relays
        for peer, route in datapath.routes_to_client(number).items()
        if len(peer) == _HOST_AND_PORT
    ]
    for routes in (from_clients, to_clients):
        assert len(routes) == len(wanted)
        assert wanted == {
            (one.allocation, one.channel, one.five_tuple, one.peer, one.expires) for one in routes
        }


def _check_connections(shell: FakeShell) -> None:
    table = shell.core.state.registry.connections
    assert {one.number for one in table.all()} == set(shell.connections)
    for one in table.all():
        assert one.client == shell.connections[one.number]
        assert one.allocation in shell.relays
        if one.client is not None:
            assert table.of_client(one.client) is one
