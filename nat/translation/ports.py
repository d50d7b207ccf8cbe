"""Which external address and port a new mapping gets (RFC 4787 §4.1, §4.2)."""

import itertools
import random
from collections.abc import Iterable, Iterator
from typing import Final

from nat.behavior import Behavior
from nat.choices import Kept, Pooling, PortAssignment, PortBlocks
from nat.packets import Address, Drop, DropReason
from nat.translation.blocks import Blocks
from nat.translation.mappings import Table

_RANDOM_TRIES: Final = 64
_WELL_KNOWN: Final = (1, 1023)

Range = tuple[int, int]


class Ports:
    """The choice of external endpoints.

    Args:
        behavior: how they are chosen.
        external: the addresses of the NAT.
        ports: where random ports come from.
    """

    def __init__(self, behavior: Behavior, external: tuple[str, ...], ports: random.Random) -> None:
        self.external = external
        self.blocks = Blocks(behavior, external, ports)
        self._behavior = behavior
        self._random = ports
        self._next = ports.randint(*behavior.port_range)
        self._paired: dict[str, str] = {}

    def configure(self, behavior: Behavior) -> None:
        """Choose in another way from now on; who has what stays."""
        self._behavior = behavior
        self.blocks.configure(behavior)

    def assign(
        self,
        table: Table,
        internal: Address,
        remote: Address,
        assignment: PortAssignment,
        now: float,
    ) -> Address | Drop:
        """A free external endpoint for a mapping towards a remote, or why there is none."""
        hosts = self._hosts(internal.host)
        for host in hosts:
            for port in self._candidates(table, internal, host, assignment, now):
                external = Address(host, port)
                if self._is_free(table, external, internal, remote, assignment, now):
                    self._next = port + 1
                    return external
        if self._behavior.blocks is not PortBlocks.NONE:
            count = len(self.blocks.held(internal.host))
            detail = f"{internal.host} has used up its {count} blocks of ports"
            return Drop(DropReason.QUOTA, detail)
        first, last = self._range(internal)
        where = " and ".join(hosts)
        detail = f"no port from {first} to {last} of {where} is left for {internal}"
        return Drop(DropReason.NO_PORT, detail)

    def pair(self, host: str) -> str:
        """RFC 4787 REQ-2: the external address of an internal host."""
        if self._behavior.blocks is PortBlocks.DETERMINISTIC:
            return self.blocks.computed(host).host
        if host not in self._paired:
            if len(self._paired) >= self._behavior.table_size:
                self._paired.clear()
            self._paired[host] = self.external[len(self._paired) % len(self.external)]
        return self._paired[host]

    def _hosts(self, host: str) -> list[str]:
        """The external addresses to try, in order."""
        fixed = self._behavior.blocks is PortBlocks.DETERMINISTIC or len(self.external) == 1
        if fixed or self._behavior.pooling is Pooling.PAIRED:
            return [self.pair(host)]
        return self._random.sample(self.external, len(self.external))

    def _range(self, internal: Address) -> Range:
        """RFC 4787 REQ-3a: well-known ports may be kept apart."""
        if self._behavior.well_known is Kept.IF_POSSIBLE and internal.port <= _WELL_KNOWN[1]:
            return _WELL_KNOWN
        return self._behavior.port_range

    def _is_free(
        self,
        table: Table,
        external: Address,
        internal: Address,
        remote: Address,
        assignment: PortAssignment,
        now: float,
    ) -> bool:
        if assignment is PortAssignment.OVERLOADING and external.port == internal.port:
            return table.is_pair_free(external, remote, internal, now)
        if table.clashes and not table.is_pair_free(external, remote, internal, now):
            return False
        return table.is_free(external, internal.host, now, self._behavior.quarantine)

    # candidates

    def _candidates(
        self,
        table: Table,
        internal: Address,
        host: str,
        assignment: PortAssignment,
        now: float,
    ) -> Iterator[int]:
        """Ports in the order in which to try them; in the end, every one there is."""
        if self._behavior.contiguity is Kept.IF_POSSIBLE:
            yield from self._beside(table, internal, host, now)
        for ports in self._ranges(internal, host, now):
            if self._behavior.parity is Kept.IF_POSSIBLE:
                parity = internal.port % 2
                for port in self._ordered(internal, ports, assignment):
                    if port % 2 == parity:
                        yield port
            yield from self._ordered(internal, ports, assignment)

    def _ranges(self, internal: Address, host: str, now: float) -> Iterator[Range]:
        if self._behavior.blocks is PortBlocks.NONE:
            yield self._range(internal)
            return
        for block in tuple(self.blocks.held(internal.host)):
            if block.host == host:
                yield block.first, block.last
        while (more := self.blocks.grow(internal.host, host, now)) is not None:
            yield more.first, more.last

    def _beside(self, table: Table, internal: Address, host: str, now: float) -> Iterator[int]:
        """RFC 4787 §4.2.3: even ports and the odd ones after them belong together."""
        step = 1 if internal.port % 2 else -1
        neighbour = table.newest.get(Address(internal.host, internal.port - step))
        if neighbour is None or not neighbour.is_alive(now) or neighbour.external.host != host:
            return
        port = neighbour.external.port + step
        first, last = self._range(internal)
        if first <= port <= last:
            yield port

    def _ordered(
        self, internal: Address, ports: Range, assignment: PortAssignment
    ) -> Iterable[int]:
        first, last = ports
        if assignment is PortAssignment.SEQUENTIAL:
            return _all_from(self._next, ports)
        if assignment is PortAssignment.RANDOM or not first <= internal.port <= last:
            return self._at_random(ports)
        return itertools.chain((internal.port,), self._at_random(ports))

    def _at_random(self, ports: Range) -> Iterator[int]:
        for _ in range(_RANDOM_TRIES):
            yield self._random.randint(*ports)
        yield from _all_from(self._random.randint(*ports), ports)


def _all_from(start: int, ports: Range) -> Iterator[int]:
    """Every port of a range, from one on and around."""
    first, last = ports
    if not first <= start <= last:
        start = first
    return itertools.chain(range(start, last + 1), range(first, start))
