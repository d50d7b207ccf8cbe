"""The tables of a NAT: mappings, the flows that use them, and who has which external port.

A mapping is what RFC 4787 §4 says: an internal endpoint's external one. A flow is a mapping and
one remote. Where sessions count (TCP, and `Sessions.CONNTRACK`) each flow has a timer of its own
and a mapping lives while one of its flows does; elsewhere the mapping has the timer, and flows
only remember what was found out, so that the next packet is quick.
"""

from typing import Final

from nat.packets import Address, Protocol
from nat.translation.filters import Filter, Remote
from nat.translation.tcpstates import TcpState

NEVER: Final = float("-inf")

InnerKey = tuple[Address, Remote]
Pair = tuple[Address, Address]


class Timer:
    """What ends after a silence.

    Attributes:
        created: when it began, seconds.
        deadline: when it ends unless something comes.
        lifetime: how much silence it bears, seconds.
        replied: whether something came from the outside.
        settled: whether `lifetime` stays as it is.
    """

    __slots__ = ("created", "deadline", "lifetime", "replied", "settled")

    def __init__(self, now: float, lifetime: float) -> None:
        self.created = now
        self.deadline = now + lifetime
        self.lifetime = lifetime
        self.replied = False
        self.settled = False


class Mapping(Timer):
    """An internal endpoint's external one.

    Attributes:
        key: under which it is found from the inside.
        filter: who is let in.
        flows: by remote, where each has a timer of its own; else None.
        explicit_until: until when somebody has asked for it by a protocol such as PCP.
    """

    __slots__ = ("explicit_until", "external", "filter", "flows", "internal", "key", "protocol")

    def __init__(
        self,
        protocol: Protocol,
        key: InnerKey,
        external: Address,
        now: float,
        lifetime: float,
        letting_in: Filter,
    ) -> None:
        super().__init__(now, lifetime)
        self.protocol = protocol
        self.key = key
        self.internal = key[0]
        self.external = external
        self.filter = letting_in
        self.flows: dict[Address, Flow] | None = None
        self.explicit_until = NEVER

    def is_alive(self, now: float) -> bool:
        """Tell whether its time is not up."""
        return self.ends() > now

    def ends(self) -> float:
        """When its time is up."""
        end = self.deadline
        if self.flows is not None:
            end = max((flow.deadline for flow in self.flows.values()), default=NEVER)
        return max(end, self.explicit_until)

    def all_ends(self) -> list[float]:
        """When its time is up, and that of each of its flows."""
        return [self.ends(), *(flow.deadline for flow in (self.flows or {}).values())]

    def silence(self, now: float) -> float:
        """Seconds since a packet has refreshed it."""
        timers: list[Timer] = [self] if self.flows is None else list(self.flows.values())
        return now - max(timer.deadline - timer.lifetime for timer in timers or [self])

    def end(self) -> None:
        """Let its time be up."""
        self.deadline = self.explicit_until = NEVER
        for flow in (self.flows or {}).values():
            flow.deadline = NEVER


class Flow(Timer):
    """A mapping towards one remote.

    Attributes:
        timer: whose time counts: its own, or the mapping's.
        seen: the remote as the inside sees it; another port than the true one if two sessions of
            an internal endpoint with one remote would be the same to it.
        quick: whether a UDP packet that fits needs no further look.
        state: how far the TCP connection is.
    """

    __slots__ = ("external", "internal", "mapping", "quick", "remote", "seen", "state", "timer")

    def __init__(self, mapping: Mapping, remote: Address, now: float, lifetime: float) -> None:
        super().__init__(now, lifetime)
        self.mapping = mapping
        self.remote = self.seen = remote
        self.internal = mapping.internal
        self.external = mapping.external
        self.timer: Timer = self if mapping.flows is not None else mapping
        self.quick = False
        self.state = TcpState.NONE

    def is_alive(self, now: float) -> bool:
        """Tell whether its time is not up."""
        return self.timer.deadline > now


class Table:
    """All mappings of one protocol.

    Attributes:
        inner: mappings by internal endpoint and what of the remote matters.
        outer: mappings by external endpoint; several share one where ports are overloaded.
        newest: the latest mapping of each internal endpoint.
        explicit: mappings that were asked for, by internal endpoint.
        outbound: flows by internal endpoint and remote.
        inbound: flows by external endpoint and remote.
        clashes: until when a pair of external endpoint and remote is taken by a stranger's packet.
        quarantined: until when a port waits for its next host, and which host may have it at once.
    """

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.inner: dict[InnerKey, Mapping] = {}
        self.outer: dict[Address, list[Mapping]] = {}
        self.newest: dict[Address, Mapping] = {}
        self.explicit: dict[Address, Mapping] = {}
        self.outbound: dict[Pair, Flow] = {}
        self.inbound: dict[Pair, Flow] = {}
        self.clashes: dict[Pair, float] = {}
        self.quarantined: dict[Address, tuple[float, str]] = {}

    def clear(self) -> None:
        """Forget everything."""
        self.inner.clear()
        self.outer.clear()
        self.newest.clear()
        self.explicit.clear()
        self.outbound.clear()
        self.inbound.clear()
        self.clashes.clear()
        self.quarantined.clear()

    def add(self, mapping: Mapping) -> None:
        """Enter a mapping; the key must be free."""
        self.inner[mapping.key] = mapping
        self.outer.setdefault(mapping.external, []).append(mapping)
        self.newest[mapping.internal] = mapping

    def remove(self, mapping: Mapping, quarantine: float) -> None:
        """Take a mapping out, with its flows; its port may have to rest."""
        if self.inner.get(mapping.key) is mapping:
            del self.inner[mapping.key]
        if self.newest.get(mapping.internal) is mapping:
            del self.newest[mapping.internal]
        if self.explicit.get(mapping.internal) is mapping:
            del self.explicit[mapping.internal]
        sharing = self.outer[mapping.external]
        sharing.remove(mapping)
        if not sharing:
            del self.outer[mapping.external]
        if quarantine:
            rests = (mapping.ends() + quarantine, mapping.internal.host)
            self.quarantined[mapping.external] = rests
        for flow in (mapping.flows or {}).values():
            self.remove_flow(flow)

    def remove_flow(self, flow: Flow) -> None:
        """Take a flow out."""
        for table, pair in (
            (self.outbound, (flow.internal, flow.seen)),
            (self.inbound, (flow.external, flow.remote)),
        ):
            if table.get(pair) is flow:
                del table[pair]

    def living_outside(self, external: Address, now: float) -> list[Mapping]:
        """The mappings that live at an external endpoint."""
        return [one for one in self.outer.get(external, ()) if one.is_alive(now)]

    def is_free(self, external: Address, host: str, now: float, quarantine: float) -> bool:
        """Tell whether an internal host may have an external endpoint for itself."""
        for mapping in self.outer.get(external, ()):
            rest = 0.0 if mapping.internal.host == host else quarantine
            if mapping.ends() + rest > now:
                return False
        if not self.quarantined:
            return True
        until, last = self.quarantined.get(external, (NEVER, host))
        return until <= now or last == host

    def is_pair_free(
        self, external: Address, remote: Address, internal: Address, now: float
    ) -> bool:
        """Tell whether nobody else talks to a remote from an external endpoint."""
        if self.clashes.get((external, remote), NEVER) > now:
            return False
        flow = self.inbound.get((external, remote))
        return flow is None or not flow.is_alive(now) or flow.internal == internal

    def count_flows(self) -> int:
        """How many flows there are, at least."""
        return max(len(self.outbound), len(self.inbound))

    def forget_flows(self) -> None:
        """Forget what was only remembered; sessions stay."""
        for flows in (self.outbound, self.inbound):
            kept = {pair: flow for pair, flow in flows.items() if flow.timer is flow}
            flows.clear()
            flows.update(kept)

    def sweep(self, now: float, quarantine: float) -> list[Mapping]:
        """Take out what has expired; returns those mappings."""
        dead = [one for sharing in self.outer.values() for one in sharing if not one.is_alive(now)]
        for mapping in dead:
            self.remove(mapping, quarantine)
        for flows in (self.outbound, self.inbound):
            for pair in [pair for pair, flow in flows.items() if not flow.is_alive(now)]:
                flow = flows.pop(pair)
                if flow.mapping.flows is not None and flow.mapping.flows.get(flow.remote) is flow:
                    del flow.mapping.flows[flow.remote]
        for pair in [pair for pair, until in self.clashes.items() if until <= now]:
            del self.clashes[pair]
        for port in [port for port, (until, _) in self.quarantined.items() if until <= now]:
            del self.quarantined[port]
        return dead
