"""All allocations of a relay: found by five-tuple, counted, swept, and ended in one place."""

from collections.abc import Callable

from relay.allocations import (
    CHANNEL_LIFETIME,
    Allocation,
    Answered,
    Channel,
)
from relay.bandwidth import Bandwidth
from relay.counters import Counters
from relay.credentials import Owner
from relay.datapath import Datapath, Route
from relay.deadlines import Deadlines
from relay.fivetuple import FiveTuple
from relay.moves import Moves
from relay.openings import Opening, Openings
from relay.outputs import AllocationEnded, CloseRelaySocket, Output
from relay.peerconnections import PeerConnections
from relay.policy import PeerGate
from relay.ratelimit import source_of
from relay.reservations import RelayPorts
from relay.settings import Limits, Settings
from relay.tally import Tally
from relay.whereabouts import Whereabouts
from stunwire import Address, MobilityTicket


class Registry:
    """Allocations, their ports, deadlines and routes; the only place where one begins or ends."""

    def __init__(
        self,
        settings: Settings,
        *,
        datapath: Datapath,
        counters: Counters,
        random_below: Callable[[int], int],
    ) -> None:
        self._datapath = datapath
        self._counters = counters
        self._bandwidth = _bandwidth(settings.limits)
        self.ports = RelayPorts(
            quarantine=settings.limits.port_quarantine, random_below=random_below
        )
        self.openings = Openings(self.ports)
        self.connections = PeerConnections(random_below)
        self._whereabouts = Whereabouts()
        self.moves = Moves(self._whereabouts, datapath, counters, random_below)
        self._by_number: dict[int, Allocation] = {}
        self._held_by: Tally[Owner] = Tally()
        self.draining = False
        self.deadlines = Deadlines()

    def find(self, five_tuple: FiveTuple) -> tuple[Allocation, ...]:
        """Return what a five-tuple holds: nothing, one allocation, or one of each family."""
        return self._whereabouts.find(five_tuple)

    def get(self, number: int) -> Allocation | None:
        """Return the allocation with that number."""
        return self._by_number.get(number)

    def all(self) -> tuple[Allocation, ...]:
        """Return every allocation."""
        return tuple(self._by_number.values())

    def __len__(self) -> int:
        return len(self._by_number) + len(self.openings)

    def held_by(self, owner: Owner) -> int:
        """Count the allocations of one user, those being opened and ports kept for others included."""
        live = self._held_by[owner]
        return live + self.openings.held_by(owner) + self.ports.reserved_by(owner)

    def held_from(self, host: str) -> int:
        """Count the allocations of one source address, those being opened included."""
        source = source_of(host)
        return self._whereabouts.held_from(source) + self.openings.held_by(source)

    def open(self, opening: Opening, answered: Answered, now: float) -> tuple[Allocation, ...]:
        """Begin the allocations whose relay sockets are open now."""
        self.openings.end(opening)
        begun = tuple(
            [
                Allocation(
                    number=pending.number,
                    five_tuple=opening.five_tuple,
                    credential=opening.credential,
                    interface=pending.grant.interface,
                    port=pending.grant.port,
                    answered=answered,
                    expires=now + opening.lifetime,
                    allowance=self._bandwidth.allowance_of(opening.credential.owner, now),
                )
                for pending in opening.opened
            ]
        )
        if opening.request.get(MobilityTicket) is not None:
            self.moves.begin(begun)
        for allocation in begun:
            self._whereabouts.add(allocation)
            self._by_number[allocation.number] = allocation
            self._held_by.add(allocation.credential.owner)
            self.deadlines.bring_forward(allocation.number, allocation.expires)
        self._counters.allocations_opened += len(begun)
        return begun

    def refresh(self, allocation: Allocation, expires: float) -> None:
        """Give an allocation another deadline, and with it the routes that would outlive it."""
        allocation.expires = expires
        self.deadlines.bring_forward(allocation.number, expires)
        for channel in allocation.channels.values():
            self._datapath.extend(channel.route, min(channel.expires, expires))

    def permit(self, allocation: Allocation, host: str, expires: float) -> None:
        """Install or refresh a permission; it is never shortened."""
        expires = max(expires, allocation.permissions.get(host, 0.0))
        allocation.permissions[host] = expires
        self.deadlines.bring_forward(allocation.number, expires)

    def bind(self, allocation: Allocation, number: int, peer: Address, now: float) -> None:
        """Bind a channel to a peer (as the client names it), or refresh the binding.

        RFC 8656 §12 has a channel binding install a permission, which lasts 300 seconds as any does. Here it
        lasts as long as the channel, as with coturn: clients such as aioice refresh their channels every
        500 seconds and permissions never, and would lose 200 seconds of packets.
        """
        expires = now + CHANNEL_LIFETIME
        self.permit(allocation, peer.host, expires)
        self.deadlines.bring_forward(allocation.number, expires)
        wire_peer = allocation.interface.to_wire(peer)
        until = min(expires, allocation.expires)
        channel = allocation.channels.get(number)
        if channel is not None:
            channel.expires = expires
            self._datapath.extend(channel.route, until)
            return
        route = Route(
            allocation.number,
            allocation.five_tuple,
            number,
            wire_peer,
            allocation.usage,
            until,
            allocation.allowance,
        )
        allocation.channels[number] = allocation.channel_of[wire_peer] = Channel(route, expires)
        self._datapath.open(route)

    def end(self, allocation: Allocation, why: str, now: float) -> list[Output]:
        """End an allocation and give back all it held."""
        for channel in tuple(allocation.channels.values()):
            self._unbind(allocation, channel)
        self._datapath.forget(allocation.number)
        self.deadlines.forget(allocation.number)
        del self._by_number[allocation.number]
        self._whereabouts.remove(allocation)
        self.moves.forget(allocation)
        self._release(allocation, now)
        self.ports.release(allocation.interface, allocation.port, now)
        self._counters.usage.add(allocation.usage)
        return [
            *self.connections.end_all(allocation.number),
            CloseRelaySocket(allocation.number),
            AllocationEnded(
                allocation.five_tuple,
                allocation.relayed,
                allocation.credential.username,
                why,
                now - allocation.answered.at,
                allocation.usage,
            ),
        ]

    def revoke(self, gate: PeerGate) -> None:
        """End every channel and permission for a peer that policy denies now."""
        for allocation in self._by_number.values():
            for channel in tuple(allocation.channels.values()):
                peer = allocation.interface.from_wire(channel.route.peer)
                if gate.objection(peer) is not None:
                    self._unbind(allocation, channel)
            for host in tuple(allocation.permissions):
                if gate.objection_to_host(host) is not None:
                    del allocation.permissions[host]

    def change_bandwidth(self, limits: Limits, now: float) -> None:
        """Give everybody a new allowance."""
        self._bandwidth = _bandwidth(limits)
        for allocation in self._by_number.values():
            owner = allocation.credential.owner
            allocation.allowance = self._bandwidth.allowance_of(owner, now)
            for channel in allocation.channels.values():
                if allocation.is_reachable:
                    self._datapath.allow(channel.route, allocation.allowance)
            for connection in self.connections.of(allocation.number):
                if connection.meter is not None:
                    connection.meter.allowance = allocation.allowance

    def next_deadline(self) -> float | None:
        """When `sweep` has something to do."""
        return self.deadlines.next()

    def sweep(self, now: float) -> list[Output]:
        """Take away every allocation, permission and channel whose time has come."""
        self.ports.sweep(now)
        outputs: list[Output] = []
        while (number := self.deadlines.pop_due(now)) is not None:
            allocation = self._by_number[number]
            if allocation.expires <= now:
                outputs += self.end(allocation, "expired", now)
                continue
            self._drop_expired(allocation, now)
            self.deadlines.bring_forward(number, allocation.next_deadline())
        return outputs

    def _drop_expired(self, allocation: Allocation, now: float) -> None:
        for channel in tuple(allocation.channels.values()):
            if channel.expires <= now:
                self._unbind(allocation, channel)
        for host, expires in tuple(allocation.permissions.items()):
            if expires <= now:
                del allocation.permissions[host]

    def _unbind(self, allocation: Allocation, channel: Channel) -> None:
        del allocation.channels[channel.route.channel]
        del allocation.channel_of[channel.route.peer]
        if allocation.is_reachable:  # otherwise it was closed when the client went
            self._datapath.close(channel.route)

    def _release(self, allocation: Allocation, now: float) -> None:
        owner = allocation.credential.owner
        self._held_by.remove(owner)
        if not self._held_by[owner]:
            self._bandwidth.release(owner, now)


def _bandwidth(limits: Limits) -> Bandwidth:
    return Bandwidth(total=limits.bandwidth, per_user=limits.bandwidth_per_user)
