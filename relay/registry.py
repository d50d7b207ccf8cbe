"""All allocations of a relay: found by five-tuple, counted, swept, and ended in one place."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count

from relay.allocations import (
    CHANNEL_LIFETIME,
    Allocation,
    Answered,
    Channel,
)
from relay.counters import Counters
from relay.credentials import Credential, Owner
from relay.datapath import Datapath, Route
from relay.deadlines import Deadlines
from relay.fivetuple import FiveTuple
from relay.interfaces import RelayInterface
from relay.outputs import AllocationEnded, CloseRelaySocket, Output
from relay.ports import Parity, PortPool
from relay.settings import Settings
from stunwire import Address, Message


@dataclass(frozen=True, slots=True)
class Pending:
    """An allocation whose relay socket is being opened."""

    number: int
    five_tuple: FiveTuple
    credential: Credential
    request: Message
    interface: RelayInterface
    lifetime: int
    port: int
    parity: Parity
    attempt: int = 1


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
        self._settings = settings
        self._datapath = datapath
        self._counters = counters
        self._random_below = random_below
        self._numbers = count(1)
        self._by_number: dict[int, Allocation] = {}
        self._by_five_tuple: dict[FiveTuple, Allocation] = {}
        self._pending: dict[int, Pending] = {}
        self._pending_five_tuples: dict[FiveTuple, Pending] = {}
        self._held_by: Counter[Owner] = Counter()
        self._pools: dict[str, PortPool] = {}
        self.deadlines = Deadlines()

    def find(self, five_tuple: FiveTuple) -> Allocation | None:
        """Return the allocation of a five-tuple."""
        return self._by_five_tuple.get(five_tuple)

    def get(self, number: int) -> Allocation | None:
        """Return the allocation with that number."""
        return self._by_number.get(number)

    def pending(self, five_tuple: FiveTuple) -> Pending | None:
        """Return the allocation that is being opened for a five-tuple."""
        return self._pending_five_tuples.get(five_tuple)

    def all(self) -> tuple[Allocation, ...]:
        """Return every allocation."""
        return tuple(self._by_number.values())

    def __len__(self) -> int:
        return len(self._by_number) + len(self._pending)

    def held_by(self, owner: Owner) -> int:
        """Count the allocations of one user, those being opened included."""
        return self._held_by[owner]

    def is_allocated(self, port: int) -> bool:
        """Say whether a port of any relay address is taken by an allocation."""
        return any(port in pool for pool in self._pools.values())

    def reserve(
        self,
        five_tuple: FiveTuple,
        credential: Credential,
        request: Message,
        *,
        interface: RelayInterface,
        lifetime: int,
        parity: Parity,
        now: float,
    ) -> Pending | None:
        """Take a relay port for a new allocation; None when there is none to take."""
        port = self._pool(interface).take(now, parity)
        if port is None:
            return None
        number = next(self._numbers)
        pending = Pending(
            number, five_tuple, credential, request, interface, lifetime, port, parity
        )
        self._pending[number] = self._pending_five_tuples[five_tuple] = pending
        self._held_by[credential.owner] += 1
        return pending

    def reserve_again(self, number: int, now: float) -> Pending | None:
        """Take another port, because the last one could not be bound; None when there is none to take."""
        pending = self._pending[number]
        pool = self._pool(pending.interface)
        port = pool.take(now, pending.parity)
        if port is None:
            return None
        pool.give_back(pending.port, now)
        pending = replace(pending, port=port, attempt=pending.attempt + 1)
        self._pending[number] = self._pending_five_tuples[pending.five_tuple] = pending
        return pending

    def reserved(self, number: int) -> Pending | None:
        """Return an allocation that is being opened, by its number."""
        return self._pending.get(number)

    def abandon(self, number: int, now: float) -> Pending:
        """Give up an allocation whose relay socket cannot be opened."""
        pending = self._take_pending(number)
        self._release(pending.credential.owner)
        self._pool(pending.interface).give_back(pending.port, now)
        return pending

    def open(self, number: int, answered: Answered, now: float) -> Allocation:
        """Begin the allocation whose relay socket is open now."""
        pending = self._take_pending(number)
        allocation = Allocation(
            number=number,
            five_tuple=pending.five_tuple,
            credential=pending.credential,
            interface=pending.interface,
            port=pending.port,
            answered=answered,
            expires=now + pending.lifetime,
        )
        self._by_number[number] = self._by_five_tuple[pending.five_tuple] = allocation
        self.deadlines.bring_forward(number, allocation.expires)
        self._counters.allocations_opened += 1
        return allocation

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
            allocation.number, allocation.five_tuple, number, wire_peer, allocation.usage, until
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
        del self._by_five_tuple[allocation.five_tuple]
        self._release(allocation.credential.owner)
        self._pool(allocation.interface).give_back(allocation.port, now)
        self._counters.usage.add(allocation.usage)
        return [
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

    def next_deadline(self) -> float | None:
        """When `sweep` has something to do."""
        return self.deadlines.next()

    def sweep(self, now: float) -> list[Output]:
        """Take away every allocation, permission and channel whose time has come."""
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
        self._datapath.close(channel.route)

    def _take_pending(self, number: int) -> Pending:
        pending = self._pending.pop(number)
        del self._pending_five_tuples[pending.five_tuple]
        return pending

    def _release(self, owner: Owner) -> None:
        self._held_by[owner] -= 1
        if not self._held_by[owner]:
            del self._held_by[owner]

    def _pool(self, interface: RelayInterface) -> PortPool:
        pool = self._pools.get(interface.bound)
        if pool is None:
            pool = self._pools[interface.bound] = PortPool(
                interface.ports[0],
                interface.ports[-1],
                quarantine=self._settings.limits.port_quarantine,
                random_below=self._random_below,
            )
        return pool
