"""Ports in blocks: each internal host has some of its own (RFC 6888 REQ-4, RFC 7422)."""

import random
from ipaddress import ip_address
from typing import NamedTuple

from nat.behavior import Behavior
from nat.choices import PortBlocks


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
        free = [block for block in self._all(among) if self._taken.get(block, now) <= now]
        if not free:
            return None
        block = self._random.choice(free)
        self._held.setdefault(host, []).append(block)
        self._taken[block] = float("inf")
        return block

    def release(self, host: str, until: float) -> None:
        """An internal host has no mapping any more: its blocks are free then."""
        for block in self._held.pop(host, ()):
            self._taken[block] = until

    def computed(self, host: str) -> Block:
        """RFC 7422 §2: the block that follows from an internal address alone.

        Hosts whose addresses differ by a multiple of the number of blocks have the same one: a
        LAN should be no larger than that.
        """
        every = [block for address in self._external for block in self._all(address)]
        return every[int(ip_address(host)) % len(every)]

    def _all(self, address: str) -> list[Block]:
        first, last = self._behavior.port_range
        size = self._behavior.block_size
        return [
            Block(address, start, start + size - 1) for start in range(first, last - size + 2, size)
        ]
