"""A NAT that keeps its explicit mappings in a list, for the tests of the protocols."""

import pytest

from nat import Address, Drop, DropReason
from nat.portmapping import ExplicitMapping


class ListedNat:
    """Ports from 1024 to 1027, so that they run out."""

    external = ("203.0.113.1",)

    def __init__(self):
        self.listed = []

    def map_port(self, protocol, internal, external_port, lifetime, now):
        known = [
            one
            for one in self.explicit_mappings(now)
            if (one.protocol, one.internal) == (protocol, internal)
        ]
        if known:
            self.listed.remove(known[0])
            chosen = known[0].external.port
        else:
            taken = {
                one.external.port for one in self.explicit_mappings(now) if one.protocol is protocol
            }
            wanted = [external_port] if external_port else []
            free = [port for port in [*wanted, *range(1024, 1028)] if port not in taken]
            if not free:
                return Drop(DropReason.NO_PORT, "no port is left")
            chosen = free[0]
        external = Address(self.external[0], chosen)
        self.listed.append(ExplicitMapping(protocol, internal, external, now + lifetime))
        return external

    def unmap_port(self, protocol, internal, now):
        before = len(self.listed)
        self.listed = [
            one for one in self.listed if (one.protocol, one.internal) != (protocol, internal)
        ]
        return len(self.listed) < before

    def explicit_mappings(self, now):
        return tuple(one for one in self.listed if one.expires > now)


@pytest.fixture
def mapper():
    return ListedNat()
