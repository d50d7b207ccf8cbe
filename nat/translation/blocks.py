"""Ports in blocks: each internal host has some of its own (RFC 6888 REQ-4, RFC 7422)."""

import itertools
import random
from ipaddress import ip_address
from typing import Final, NamedTuple

from nat.behavior import Behavior
from nat.choices import PortBlocks

_RANDOM_TRIES: Final = 64


class Block(NamedTuple):
    """So many ports of one external address."""

    host: str
    first: int
    last: int


class Blocks:
    """Who has which block.

    Args:
        behavior: how large blocks are, and how they are given.
        external: the addresses of the NAT.
        ports: where the choice among free blocks comes from.
    """

    def __init__(self, behavior: Behavior, external: tuple[str, ...], ports: random.Random) -> None:
        self._behavior = behavior
        self._external = external
        self._random = ports
        self._held: dict[str, list[Block]] = {}
        self._taken: dict[Block, float] = {}

    def configure(self, behavior: Behavior) -> None:
        """Give blocks in another way from now on."""
        self._behavior = behavior

    def held(self, host: str) -> list[Block]:
        """The blocks of an internal host."""
        if self._behavior.blocks is PortBlocks.DETERMINISTIC:
            return [self.computed(host)]
        return self._held.get(host, [])

    def grow(self, host: str, among: str, now: float) -> Block | None:
        """Another block for an internal host at one external address, or None."""
        held = self.held(host)
        if len(held) >= self._behavior.blocks_per_host:
            return None
        if self._behavior.blocks is PortBlocks.DETERMINISTIC:
            return None
        block = self._free(among, now)
        if block is None:
            return None
        self._held.setdefault(host, []).append(block)
        self._taken[block] = float("inf")
        return block

    def _free(self, address: str, now: float) -> Block | None:
        """A random free block of an external address, if there is one."""
        count = self._count()
        start = self._random.randrange(count)
        tries = (self._random.randrange(count) for _ in range(_RANDOM_TRIES))
        for number in itertools.chain(tries, range(start, count), range(start)):
            block = self._block(address, number)
            if self._taken.get(block, now) <= now:
                return block
        return None

    def release(self, host: str, until: float) -> None:
        """An internal host has no mapping any more: its blocks are free then."""
        for block in self._held.pop(host, ()):
            self._taken[block] = until

    def computed(self, host: str) -> Block:
        """RFC 7422 §2: the block that follows from an internal address alone.

        Hosts whose addresses differ by a multiple of the number of blocks have the same one: a
        LAN should be no larger than that.
        """
        count = self._count()
        place, number = divmod(int(ip_address(host)) % (count * len(self._external)), count)
        return self._block(self._external[place], number)

    def _count(self) -> int:
        """Blocks of one external address."""
        first, last = self._behavior.port_range
        return (last - first + 1) // self._behavior.block_size

    def _block(self, address: str, number: int) -> Block:
        size = self._behavior.block_size
        first = self._behavior.port_range[0] + number * size
        return Block(address, first, first + size - 1)
