"""What the tests of `nat.trace` share: a scribe that writes traces by hand, and a story to ask about."""

import pytest

from nat import Address, Drop, DropReason, Packet, Protocol
from nat.simulator.clock import Clock, to_ns
from nat.trace import PlaceKind, Trace, Verdict


class Scribe:
    """Writes what happened, a millisecond after the last thing unless a time is given."""

    def __init__(self, limit=None):
        self.clock = Clock()
        self.trace = Trace(self.clock, limit)
        self.packets = {}

    def at(self, seconds):
        self.clock.advance_to(to_ns(seconds))

    def sent(self, where, source, destination, payload=b"hello", protocol=Protocol.UDP):
        packet = Packet(protocol, Address(*source), Address(*destination), payload)
        number = self.trace.sent(where, packet)
        self.packets[number] = packet
        return number

    def _step(self):
        self.clock.advance_to(self.clock.now_ns + 1_000_000)

    def translated(self, number, where, *, source=None, destination=None):
        self._step()
        old = self.packets[number]
        new = old._replace(
            source=Address(*(source or old.source)),
            destination=Address(*(destination or old.destination)),
        )
        self.packets[number] = new
        self.trace.note(Verdict.TRANSLATED, where, new, number)

    def delivered(self, number, where):
        self._step()
        self.trace.note(Verdict.DELIVERED, where, self.packets[number], number)

    def dropped(self, number, where, reason=DropReason.FILTERED, detail="never sent to you"):
        self._step()
        self.trace.dropped(where, self.packets[number], number, Drop(reason, detail))


@pytest.fixture
def scribe():
    return Scribe()


@pytest.fixture(scope="session")
def make_scribe():
    return Scribe


ALICE, BOB, STUN = ("192.168.1.2", 5000), ("192.168.1.2", 6000), ("198.51.100.1", 3478)
ALICE_OUTSIDE, BOB_OUTSIDE = ("203.0.113.1", 40000), ("203.0.113.2", 50000)


@pytest.fixture
def punched(scribe):
    """Alice and bob, each behind a NAT, at the same address inside; bob's packet comes too early."""
    scribe.trace.place("home-a", PlaceKind.NAT, ("203.0.113.1",))
    scribe.trace.place("alice", PlaceKind.HOST, ("192.168.1.2",), "home-a")
    scribe.trace.place("home-b", PlaceKind.NAT, ("203.0.113.2",))
    scribe.trace.place("bob", PlaceKind.HOST, ("192.168.1.2",), "home-b")
    scribe.trace.place("stun", PlaceKind.HOST, ("198.51.100.1",))
    for host, nat, inside, outside in (
        ("alice", "home-a", ALICE, ALICE_OUTSIDE),
        ("bob", "home-b", BOB, BOB_OUTSIDE),
    ):
        number = scribe.sent(host, inside, STUN)
        scribe.translated(number, nat, source=outside)
        scribe.delivered(number, "stun")
    scribe.at(1.0)
    early = scribe.sent("bob", BOB, ALICE_OUTSIDE)
    scribe.translated(early, "home-b", source=BOB_OUTSIDE)
    scribe.dropped(early, "home-a", detail="203.0.113.1:40000 has never sent to 203.0.113.2:50000")
    scribe.at(2.0)
    late = scribe.sent("alice", ALICE, BOB_OUTSIDE)
    scribe.translated(late, "home-a", source=ALICE_OUTSIDE)
    scribe.translated(late, "home-b", destination=BOB)
    scribe.delivered(late, "bob")
    return scribe.trace
