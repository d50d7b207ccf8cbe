"""Allocations on the move: from a ticket that is shown to the first word from the new place (RFC 8016 §3.2.2).

In between, the client is heard on both five-tuples, and data for it goes to the old one: it may not know yet
that it may leave.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from relay.allocations import Allocation
from relay.counters import Counters
from relay.datapath import Datapath
from relay.fivetuple import FiveTuple
from relay.interfaces import PeerTransport
from relay.mobility import Mobile, Named, Tickets
from relay.outputs import AllocationMoved, Output, RedirectRelaySocket
from relay.whereabouts import Whereabouts
from stunwire import Message, MobilityTicket


class Moves:
    """All allocations that may move.

    Args:
        whereabouts: where allocations are found.
        datapath: where their channels are.
        counters: where moves are counted.
        random_below: `random_below(n)` is an unguessable number from 0 to n-1.
    """

    def __init__(
        self,
        whereabouts: Whereabouts,
        datapath: Datapath,
        counters: Counters,
        random_below: Callable[[int], int],
    ) -> None:
        self._whereabouts = whereabouts
        self._datapath = datapath
        self._counters = counters
        self._tickets = Tickets(random_below)
        self._held: dict[int, tuple[Allocation, ...]] = {}

    def __len__(self) -> int:
        """How many clients may move."""
        return len(self._held)

    def ticket(self, number: int, turn: int = 0) -> bytes:
        """Make a ticket."""
        return self._tickets.seal(Named(number, turn))

    def open(self, ticket: bytes) -> Named | None:
        """Read a ticket; None when it was not made here."""
        return self._tickets.open(ticket)

    def held(self, number: int) -> tuple[Allocation, ...]:
        """Return the allocations that tickets name so."""
        return self._held.get(number, ())

    def begin(self, allocations: tuple[Allocation, ...]) -> None:
        """Let allocations of one client move; the number of the first one names them in tickets."""
        mobile = Mobile(allocations[0].number)
        for allocation in allocations:
            allocation.mobile = mobile
        self._held[mobile.number] = allocations

    def forget(self, allocation: Allocation) -> None:
        """Forget an allocation that ended."""
        if allocation.mobile is None:
            return
        number = allocation.mobile.number
        left = tuple(one for one in self._held[number] if one is not allocation)
        if left:
            self._held[number] = left
        else:
            del self._held[number]

    def take(self, mobile: Mobile, five_tuple: FiveTuple, now: float) -> list[Output]:
        """Take a ticket that was shown from `five_tuple`; an earlier place that nothing came from is forgotten."""
        with self._found_anew(mobile) as held:
            mobile.take(five_tuple, now)
        return self._settle(held, five_tuple) if mobile.is_away else []

    def hear(self, five_tuple: FiveTuple) -> list[Output]:
        """Hear that a client sent data: if it is arriving, it gets data there from now on, and the old place is left."""
        held = self._whereabouts.find(five_tuple)
        mobile = held[0].mobile if held else None
        if mobile is None or mobile.arriving != five_tuple:
            return []
        mobile.is_confirmed = True
        return self._settle(held, five_tuple)

    def hear_request(self, message: Message, five_tuple: FiveTuple) -> list[Output]:
        """Hear that a client made a request, which is as good as data.

        RFC 8016 §3.2.2 waits for data alone. But a client that only listens sends none, nor does one whose peers
        are on TCP (RFC 6062 §4.5); and whoever asks for more has had the answer to its ticket. The ticket once
        more says the opposite.
        """
        return [] if message.get(MobilityTicket) is not None else self.hear(five_tuple)

    def lose(self, five_tuple: FiveTuple) -> list[Output]:
        """Hear that a connection is gone: allocations that may move outlive it."""
        held = self._whereabouts.find(five_tuple)
        mobile = held[0].mobile if held else None
        if mobile is None:
            return []
        if not mobile.is_confirmed and mobile.shown_at == five_tuple:
            mobile.shown_at = None
        if mobile.arriving == five_tuple:
            with self._found_anew(mobile):
                mobile.arriving = None
        elif mobile.arriving is not None:
            # RFC 8016 §3.2.2: "or a message from the client to close the old connection"
            return self._settle(held, mobile.arriving)
        else:
            with self._found_anew(mobile):
                mobile.is_away = True
            self._close_routes(held)
        return []

    def _settle(self, held: tuple[Allocation, ...], place: FiveTuple) -> list[Output]:
        """Let data go to where the client has arrived."""
        mobile = held[0].mobile
        assert mobile is not None
        if not mobile.is_away:
            self._close_routes(held)
        old = held[0].five_tuple
        with self._found_anew(mobile):
            mobile.arriving, mobile.is_away = None, False
            for allocation in held:
                allocation.five_tuple = place
        self._open_routes(held, place)
        self._counters.moves += 1
        return [*_redirect(held, place), *_tell(held, old)]

    @contextmanager
    def _found_anew(self, mobile: Mobile) -> Iterator[tuple[Allocation, ...]]:
        """Have allocations found where they are at the end of this."""
        held = self._held[mobile.number]
        for allocation in held:
            self._whereabouts.remove(allocation)
        yield held
        for allocation in held:
            self._whereabouts.add(allocation)

    def _close_routes(self, held: tuple[Allocation, ...]) -> None:
        for allocation in held:
            for channel in allocation.channels.values():
                self._datapath.close(channel.route)

    def _open_routes(self, held: tuple[Allocation, ...], place: FiveTuple) -> None:
        for allocation in held:
            for channel in allocation.channels.values():
                channel.route = replace(channel.route, five_tuple=place)
                self._datapath.open(channel.route)


def _redirect(held: tuple[Allocation, ...], place: FiveTuple) -> list[Output]:
    over_udp = (one for one in held if one.interface.transport is PeerTransport.UDP)
    return [RedirectRelaySocket(one.number, place) for one in over_udp]


def _tell(held: tuple[Allocation, ...], old: FiveTuple) -> list[Output]:
    return [
        AllocationMoved(one.five_tuple, old, one.relayed, one.credential.username) for one in held
    ]
