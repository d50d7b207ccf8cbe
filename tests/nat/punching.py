"""Hole punching on translators alone, without loop, links or ICE library: checks, answers, rounds.

It is what RFC 8445 §7 does to find a pair, stripped to the packets: everybody checks every address
that was told or seen, again and again, answers every check, and a check has succeeded when its answer
comes from where the check went to.
"""

import random
from collections.abc import Sequence

from nat import Address, Behavior, Drop, Packet, Protocol, Translator

STUN = Address("198.51.100.1", 3478)
ROUNDS = 8
MOST_KNOWN = 12


class Side:
    """A host behind a row of NATs, from the inside to the outside."""

    def __init__(self, name: str, layers: Sequence[Behavior], outside: str) -> None:
        hosts = [f"10.{depth}.0.{ord(name) % 90 + 2}" for depth in range(len(layers) - 1)]
        self.address = Address("192.168.1.2", 40000 + ord(name))
        self.nats = [
            Translator(layer, (external,), random.Random(f"{name}{depth}"))
            for depth, (layer, external) in enumerate(zip(layers, [*hosts, outside], strict=True))
        ]
        self.known: list[Address] = []
        self.succeeded = False

    def out(self, packet: Packet, now: float) -> Packet | None:
        for one in self.nats:
            passed = one.outbound(packet, now)
            if isinstance(passed, Drop):
                return None
            packet = passed
        return packet

    def into(self, packet: Packet, now: float) -> Packet | None:
        for one in reversed(self.nats):
            passed = one.inbound(packet, now)
            if isinstance(passed, Drop):
                return None
            packet = passed
        return packet

    def learn(self, address: Address) -> None:
        if address not in self.known and len(self.known) < MOST_KNOWN:
            self.known.append(address)


def punch(a: Sequence[Behavior], b: Sequence[Behavior]) -> bool:
    """Tell whether the two sides find a pair on which both succeed."""
    one, other = Side("a", a, "203.0.113.1"), Side("b", b, "203.0.113.2")
    for side, remote in ((one, other), (other, one)):
        seen = side.out(Packet(Protocol.UDP, side.address, STUN, b"who am I"), 0.0)
        assert seen is not None
        remote.learn(seen.source)
    for turn in range(1, ROUNDS):
        for side, remote in ((one, other), (other, one)):
            for target in list(side.known):
                _check(side, remote, target, turn / 10)
    return one.succeeded and other.succeeded


def _check(side: Side, remote: Side, target: Address, now: float) -> None:
    """Send a check; if it arrives, the remote learns its source and answers."""
    sent = side.out(Packet(Protocol.UDP, side.address, target, b"check"), now)
    arrived = None if sent is None else remote.into(sent, now)
    if arrived is None:
        return
    remote.learn(arrived.source)
    answer = remote.out(Packet(Protocol.UDP, remote.address, arrived.source, b"answer"), now)
    heard = None if answer is None else side.into(answer, now)
    if heard is not None and heard.source == target:
        side.succeeded = True
