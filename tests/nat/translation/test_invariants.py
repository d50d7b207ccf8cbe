"""What holds of a NAT whatever comes: played by hypothesis against a model that remembers all."""

import random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from nat import (
    Address,
    Behavior,
    Dependence,
    Drop,
    FilterScope,
    Kept,
    Packet,
    Pooling,
    PortAssignment,
    PortBlocks,
    Protocol,
    Refresh,
    Sessions,
    Translator,
    Unsolicited,
)
from nat.translation.filters import KEYS

TABLE = 10
EXTERNAL = ("203.0.113.1", "203.0.113.2")
INSIDE = st.builds(
    Address, st.sampled_from(["192.168.1.2", "192.168.1.3"]), st.sampled_from([5000, 5001, 5002])
)
REMOTES = st.builds(
    Address, st.sampled_from(["198.51.100.1", "198.51.100.2"]), st.sampled_from([1000, 1001])
)
BEHAVIORS = st.builds(
    Behavior,
    st.sampled_from(Dependence),
    st.sampled_from(Dependence),
    ports=st.sampled_from(PortAssignment),
    refresh=st.sampled_from([Refresh.OUTBOUND, Refresh.BOTH]),
    filter_scope=st.sampled_from(FilterScope),
    sessions=st.sampled_from(Sessions),
    unsolicited=st.sampled_from(Unsolicited),
    pooling=st.sampled_from(Pooling),
    parity=st.sampled_from(Kept),
    contiguity=st.sampled_from(Kept),
    blocks=st.sampled_from(PortBlocks),
    block_size=st.just(8),
    port_range=st.just((4996, 5095)),
    quarantine=st.sampled_from([0.0, 30.0]),
    one_shot_lifetime=st.sampled_from([None, 30.0]),
    table_size=st.just(TABLE),
)


class Machine(RuleBasedStateMachine):
    """Two equal NATs, and a record of what has ever been sent."""

    @initialize(behavior=BEHAVIORS)
    def build(self, behavior):
        self.behavior = behavior
        self.twins = [Translator(behavior, EXTERNAL, random.Random(1)) for _ in range(2)]
        self.now = 0.0
        self.sent: dict[Address, set[Address]] = {}
        self.heard: set[tuple[Address, Address]] = set()
        self.last: dict[tuple[Address, object], tuple[Address, float]] = {}

    def play(self, way, packet):
        """Both do the same (determinism), and the first one's answer counts."""
        first, second = (getattr(nat, way)(packet, self.now) for nat in self.twins)
        assert first == second
        return first

    @rule(source=INSIDE, destination=REMOTES)
    def send(self, source, destination):
        result = self.play("outbound", Packet(Protocol.UDP, source, destination, b"x"))
        if isinstance(result, Drop):
            assert result.detail
            return
        self.sent.setdefault(source, set()).add(destination)
        self._check_mapping_is_stable(source, destination, result.source)
        self._check_assignment(source, result.source)

    def _check_mapping_is_stable(self, source, destination, external):
        shares = (
            self.behavior.ports is PortAssignment.OVERLOADING
            or self.behavior.unsolicited is Unsolicited.CLASH
            or self.behavior.sessions is Sessions.CONNTRACK
        )
        key = (source, KEYS[self.behavior.mapping](destination))
        before = self.last.get(key)
        lifetime = self.behavior.one_shot_lifetime or self.behavior.mapping_lifetime
        if before is not None and self.now < before[1] + lifetime and not shares:
            assert external == before[0]
        self.last[key] = (external, self.now)

    def _check_assignment(self, source, external):
        assert external.host in EXTERNAL
        first, last = self.behavior.port_range
        assert first <= external.port <= last

    @rule(source=REMOTES, number=st.integers(0, 50))
    def receive(self, source, number):
        mappings = self.twins[0].mappings(self.now)
        if not mappings:
            return
        _, internal, external = mappings[number % len(mappings)]
        result = self.play("inbound", Packet(Protocol.UDP, source, external, b"x"))
        if isinstance(result, Drop):
            assert result.detail
            return
        if self.behavior.sessions is Sessions.CONNTRACK:  # it may be shown with another port
            assert result.source.host == source.host
        else:
            assert result.source == source
        if self.behavior.ports is not PortAssignment.OVERLOADING:
            assert result.destination == internal
        contacted = self.sent.get(result.destination, set())
        key = KEYS[self.behavior.filtering]
        assert key(source) in {key(one) for one in contacted}

    @rule(pause=st.sampled_from([0.5, 5.0, 29.0, 61.0, 119.0, 200.0]))
    def wait(self, pause):
        self.now += pause

    @rule(source=REMOTES, port=st.integers(4996, 5095))
    def stranger(self, source, port):
        target = Address(EXTERNAL[0], port)
        self.play("inbound", Packet(Protocol.UDP, source, target, b"x"))

    @invariant()
    def nobody_shares_an_endpoint(self):
        if not hasattr(self, "twins") or self.behavior.ports is PortAssignment.OVERLOADING:
            return
        external = [entry[2] for entry in self.twins[0].mappings(self.now)]
        assert len(external) == len(set(external))

    @invariant()
    def tables_are_bounded(self):
        if not hasattr(self, "twins"):
            return
        table = self.twins[0]._register.tables[Protocol.UDP]
        for part in (table.inner, table.outbound, table.inbound, table.clashes):
            assert len(part) <= TABLE

    @invariant()
    def a_mapping_that_lives_is_found(self):
        if not hasattr(self, "twins"):
            return
        nat = self.twins[0]
        for mapping in nat._register.mappings(self.now):
            assert mapping in nat._register.tables[Protocol.UDP].outer[mapping.external]


Machine.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestMachine = Machine.TestCase
