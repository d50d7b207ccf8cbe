"""What the tests of `nat.translation` share: a NAT with short words for what is done to it."""

import random
from collections.abc import Callable

import pytest

from nat import Address, Behavior, Drop, Packet, Protocol, Translator
from nat.segments import Kind, Segment

OUTSIDE = "203.0.113.1"


class Box:
    """A NAT, and the packets that go through it."""

    def __init__(self, behavior: Behavior, *external: str, seed: int = 0) -> None:
        self.nat = Translator(behavior, external or (OUTSIDE,), random.Random(seed))

    def send(self, source, destination, now=0.0, payload=b"x", protocol=Protocol.UDP):
        """What becomes of a packet from the inside."""
        packet = Packet(protocol, Address(*source), Address(*destination), payload)
        return self.nat.outbound(packet, now)

    def take(self, source, destination, now=0.0, payload=b"x", protocol=Protocol.UDP):
        """What becomes of a packet from the outside."""
        packet = Packet(protocol, Address(*source), Address(*destination), payload)
        return self.nat.inbound(packet, now)

    def external(self, source, destination, now=0.0, **more):
        """The external endpoint from which a packet leaves."""
        result = self.send(source, destination, now, **more)
        assert isinstance(result, Packet), result
        return result.source

    def lets_in(self, source, external, now=0.0, **more):
        """Whether a packet gets in."""
        return isinstance(self.take(source, external, now, **more), Packet)

    def tcp_out(self, kind, source, destination, now=0.0):
        """What becomes of a segment from the inside."""
        return self.send(source, destination, now, Segment(kind), Protocol.TCP)

    def tcp_in(self, kind, source, external, now=0.0):
        """What becomes of a segment from the outside."""
        return self.take(source, external, now, Segment(kind), Protocol.TCP)

    def connect(self, source, destination, now=0.0):
        """Shake hands from the inside; the external endpoint."""
        out = self.tcp_out(Kind.SYN, source, destination, now)
        assert isinstance(out, Packet), out
        back = self.tcp_in(Kind.SYN_ACK, destination, out.source, now)
        assert isinstance(back, Packet), back
        assert isinstance(self.tcp_out(Kind.ACK, source, destination, now), Packet)
        return out.source

    def why(self, result):
        """The reason and the story of a drop."""
        assert isinstance(result, Drop), result
        return result.reason, result.detail


@pytest.fixture
def box() -> Callable[..., Box]:
    """Makes a `Box`."""
    return Box
