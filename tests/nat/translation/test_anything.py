"""Whatever comes, in whatever order: a packet or a drop with words, never an exception."""

import enum
import random

import pytest

from nat import (
    ALL_NINE,
    Address,
    Behavior,
    Dependence,
    Drop,
    DropReason,
    IcmpEcho,
    IcmpError,
    IcmpKind,
    Packet,
    Protocol,
    Translator,
)
from nat.behavior import SETTINGS, TIMES
from nat.firewall import Firewall
from nat.fragments import split
from nat.nat64 import Nat64
from nat.parsing import _TYPES, _kinds
from nat.segments import Flags, Kind, RawSegment, Segment

FOUR = ("192.168.1.2", "192.168.1.3", "198.51.100.1", "198.51.100.2", "203.0.113.1", "203.0.113.2")
SIX = ("2001:db8::2", "2001:db8::3", "2001:db8:9::1", "64:ff9b::c633:6401", "64:ff9b::cb00:7101")
PORTS = (0, 1, 80, 443, 4999, 5000, 5001, 65535)
VALUES = {
    "port_range": [(1024, 65535), (4990, 5100), (2000, 2100)],
    "block_size": [1, 8, 20],
    "blocks_per_host": [1, 3],
    "quota": [1, 5],
    "table_size": [3, 10, 100],
    "after_conflict": list(ALL_NINE),
    "port_mapping": [frozenset()],
    **dict.fromkeys(TIMES, (1.0, 5.0, 60.0)),
}
NATS = {
    "nat": lambda behavior: Translator(behavior, ("203.0.113.1", "203.0.113.2"), random.Random(1)),
    "firewall": Firewall,
    "nat64": lambda behavior: Nat64(behavior, ("203.0.113.1",), random.Random(1)),
}


class Chaos:
    """Random behaviours, packets and events."""

    def __init__(self, kind, seed):
        self.random = random.Random(f"{kind}/{seed}")
        self.kind = kind

    def behavior(self):
        settings = {"block_size": 8}
        for name in SETTINGS[2:]:
            if self.random.random() < 0.4:
                settings[name] = self.random.choice(VALUES.get(name) or self.choices(name))
        return Behavior(*self.random.choices(list(Dependence), k=2), **settings)

    def choices(self, name):
        (kind,) = [one for one in _kinds(_TYPES[name]) if issubclass(one, enum.Enum)]
        return list(kind)

    def address(self, outbound):
        six = self.kind == "firewall" or (self.kind == "nat64" and outbound)
        return Address(self.random.choice(SIX if six else FOUR), self.random.choice(PORTS))

    def payload(self, protocol):
        if protocol is Protocol.UDP:
            return self.random.choice([b"", bytes([192, 168, 1, 2, 19, 136]), bytes(3000)])
        if protocol is Protocol.ICMP:
            return IcmpEcho(reply=self.random.random() < 0.5, sequence=1)
        flags = self.random.choice([Flags.SYN, Flags.ACK, Flags.FIN | Flags.ACK, Flags.RST])
        kind = self.random.choice(list(Kind))
        return self.random.choice([Segment(kind), RawSegment(flags, bytes(20))])

    def packets(self, outbound, known):
        protocol = self.random.choice(list(Protocol))
        source, target = self.address(outbound), self.address(outbound)
        if not outbound and known and self.random.random() < 0.8:
            target = self.random.choice(known)
        packet = Packet(protocol, source, target, self.payload(protocol))
        if protocol is Protocol.ICMP and self.random.random() < 0.5:
            quoted = self.random.choice(list(Protocol))
            original = Packet(quoted, target, source, self.payload(quoted))
            error = IcmpError(original, self.random.choice(list(IcmpKind)), 1400)
            ends = source._replace(port=0), target._replace(port=0)
            packet = Packet(protocol, *ends, error)
        pieces = split(packet, 1280, self.random.randint(1, 5))
        self.random.shuffle(pieces)
        return pieces

    def happen(self, nat, now):
        protocol, inside = self.random.choice(list(Protocol)), self.address(outbound=True)
        match self.random.randint(0, 60):
            case 0:
                nat.reboot(now)
            case 1:
                nat.expire_all(now)
            case 2:
                nat.change(self.behavior())
            case 3:
                nat.map_port(protocol, inside, self.random.choice([None, 7]), 100, now)
            case 4:
                nat.unmap_port(protocol, inside, now)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", NATS)
def test_anything_is_a_packet_or_a_drop_with_words(kind, seed):
    chaos = Chaos(kind, seed)
    for _ in range(12):
        nat, now, known = NATS[kind](chaos.behavior()), 0.0, []
        for _ in range(100):
            now += chaos.random.choice([0, 0, 0.1, 1, 7, 100])
            outbound = chaos.random.random() < 0.55
            for packet in chaos.packets(outbound, known):
                result = (nat.outbound if outbound else nat.inbound)(packet, now)
                if isinstance(result, Drop):
                    assert isinstance(result.reason, DropReason)
                    assert result.detail
                elif outbound:
                    known.append(result.source)
            assert all(isinstance(one, Packet) for one in nat.handle_timer(now))
            chaos.happen(nat, now)
            assert len(nat.explicit_mappings(now)) <= len(nat.mappings(now))
