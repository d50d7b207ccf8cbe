"""What a NAT or a firewall is to its own LAN: a host that answers NAT-PMP, PCP and UPnP."""

import uuid
from collections.abc import Callable, Iterable
from typing import Final

from nat.packets import Address
from nat.portmapping import PortMapper, PortMapping, natpmp, pcp, ssdp
from nat.portmapping.descriptions import PATH
from nat.portmapping.igd import Igd
from nat.portmapping.natpmp import NatPmp
from nat.portmapping.pcp import Pcp
from nat.portmapping.pinholes import Pinholes
from nat.portmapping.ssdp import Ssdp
from nat.portmapping.web import Site, WebConnection, site_of_firewall, site_of_nat
from nat.simulator.connection import Connection, State
from nat.simulator.host import Host
from nat.simulator.network import Network
from nat.simulator.segment import Segment
from nat.simulator.udp import UdpSocket

WEB_PORT: Final = 5000
MAX_VISITORS: Final = 64
"""Connections to the UPnP device at a time; who comes later is reset."""


class Router:
    """The inside of a NAT, or of a firewall of IPv6.

    Args:
        name: of the NAT or firewall.
        address: its address on the LAN; one of IPv6 is a firewall's.
        mapper: whose ports are asked for.
        spoken: the protocols it answers.
    """

    def __init__(
        self,
        network: Network,
        name: str,
        lan: Segment,
        address: str,
        mapper: PortMapper,
        spoken: frozenset[PortMapping],
    ) -> None:
        network.claim_name(f"{name} (inside)")
        self.host = Host(network, f"{name} (inside)")
        self.host.attach(lan, address)
        if PortMapping.UPNP in spoken:
            lan.join_group(ssdp.GROUP6 if ":" in address else ssdp.GROUP, self.host.port)
        self._network = network
        self._spoken = spoken
        number = network.stream("upnp", name).getrandbits(128)
        self._uuid = str(uuid.UUID(int=number, version=4))
        self._visitors: list[Connection] = []
        self.restart(mapper)

    def restart(self, mapper: PortMapper) -> None:
        """Begin anew, as a NAT whose mappings are gone: their age counts from now."""
        now = self._network.clock.monotonic()
        self._pmp, self._pcp = NatPmp(mapper, now), Pcp(mapper, now)
        self._site: Site = (
            site_of_firewall(Pinholes(mapper), self._uuid)
            if ":" in self.host.address
            else site_of_nat(Igd(mapper, now), self._uuid)
        )
        self.listen()

    def listen(self) -> None:
        """Listen again, as at the beginning of a run; every connection is gone."""
        self.host.shut_down()
        self._visitors.clear()
        if self._spoken & {PortMapping.NAT_PMP, PortMapping.PCP}:
            self._serve_mapping()
        if PortMapping.UPNP in self._spoken:
            self._serve_upnp()

    def _serve_mapping(self) -> None:
        """NAT-PMP and PCP share a port; the first byte tells them apart (RFC 6887 appendix A)."""
        old = self._pmp if PortMapping.NAT_PMP in self._spoken else None
        new = self._pcp if PortMapping.PCP in self._spoken else None

        def answer(data: bytes, source: Address) -> Iterable[bytes]:
            server = old if old is not None and (new is None or data[:1] == b"\0") else new
            assert server is not None
            answer = server.receive(data, source, self._network.clock.monotonic())
            return () if answer is None else (answer,)

        assert natpmp.PORT == pcp.PORT
        _Service(self.host, pcp.PORT, answer)

    def _serve_upnp(self) -> None:
        here = Address(self.host.address, WEB_PORT)
        targets = ssdp.TARGETS6 if ":" in here.host else ssdp.TARGETS
        searches = Ssdp(self._uuid, f"http://{here}{PATH}", targets)
        _Service(self.host, ssdp.PORT, lambda data, _source: searches.receive(data))
        self.host.tcp.listen(here, self._welcome)

    def _welcome(self, connection: Connection) -> None:
        self._visitors = [one for one in self._visitors if one.state is not State.CLOSED]
        if len(self._visitors) >= MAX_VISITORS:
            connection.abort()
            return
        self._visitors.append(connection)
        web = self.visit(connection.remote.host)
        connection.receiver = _Visitor(self._network, connection, web)

    @property
    def serves_web(self) -> bool:
        """Whether there is a UPnP device on `WEB_PORT`."""
        return PortMapping.UPNP in self._spoken

    def visit(self, visitor: str) -> WebConnection:
        """A connection to the UPnP device, for whoever carries the bytes."""
        return WebConnection(self._site, visitor)


class _Service:
    """A UDP port and who answers there."""

    def __init__(
        self, host: Host, port: int, answer: Callable[[bytes, Address], Iterable[bytes]]
    ) -> None:
        self._answer = answer
        self._socket = UdpSocket(host.udp, self)
        self._socket.bind(Address(pcp.nowhere(host.address), port))

    def datagram_arrived(self, data: bytes, source: Address) -> bool:
        for answer in self._answer(data, source):
            self._socket.send(answer, source)
        return True

    def error_arrived(self, error: OSError) -> None:
        """A client that has gone: nothing to do."""

    def forgotten(self) -> None:
        """The run is over: nothing to do."""


class _Visitor:
    """One connection to the UPnP device."""

    def __init__(self, network: Network, connection: Connection, web: WebConnection) -> None:
        self._network = network
        self._connection = connection
        self._web = web

    def stream_readable(self) -> None:
        data = self._connection.take()
        if data:  # it is also called when the connection is made, and at its end
            self._connection.write(self._web.receive(data, self._network.clock.monotonic()))
        if self._web.done or self._connection.at_end:
            self._connection.finish()

    def stream_sent(self) -> None:
        """All of an answer fits into the window."""

    def stream_lost(self, error: OSError) -> None:
        """A client that has gone: nothing to do."""

    def stream_forgotten(self) -> None:
        """The run is over: nothing to do."""
