"""Who can meet whom without a relay: the rule for two peers, each behind one NAT.

The rule holds for ICE with host and server-reflexive candidates, checks that are sent again, and
peer-reflexive candidates. Three models of a NAT give three tables, because RFC 4787 leaves open to
what a filter belongs, and Linux answers from where it was asked.
"""

import enum
from dataclasses import dataclass

from nat.behavior import Behavior
from nat.candidates import CandidateType
from nat.choices import Dependence

_ANYONE = Dependence.ENDPOINT_INDEPENDENT
_ONE_PORT = Dependence.ADDRESS_AND_PORT_DEPENDENT

OPEN = Behavior(_ANYONE, _ANYONE)
"""No NAT at all meets whom a NAT meets that does nothing to hinder it."""


class Model(enum.Enum):
    """What a NAT does where RFC 4787 leaves it open."""

    PURE = "pure"
    """A filter belongs to a mapping, and an inbound packet changes nothing."""
    ENDPOINT_FILTERS = "endpoint-filters"
    """A filter belongs to the endpoint inside, as RFC 4787 §5 words it."""
    CONNTRACK = "conntrack"
    """A filter belongs to a mapping, and an inbound packet that was let in is a session, as in
    Linux: what goes back to its sender leaves through the port at which it came."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What ICE finds between two peers, each behind one NAT.

    Attributes:
        direct: whether a direct path comes up.
        reason: why it does or does not, in one sentence.
        types: with a direct path, the type of each side's candidate in the selected pair, as the
            other side sees it; otherwise None.
    """

    direct: bool
    reason: str
    types: tuple[CandidateType, CandidateType] | None


def expect(a: Behavior, b: Behavior, model: Model = Model.PURE) -> Expectation:
    """Say what ICE finds between a peer behind `a`, who controls, and one behind `b`."""
    direct, reason = _judge(a, b, model)
    types = (_type_of(a), _type_of(b)) if direct else None
    return Expectation(direct, reason, types)


def direct_possible(a: Behavior, b: Behavior, model: Model = Model.PURE) -> bool:
    """Tell whether a direct path between the two can come up. The order does not matter."""
    return _judge(a, b, model)[0]


def explain_direct(a: Behavior, b: Behavior, model: Model = Model.PURE) -> str:
    """Say in one sentence why a direct path can, or cannot, come up."""
    return _judge(a, b, model)[1]


def compose(*layers: Behavior) -> Behavior:
    """The behaviour that nested NATs have together, from the inside to the outside.

    The mapping is that of the layer that keeps least, the filtering that of the strictest one.
    """
    if not layers:
        return OPEN
    worst = tuple(Dependence)
    return Behavior(
        max((one.mapping for one in layers), key=worst.index),
        max((one.filtering for one in layers), key=worst.index),
    )


def _judge(a: Behavior, b: Behavior, model: Model) -> tuple[bool, str]:
    predictable = [one for one in (a, b) if one.mapping is _ANYONE]
    if len(predictable) == 2:
        return True, "both NATs keep one port for all destinations, so both can open the way"
    if model is Model.CONNTRACK and _ANYONE in (a.filtering, b.filtering):
        return True, "one NAT lets strangers in and answers them from the port at which they came"
    if predictable:
        return _judge_one_predictable(predictable[0])
    return _judge_none_predictable(a, b, model)


def _judge_one_predictable(known: Behavior) -> tuple[bool, str]:
    """The other side's port towards us is a new one; our filter decides, the other's does not."""
    if known.filtering is _ONE_PORT:
        return False, "one NAT uses a new port for each destination and the other filters by port"
    return True, "one NAT uses a new port for each destination, but the other lets it in"


def _judge_none_predictable(a: Behavior, b: Behavior, model: Model) -> tuple[bool, str]:
    """A first packet must get in somewhere, its answer comes from a new port, and that must end."""
    filters = (a.filtering, b.filtering)
    strangers = _ANYONE in filters
    if not strangers and (model is not Model.ENDPOINT_FILTERS or _ONE_PORT in filters):
        return False, "both NATs use new ports for new destinations and neither lets strangers in"
    if _ONE_PORT in filters:
        return False, "both NATs use new ports for new destinations and one filters by port"
    if a.mapping is _ONE_PORT and b.mapping is _ONE_PORT:
        return False, "both NATs answer every new port from another new port, without end"
    if not strangers:
        return True, (
            "both NATs let a known address in at every port, and one keeps its port for all ports"
            " of an address"
        )
    return True, "one NAT lets strangers in, and one keeps its port for all ports of an address"


def _type_of(behavior: Behavior) -> CandidateType:
    """What the other side sees: the port that the STUN server saw, or a new one."""
    if behavior.mapping is _ANYONE:
        return CandidateType.SERVER_REFLEXIVE
    return CandidateType.PEER_REFLEXIVE
